package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"github.com/sidetone/sidetone/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// incoming adapts a function to Handler.
type incoming func(context.Context, *Invitation)

func (f incoming) Incoming(ctx context.Context, in *Invitation) { f(ctx, in) }

// endpoint listens on a free loopback port and serves until the test ends.
func endpoint(t *testing.T, h incoming) *Endpoint {
	t.Helper()
	e, err := Listen(Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, zaptest.NewLogger(t, zaptest.Level(zapcore.ErrorLevel)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := e.Serve(ctx, h); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if n := e.Dialogs(); n != 0 {
			t.Errorf("%d dialogs left", n)
		}
	})
	return e
}

// marked passes SDP on with a mark, so that tests see who was asked for what.
type marked struct {
	progress chan Progress
	refuse   error
}

func (m *marked) Offer(from Side, sdp []byte) ([]byte, error) {
	return fmt.Appendf(nil, "%s offer from %s", sdp, from), m.refuse
}
func (m *marked) Answer(from Side, sdp []byte) ([]byte, error) {
	return fmt.Appendf(nil, "%s answer from %s", sdp, from), m.refuse
}
func (m *marked) Progress(p Progress) {
	select {
	case m.progress <- p:
	default:
	}
}

func uri(t *testing.T, s string) URI {
	t.Helper()
	u, err := ParseURI(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// gatewayTo bridges every call to the target and reports how it ended.
func gatewayTo(t *testing.T, hooks *marked, ring time.Duration, targets ...string) (*Endpoint, chan Outcome) {
	outcomes := make(chan Outcome, 8)
	var plan Plan
	for _, s := range targets {
		plan.Targets = append(plan.Targets, Target{URI: uri(t, s)})
	}
	plan.Ring = ring
	gw := endpoint(t, func(ctx context.Context, in *Invitation) { outcomes <- in.Bridge(ctx, plan, hooks) })
	return gw, outcomes
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestCallIsBridgedAndHungUpByEitherSide(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, by := range []Side{Caller, Callee} {
			t.Run(fmt.Sprint(transport, " ", by), func(t *testing.T) {
				hangUp := make(chan struct{})
				gotOffer := make(chan []byte, 1)
				hooks := &marked{progress: make(chan Progress, 4)}
				callee := endpoint(t, func(ctx context.Context, in *Invitation) {
					gotOffer <- bytes.Clone(in.Body())
					in.Ring()
					if p := <-hooks.progress; p != Ringing {
						t.Errorf("progress %v", p)
					}
					s := in.Accept([]byte("callee"))
					ctx, cancel := context.WithCancel(ctx)
					defer cancel()
					if by == Callee {
						go func() { <-hangUp; cancel() }()
					}
					s.Run(ctx)
				})
				gw, outcomes := gatewayTo(t, hooks, time.Minute, "sip:agent@"+callee.Addr()+";transport="+transport)
				phone := endpoint(t, nil)
				ctx, cancel := context.WithCancel(within(t))
				defer cancel()
				s, err := phone.Dial(ctx, Target{URI: uri(t, "sip:agent@"+gw.Addr()+";transport="+transport)}, uri(t, "sip:4711@"+phone.Addr()), []byte("caller"))
				if err != nil {
					t.Fatal(err)
				}
				if got := string(<-gotOffer); got != "caller offer from caller" {
					t.Errorf("the callee was offered %q", got)
				}
				if got := string(s.RemoteSDP()); got != "callee answer from callee" {
					t.Errorf("the caller was answered %q", got)
				}
				if p := <-hooks.progress; p != Answered {
					t.Errorf("progress %v", p)
				}
				if by == Caller {
					go cancel()
				} else {
					close(hangUp)
				}
				if far := s.Run(ctx); far != (by == Callee) {
					t.Errorf("far end hung up: %v", far)
				}
				if o := <-outcomes; o.By != by || o.Ending != call.EndCustomerHungUp {
					t.Errorf("%+v", o)
				}
			})
		}
	}
}

func TestCallerGivesUp(t *testing.T) {
	rings := make(chan struct{})
	cancelled := make(chan struct{})
	callee := endpoint(t, func(ctx context.Context, in *Invitation) {
		in.Ring()
		close(rings)
		in.onCancel = func() { close(cancelled) }
		in.loop(ctx, func() bool { return in.cancelled }, func() {})
	})
	hooks := &marked{progress: make(chan Progress, 4)}
	gw, outcomes := gatewayTo(t, hooks, time.Minute, "sip:agent@"+callee.Addr())
	phone := endpoint(t, nil)
	ctx, cancel := context.WithCancel(within(t))
	go func() { <-rings; <-hooks.progress; cancel() }()
	if _, err := phone.Dial(ctx, Target{URI: uri(t, "sip:a@"+gw.Addr())}, uri(t, "sip:b@"+phone.Addr()), []byte("x")); err == nil {
		t.Fatal("answered?")
	}
	<-cancelled
	if o := <-outcomes; o.Ending != call.EndCancelled {
		t.Fatalf("%+v", o)
	}
}

func TestFailuresAreMapped(t *testing.T) {
	for status, want := range map[int]call.Ending{486: call.EndBusy, 603: call.EndDeclined, 404: call.EndUnreachable, 480: call.EndNoAnswer} {
		callee := endpoint(t, func(_ context.Context, in *Invitation) { in.Refuse(status, "No") })
		gw, outcomes := gatewayTo(t, &marked{}, time.Minute, "sip:agent@"+callee.Addr())
		phone := endpoint(t, nil)
		_, err := phone.Dial(within(t), Target{URI: uri(t, "sip:a@"+gw.Addr())}, uri(t, "sip:b@"+phone.Addr()), []byte("x"))
		var se *StatusError
		if !errors.As(err, &se) || se.Status != status || se.Reason != "No" {
			t.Errorf("%d: caller got %v", status, err)
		}
		if o := <-outcomes; o.Ending != want {
			t.Errorf("%d: %+v", status, o)
		}
	}
}

func TestNextTargetOn503(t *testing.T) {
	bad := endpoint(t, func(_ context.Context, in *Invitation) { in.Refuse(503, "Full") })
	good := endpoint(t, func(ctx context.Context, in *Invitation) { in.Accept([]byte("good")).Run(ctx) })
	gw, outcomes := gatewayTo(t, &marked{}, time.Minute, "sip:a@"+bad.Addr(), "sip:a@"+good.Addr())
	phone := endpoint(t, nil)
	ctx, cancel := context.WithCancel(within(t))
	s, err := phone.Dial(ctx, Target{URI: uri(t, "sip:a@"+gw.Addr())}, uri(t, "sip:b@"+phone.Addr()), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	s.Run(ctx)
	<-outcomes
}

func TestRingsTooLong(t *testing.T) {
	callee := endpoint(t, func(ctx context.Context, in *Invitation) {
		in.Ring()
		in.loop(ctx, func() bool { return in.cancelled }, func() {})
	})
	gw, outcomes := gatewayTo(t, &marked{}, 50*time.Millisecond, "sip:a@"+callee.Addr())
	phone := endpoint(t, nil)
	_, err := phone.Dial(within(t), Target{URI: uri(t, "sip:a@"+gw.Addr())}, uri(t, "sip:b@"+phone.Addr()), []byte("x"))
	var se *StatusError
	if !errors.As(err, &se) || se.Status != 480 {
		t.Fatalf("%v", err)
	}
	if o := <-outcomes; o.Ending != call.EndNoAnswer {
		t.Fatalf("%+v", o)
	}
}

// The gateway hangs up: both phones get a BYE, and the outcome says why.
func TestGatewayHangsUp(t *testing.T) {
	calleeOver := make(chan bool, 1)
	callee := endpoint(t, func(ctx context.Context, in *Invitation) { calleeOver <- in.Accept([]byte("y")).Run(ctx) })
	stop := make(chan context.CancelCauseFunc, 1)
	outcomes := make(chan Outcome, 1)
	gw := endpoint(t, func(ctx context.Context, in *Invitation) {
		ctx, cancel := context.WithCancelCause(ctx)
		stop <- cancel
		outcomes <- in.Bridge(ctx, Plan{Targets: []Target{{URI: uri(t, "sip:a@"+callee.Addr())}}, Ring: time.Minute}, &marked{})
	})
	phone := endpoint(t, nil)
	s, err := phone.Dial(within(t), Target{URI: uri(t, "sip:a@"+gw.Addr())}, uri(t, "sip:b@"+phone.Addr()), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	(<-stop)(EndCause{call.EndMediaLost, "both sides silent"})
	if !s.Run(within(t)) || !<-calleeOver {
		t.Fatal("a phone was not hung up on")
	}
	if o := <-outcomes; o.Ending != call.EndMediaLost {
		t.Fatalf("%+v", o)
	}
}

func TestRefusedOffer(t *testing.T) {
	gw, outcomes := gatewayTo(t, &marked{refuse: errors.New("no common codec")}, time.Minute, "sip:a@127.0.0.1:9")
	phone := endpoint(t, nil)
	_, err := phone.Dial(within(t), Target{URI: uri(t, "sip:a@"+gw.Addr())}, uri(t, "sip:b@"+phone.Addr()), []byte("x"))
	var se *StatusError
	if !errors.As(err, &se) || se.Status != 488 {
		t.Fatalf("%v", err)
	}
	if o := <-outcomes; o.Ending != call.EndFailed {
		t.Fatalf("%+v", o)
	}
}
