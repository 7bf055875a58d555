package gateway

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/sim/phone"
	"github.com/sidetone/sidetone/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// archive keeps everything in memory and can be told to fail.
type archive struct {
	dir     string
	broken  atomic.Bool
	mu      sync.Mutex
	calls   map[call.ID]call.Summary
	events  map[call.ID][]call.Event
	reports map[call.ID]qc.Report
}

func newArchive(t *testing.T) *archive {
	return &archive{dir: t.TempDir(), calls: map[call.ID]call.Summary{}, events: map[call.ID][]call.Event{}, reports: map[call.ID]qc.Report{}}
}

var errDisk = errors.New("disk full")

func (a *archive) do(f func()) error {
	if a.broken.Load() {
		return errDisk
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
	return nil
}
func (a *archive) PutCall(_ context.Context, s call.Summary) error {
	return a.do(func() { a.calls[s.ID] = s })
}
func (a *archive) Append(_ context.Context, id call.ID, e ...call.Event) error {
	return a.do(func() { a.events[id] = append(a.events[id], e...) })
}
func (a *archive) PutReport(_ context.Context, r qc.Report) error {
	return a.do(func() { a.reports[r.Call] = r })
}
func (a *archive) RecordingPath(id call.ID) (string, error) {
	return filepath.Join(a.dir, string(id)+".wav"), nil
}

// voice speaks a second of a marker tone, whatever the text.
type voice struct{}

func (voice) Speak(context.Context, string, string, string) ([]int16, error) {
	return tone(2350, 8000, 8000), nil
}

func tone(hz, amplitude float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return out
}

// level is the strength of one frequency, 0..1 of full scale.
func level(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, s := range pcm {
		re += float64(s) * math.Cos(2*math.Pi*hz*float64(i)/8000)
		im += float64(s) * math.Sin(2*math.Pi*hz*float64(i)/8000)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm)) / 32768
}

// ears reports each party as saying something once loud frames come, and can be
// made to fail like a worker that died.
type ears struct {
	lost atomic.Bool
}

func (e *ears) Listen(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Body)) error {
	var f media.Frame
	said := false
	for {
		if err := src.ReadFrame(ctx, &f); err != nil {
			if errors.Is(err, media.ErrClosed) {
				return nil
			}
			return err
		}
		if e.lost.Load() {
			return fmt.Errorf("%w: killed", speech.ErrLost)
		}
		if !f.Gap && !said && level(f.Samples, 700) > 0.05 {
			said = true
			at := call.Position(f.At)
			sink(call.Utterance{Party: s.Party, Start: at, End: at, Text: "hello from the " + string(s.Party)})
		}
	}
}

// prompter advises on the first utterance of the customer and can panic.
type prompter struct{ panics bool }

func (p *prompter) Observe(e call.Event) []call.Body {
	u, ok := e.Body.(call.Utterance)
	if !ok || u.Party != call.Customer {
		return nil
	}
	if p.panics {
		panic("a bug in a playbook")
	}
	return []call.Body{call.Advice{ID: "a1", Moment: "greeting", Forms: []call.Form{call.Ear, call.Line}, Ear: "say hello", Line: "Say hello."}}
}
func (p *prompter) Advance(call.Position) []call.Event { return nil }

type scorer struct{}

func (scorer) Score(s call.Summary, events []call.Event) (qc.Report, error) {
	return qc.Report{Scorecard: "test", Score: 80, Decided: 1}, nil
}

// rig is a gateway between two software phones on loopback.
type rig struct {
	t        *testing.T
	gw       *Gateway
	archive  *archive
	ears     *ears
	ended    chan call.Summary
	customer *phone.Line
	agent    *phone.Line
	hangUp   context.CancelFunc
	wait     func()
}

// newRig connects a call; parts may change what it is made of.
func newRig(t *testing.T, change func(*Config, *Parts)) *rig {
	t.Helper()
	log := zaptest.NewLogger(t, zaptest.Level(zapcore.ErrorLevel))
	r := &rig{t: t, archive: newArchive(t), ears: &ears{}}
	listen := func() *sip.Endpoint {
		e, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, log)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	gwEnd, custEnd, agentEnd := listen(), listen(), listen()
	rules, err := NewRules([]Rule{{Targets: []string{"sip:alice@" + agentEnd.Addr()}}})
	if err != nil {
		t.Fatal(err)
	}
	conf := Config{MediaIP: netip.MustParseAddr("127.0.0.1"), PortLow: 44000, PortHigh: 44999}
	parts := Parts{Archive: r.archive, Router: rules, Hearing: r.ears, Voice: voice{}, Scorer: scorer{}, Missing: map[string]string{},
		NewCoach:    func(call.Summary, map[string]string) Coach { return &prompter{} },
		NewRecorder: func(path string) (Recorder, error) { return wav.NewRecorder(path, 8000, 2) }}
	if change != nil {
		change(&conf, &parts)
	}
	if r.gw, err = New(conf, parts, log); err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	agentLine := make(chan *phone.Line, 1)
	handlers := map[*sip.Endpoint]sip.Handler{gwEnd: r.gw, custEnd: nil, agentEnd: handler(func(ctx context.Context, in *sip.Invitation) {
		in.Ring()
		l, err := phone.Answer(agentEnd, in)
		if err != nil {
			t.Error(err)
			return
		}
		agentLine <- l
		l.Run(ctx)
	})}
	for e, h := range handlers {
		all.Go(func() {
			if err := e.Serve(serving, h); err != nil {
				t.Error(err)
			}
		})
	}
	target, _ := sip.ParseURI("sip:alice@" + gwEnd.Addr())
	from, _ := sip.ParseURI("sip:4711@" + custEnd.Addr())
	ctx, hangUp := context.WithCancel(context.Background())
	if r.customer, err = phone.Dial(ctx, custEnd, sip.Target{URI: target}, from); err != nil {
		t.Fatal(err)
	}
	r.agent, r.hangUp = <-agentLine, hangUp
	all.Go(func() { r.customer.Run(ctx) })
	r.wait = sync.OnceFunc(func() {
		hangUp()
		for changed := r.gw.Changed(); len(r.gw.Calls()) > 0; changed = r.gw.Changed() {
			<-changed
		}
		stop()
		all.Wait()
	})
	t.Cleanup(r.wait)
	return r
}

