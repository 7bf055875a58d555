package sip

import (
	"context"
	"fmt"
	"time"

	msg "github.com/emiago/sipgo/sip"

	"github.com/sidetone/sidetone/call"
)

// Side is one end of a bridge.
type Side int

const (
	Caller Side = iota
	Callee
)

// Other is the opposite side.
func (s Side) Other() Side { return 1 - s }

func (s Side) String() string { return [...]string{"caller", "callee"}[s] }

// Hooks is what the bridge asks of the gateway. All run on the call's signalling
// goroutine, so they must not block.
type Hooks interface {
	// Offer takes an SDP offer that one side made and returns the one for the
	// other side. An error refuses the exchange.
	Offer(from Side, sdp []byte) ([]byte, error)
	// Answer takes the answer of one side and returns the one for the other. The
	// answer of a provisional response may come again.
	Answer(from Side, sdp []byte) ([]byte, error)
	// Progress tells what the call has come to.
	Progress(Progress)
}

// Progress is a step in a bridge's life.
type Progress int

const (
	Ringing  Progress = iota // the callee's phone rings
	Answered                 // both sides are connected
)

// Target is one address to try.
type Target struct {
	URI URI
	// Hop is host:port to send to when it differs from the URI (an outbound
	// proxy or trunk); "" otherwise.
	Hop string
}

// Plan says how to reach the callee.
type Plan struct {
	Targets []Target      // in order; the next is tried on 503, 408 and no response
	Ring    time.Duration // how long one target may ring
	Headers []Header      // added to the INVITE towards the callee
}

// Header is a name and a value.
type Header struct{ Name, Value string }

// Outcome is how a bridge ended.
type Outcome struct {
	Ending call.Ending
	Reason string
	Status int  // SIP status that decided it, 0 when none did
	By     Side // who hung up, for an answered call

	phrase string // the callee's words for Status
}

// Bridge connects the caller with a target and returns when the call is over:
// the back-to-back user agent. Ending ctx hangs up on both sides. Its cause, if
// it is an EndCause, decides the Outcome's ending.
func (in *Invitation) Bridge(ctx context.Context, plan Plan, hooks Hooks) Outcome {
	b := &bridge{in: in, e: in.endpoint, plan: plan, hooks: hooks, ctx: ctx, forks: map[string]*dialog{}}
	handle := func(r *inbound) { b.request(r) }
	in.handle.Store(&handle)
	in.onCancel = b.callerCancelled
	in.box.post(b.begin)
	in.loop(ctx, func() bool { return b.state == over }, b.contextEnded)
	b.forget()
	return b.outcome
}

// EndCause is a context cause that carries how a call is to end.
type EndCause struct {
	Ending call.Ending
	Reason string
}

func (e EndCause) Error() string { return fmt.Sprintf("%s: %s", e.Ending, e.Reason) }

type state int

const (
	setup   state = iota // the callee is being called
	talking              // both are connected
	closing              // BYE or CANCEL is under way
	over
)

// bridge is the state of one joined call. Everything here runs on the
// invitation's mailbox.
type bridge struct {
	in      *Invitation
	e       *Endpoint
	plan    Plan
	hooks   Hooks
	ctx     context.Context
	state   state
	outcome Outcome

	// Setup.
	late     bool // the caller's INVITE has no offer
	offer    []byte
	next     int       // index of the next target
	attempt  *outgoing // INVITE under way
	base     *dialog   // what the attempt's forks are made of
	rang     bool      // a provisional response came: CANCEL is allowed
	giveUp   bool      // CANCEL as soon as that is allowed
	stopRing func()
	forks    map[string]*dialog // by the callee's tag
	callee   *dialog            // the fork that answered
	heldACK  func([]byte) error // late offer: the callee's ACK waits for the caller's

	// Talking.
	exchange [2]*exchange // re-INVITE under way towards each side
	byes     int          // BYEs without a final response
}

// dialogOf returns the dialog with one side, nil before there is one.
func (b *bridge) dialogOf(s Side) *dialog {
	if s == Caller {
		return b.in.dialog
	}
	return b.callee
}

// end records how the call ended, the first reason only.
func (b *bridge) end(o Outcome) {
	if b.outcome.Ending == "" {
		b.outcome = o
	}
}

// contextEnded hangs up because the gateway says so.
func (b *bridge) contextEnded() {
	o := Outcome{Ending: call.EndShutdown, Reason: contextReason(b.ctx)}
	if cause, ok := context.Cause(b.ctx).(EndCause); ok {
		o.Ending, o.Reason = cause.Ending, cause.Reason
	}
	b.hangUp(o)
}

// hangUp ends the call towards both sides, whatever state it is in.
func (b *bridge) hangUp(o Outcome) {
	b.end(o)
	switch b.state {
	case setup:
		b.in.Refuse(503, "Service Unavailable", msg.NewHeader("Retry-After", "10"))
		b.cancelAttempt()
	case talking:
		b.bye(Caller)
		b.bye(Callee)
		b.close()
	}
}

// bye sends BYE to one side; the bridge is over when both have been answered.
func (b *bridge) bye(s Side) {
	d := b.dialogOf(s)
	if d == nil || d.closed {
		return
	}
	d.closed = true
	b.byes++
	answered := false
	_, err := b.e.send(b.in.box, d.request(msg.BYE, "", nil), func(res *msg.Response) {
		if answered || (res != nil && res.IsProvisional()) {
			return
		}
		answered = true
		b.byes--
		b.close()
	})
	if err != nil {
		b.byes--
	}
}

// goodbye bounds how long a hang-up waits for the peers' last answers.
const goodbye = 4 * time.Second

func (b *bridge) close() {
	if b.state == over {
		return
	}
	if b.state != closing {
		b.state = closing
		b.in.box.after(goodbye, func() { b.state = over })
	}
	if b.byes == 0 {
		b.state = over
	}
}

func (b *bridge) forget() {
	if b.stopRing != nil {
		b.stopRing()
	}
	if b.base != nil {
		b.e.unregister(b.base.key())
	}
	for _, x := range b.exchange {
		if x != nil {
			x.from.done()
		}
	}
}