type handler func(context.Context, *sip.Invitation)

func (f handler) Incoming(ctx context.Context, in *sip.Invitation) { f(ctx, in) }

// hears collects a line's frames until they hold enough of a frequency.
func (r *rig) hears(l *phone.Line, hz float64) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var f media.Frame
	for hits := 0; hits < 10; {
		if err := l.Heard.ReadFrame(ctx, &f); err != nil {
			r.t.Fatalf("%.0f Hz was not heard: %v", hz, err)
		}
		if level(f.Samples, hz) > 0.03 {
			hits++
		}
	}
}

// until waits for an event of the live call.
func (r *rig) until(what string, ok func(call.Event) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	done := errors.New("done")
	calls := r.gw.Calls()
	if len(calls) != 1 {
		r.t.Fatalf("%d live calls", len(calls))
	}
	err := r.gw.Watch(ctx, calls[0].ID, 1, func(e call.Event) error {
		if ok(e) {
			return done
		}
		return nil
	})
	if err != done {
		r.t.Fatalf("%s never happened: %v", what, err)
	}
}

// over hangs up and returns what the archive has.
func (r *rig) over() (call.Summary, []call.Event) {
	r.t.Helper()
	r.wait()
	for id, s := range r.archive.calls {
		return s, r.archive.events[id]
	}
	r.t.Fatal("the call was not stored")
	return call.Summary{}, nil
}

func types(events []call.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Body.Type())
	}
	return out
}

func TestACallFromFirstPacketToReport(t *testing.T) {
	r := newRig(t, nil)
	go func() { _ = r.customer.Say(context.Background(), tone(700, 8000, 16000)) }()
	go func() { _ = r.agent.Say(context.Background(), tone(440, 8000, 16000)) }()
	r.hears(r.agent, 700)
	r.hears(r.customer, 440)
	r.until("the whisper", func(e call.Event) bool {
		w, ok := e.Body.(call.Whisper)
		return ok && w.State == "stop" && w.By == "coach"
	})
	s, events := r.over()
	if s.State != call.Finished || s.Ending != call.EndCustomerHungUp || s.Answered == nil || s.From != "4711" || s.Agent != "alice" {
		t.Errorf("%+v", s)
	}
	got := types(events)
	for _, want := range []string{"started", "answered", "utterance", "advice", "whisper", "ended"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in %v", want, got)
		}
	}
	for i, e := range events {
		if i > 0 && (e.Seq <= events[i-1].Seq || e.At < events[i-1].At) {
			t.Errorf("event %d out of order: %v after %v", i, e, events[i-1])
		}
	}
	if got[len(got)-1] != "ended" {
		t.Errorf("the log ends with %s", got[len(got)-1])
	}
	if r.archive.reports[s.ID].Score != 80 {
		t.Error("the call was not scored")
	}
	r.recorded(s.ID)
}

// recorded checks the stereo file: customer left, agent right, no whisper.
func (r *rig) recorded(id call.ID) {
	r.t.Helper()
	path, _ := r.archive.RecordingPath(id)
	f, err := wav.Open(path)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, hz := range []float64{700, 440} {
		ch, err := f.Channel(i)
		if err != nil {
			r.t.Fatal(err)
		}
		var frame media.Frame
		var pcm []int16
		for ch.ReadFrame(r.t.Context(), &frame) == nil {
			pcm = append(pcm, frame.Samples...)
		}
		ch.Close()
		if own := level(pcm, hz); own < 0.02 {
			r.t.Errorf("channel %d: %.0f Hz at %.3f", i, hz, own)
		}
		if whisper := level(pcm, 2350); whisper > 0.001 {
			r.t.Errorf("channel %d holds the whisper: %.4f", i, whisper)
		}
	}
}

// A supervisor's whisper reaches the agent and never the customer.
func TestSupervisorWhisper(t *testing.T) {
	r := newRig(t, nil)
	if err := r.gw.Whisper(r.gw.Calls()[0].ID, "eve", "offer a refund"); err != nil {
		t.Fatal(err)
	}
	r.hears(r.agent, 2350)
	r.until("the end of the whisper", func(e call.Event) bool {
		w, ok := e.Body.(call.Whisper)
		return ok && w.State == "stop" && w.By == "eve"
	})
	var f media.Frame
	for r.customer.Heard.ReadFrame(t.Context(), &f) == nil {
		if level(f.Samples, 2350) > 0.001 {
			t.Fatal("the customer heard the whisper")
		}
		if f.At > r.customer.Now()-200*time.Millisecond {
			break
		}
	}
}

// A part that dies is reported and comes back; the audio goes on meanwhile.
func TestPartsMayFail(t *testing.T) {
	part := func(name string, on bool) func(call.Event) bool {
		return func(e call.Event) bool {
			p, ok := e.Body.(call.Part)
			return ok && p.Name == name && p.On == on
		}
	}
	t.Run("hearing", func(t *testing.T) {
		r := newRig(t, nil)
		r.ears.lost.Store(true)
		r.until("hearing off", part("hearing", false))
		go func() { _ = r.customer.Say(context.Background(), tone(700, 8000, 40000)) }()
		r.hears(r.agent, 700)
		if off := r.gw.Calls()[0].Off; len(off) == 0 {
			t.Error("the board does not show that hearing is off")
		}
		r.ears.lost.Store(false)
		r.until("hearing on", part("hearing", true))
	})
	t.Run("store", func(t *testing.T) {
		r := newRig(t, nil)
		r.archive.broken.Store(true)
		go func() { _ = r.customer.Say(context.Background(), tone(700, 8000, 40000)) }()
		r.hears(r.agent, 700)
		r.until("store off", part("store", false))
		r.archive.broken.Store(false)
		r.until("store on", part("store", true))
		_, events := r.over()
		for i, e := range events {
			if e.Seq != uint64(i+1) {
				t.Fatalf("event %d has number %d: something was lost or kept twice", i, e.Seq)
			}
		}
	})
	t.Run("coach", func(t *testing.T) {
		r := newRig(t, func(_ *Config, p *Parts) {
			p.NewCoach = func(call.Summary, map[string]string) Coach { return &prompter{panics: true} }
		})
		go func() { _ = r.customer.Say(context.Background(), tone(700, 8000, 40000)) }()
		r.until("coach off", part("coach", false))
		r.hears(r.agent, 700)
	})
	t.Run("recording", func(t *testing.T) {
		r := newRig(t, func(_ *Config, p *Parts) {
			p.NewRecorder = func(string) (Recorder, error) { return nil, errDisk }
		})
		go func() { _ = r.customer.Say(context.Background(), tone(700, 8000, 40000)) }()
		r.hears(r.agent, 700)
		r.until("recording off", part("recording", false))
	})
}

func TestRelayOnly(t *testing.T) {
	r := newRig(t, func(c *Config, p *Parts) { c.NoAI, c.NoRecord = true, true })
	go func() { _ = r.agent.Say(context.Background(), tone(440, 8000, 40000)) }()
	r.hears(r.customer, 440)
	s, events := r.over()
	if s.Ending != call.EndCustomerHungUp || len(events) != 3 {
		t.Fatalf("%+v\n%v", s, types(events))
	}
}

func TestFullGatewayRefuses(t *testing.T) {
	r := newRig(t, func(c *Config, p *Parts) { c.MaxCalls = 1 })
	if _, err := r.gw.open(t.Context(), Caller{}, Route{}); err == nil {
		t.Fatal("a second call was taken")
	}
}

// calm counts how often it was told to forget.
type calm struct{ resets atomic.Int32 }

func (c *calm) Frame(*media.Frame) []call.Stress { return nil }
func (c *calm) Reset()                           { c.resets.Add(1) }

// After hold the customer's baseline starts anew: somebody else may be there.
func TestHoldResetsTheBaseline(t *testing.T) {
	c := &calm{}
	r := newRig(t, func(_ *Config, p *Parts) {
		p.NewFeeling = func(party call.Party) Feeling {
			if party == call.Customer {
				return c
			}
			return nil
		}
	})
	live, err := r.gw.find(r.gw.Calls()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	r.until("the answer", func(e call.Event) bool { _, ok := e.Body.(call.Answered); return ok })
	for feeling := false; !feeling; {
		live.mu.Lock()
		feeling = len(live.feelers) > 0
		live.mu.Unlock()
	}
	live.held(sip.Caller, true)
	live.held(sip.Caller, false)
	r.until("hold and resume", func(e call.Event) bool {
		h, ok := e.Body.(call.Hold)
		return ok && !h.On && h.By == call.Customer
	})
	r.wait() // every frame of the call has been felt
	if n := c.resets.Load(); n != 1 {
		t.Errorf("the baseline was forgotten %d times", n)
	}
}
