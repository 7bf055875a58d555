package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media/relay"
	"github.com/sidetone/sidetone/sip"
)

var (
	// ErrNoCall is returned for a call that is not live.
	ErrNoCall = errors.New("no such live call")
	// ErrNoAdvice is returned for an advice that the call does not have.
	ErrNoAdvice = errors.New("the call has no such advice")
	// ErrOff is wrapped when a part that would be needed is off.
	ErrOff = errors.New("off")
)

// Parts are what calls are made of besides signalling and media. Archive and
// Router are required; a nil part is off, and Missing says why.
type Parts struct {
	Archive     Archive
	Router      Router
	Hearing     Hearing
	Meaning     Meaning
	Voice       Voice
	Scorer      Scorer
	NewCoach    func(s call.Summary, fields map[string]string) Coach
	NewFeeling  func(call.Party) Feeling
	NewRecorder func(path string) (Recorder, error)
	// Missing gives the reason for each nil part by name, for people.
	Missing map[string]string
	// Vocabulary lists words that are likely on every call.
	Vocabulary []string
	// Metrics is where figures are registered; nil keeps them to ourselves.
	Metrics prometheus.Registerer
}

// Gateway takes calls from a sip.Endpoint and runs each one. Safe for any
// goroutine.
type Gateway struct {
	config     Config
	parts      Parts
	log        *zap.Logger
	ports      *relay.Ports
	vocabulary []string
	metrics    *metrics

	mu      sync.Mutex
	calls   map[call.ID]*Call
	opening int           // calls admitted but not yet in calls
	board   chan struct{} // closed and replaced when a summary changed
}

// New makes a gateway. It opens nothing yet.
func New(c Config, p Parts, log *zap.Logger) (*Gateway, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if p.Archive == nil || p.Router == nil || (p.NewRecorder == nil && !c.NoRecord) {
		return nil, errors.New("gateway: archive, router and recorder are required")
	}
	ports, err := relay.NewPorts(c.MediaIP, c.PortLow, c.PortHigh)
	if err != nil {
		return nil, err
	}
	g := &Gateway{config: c, parts: p, log: log, ports: ports, vocabulary: p.Vocabulary,
		calls: map[call.ID]*Call{}, board: make(chan struct{})}
	g.metrics = newMetrics(p.Metrics, func() float64 { return float64(len(g.Calls())) })
	return g, nil
}

// Incoming implements sip.Handler: one call, start to end.
func (g *Gateway) Incoming(ctx context.Context, in *sip.Invitation) {
	from, to := in.From(), in.To()
	caller := Caller{From: address(from), To: address(to), Source: in.Source(), Header: in.Header}
	route, err := g.parts.Router.Route(caller)
	if err != nil {
		g.log.Warn("no route", zap.String("from", caller.From), zap.String("to", caller.To), zap.Error(err))
		in.Refuse(404, "Not Found")
		return
	}
	c, err := g.open(ctx, caller, route)
	if err != nil {
		g.log.Warn("call refused", zap.Error(err))
		g.metrics.refused.Inc()
		in.Refuse(503, "Service Unavailable", sip.RetryAfter(10))
		return
	}
	c.log.Info("call", zap.String("from", caller.From), zap.String("to", caller.To), zap.String("sip_call_id", in.CallID()), zap.Strings("targets", route.Targets))
	defer g.forget(c)
	c.run(in)
}

// address is the short form of a SIP address for people.
func address(u sip.URI) string {
	if u.User == "" {
		return u.Host
	}
	return u.User
}

// open admits a call and makes it with its sockets.
func (g *Gateway) open(ctx context.Context, caller Caller, route Route) (*Call, error) {
	g.mu.Lock()
	full := len(g.calls)+g.opening >= g.config.MaxCalls
	if !full {
		g.opening++
	}
	g.mu.Unlock()
	if full {
		return nil, fmt.Errorf("%d calls are running, the most that are taken", g.config.MaxCalls)
	}
	c, err := g.make(ctx, caller, route)
	g.mu.Lock()
	g.opening--
	if err == nil {
		g.calls[c.summary.ID] = c
	}
	g.mu.Unlock()
	g.changed()
	return c, err
}

func (g *Gateway) make(ctx context.Context, caller Caller, route Route) (*Call, error) {
	now := time.Now()
	s := call.Summary{ID: call.NewID(now), State: call.Ringing, From: caller.From, To: caller.To, Agent: route.Agent,
		Queue: route.Queue, Language: route.Language, Kind: call.KindLive, Created: now}
	if route.Simulation {
		s.Kind = call.KindSimulation
	}
	if route.ID != "" {
		s.ID = route.ID
	}
	agentSide := sip.Callee
	if route.AgentIsCaller {
		agentSide = sip.Caller
	}
	p, err := newPlumbing(g.config, g.ports, agentSide, !(g.config.NoAI && g.config.NoRecord))
	if err != nil {
		return nil, err
	}
	c := &Call{gw: g, log: g.log.With(zap.String("call", string(s.ID))), route: route, summary: s, events: newEventLog(), plumbing: p}
	c.ctx, c.end = context.WithCancelCause(ctx)
	c.zero.Store(-1)
	c.equip()
	return c, nil
}

// equip gives a call its desk, coach and voice.
func (c *Call) equip() {
	g := c.gw
	var coach Coach
	if g.parts.NewCoach != nil && !g.config.NoAI {
		coach = g.parts.NewCoach(c.summary, c.route.Fields)
	}
	c.desk = &desk{in: make(chan call.Body, inbox), log: c.events, coach: coach, changed: c.noted,
		now: func() call.Position { return call.Position(c.now()) }}
	c.speaker = &speaker{voice: g.parts.Voice, name: g.config.Voice, language: c.summary.Language,
		ear: c.plumbing.toAgent, post: c.desk.post, lines: make(chan line, 4)}
	c.desk.whisper = c.speaker.advice
}

func (g *Gateway) forget(c *Call) {
	g.mu.Lock()
	delete(g.calls, c.summary.ID)
	g.mu.Unlock()
	g.changed()
}

func (g *Gateway) changed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.board)
	g.board = make(chan struct{})
}

func (g *Gateway) find(id call.ID) (*Call, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.calls[id]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrNoCall, id)
}

// Status is a live call as a board shows it.
type Status struct {
	call.Summary
	Escalation *call.Escalation // the newest one that is raised, nil for none
	Muted      bool             // the agent silenced the coach
}

// Calls lists the calls that ring or run, oldest first.
func (g *Gateway) Calls() []Status {
	g.mu.Lock()
	calls := make([]*Call, 0, len(g.calls))
	for _, c := range g.calls {
		calls = append(calls, c)
	}
	g.mu.Unlock()
	out := make([]Status, len(calls))
	for i, c := range calls {
		out[i] = c.Status()
	}
	slices.SortFunc(out, func(a, b Status) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// Changed returns a channel that closes when any summary changes.
func (g *Gateway) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.board
}

// Watch gives sink every event of a live call from seq on, past and coming,
// without a gap, until the call is over, ctx ends or sink fails.
func (g *Gateway) Watch(ctx context.Context, id call.ID, seq uint64, sink func(call.Event) error) error {
	c, err := g.find(id)
	if err != nil {
		return err
	}
	return c.events.watch(ctx, seq, sink)
}

// Whisper speaks a person's line into the call's agent's ear.
func (g *Gateway) Whisper(id call.ID, by, text string) error {
	c, err := g.find(id)
	if err != nil {
		return err
	}
	if g.parts.Voice == nil {
		return fmt.Errorf("the voice is %w: %s", ErrOff, g.parts.Missing["voice"])
	}
	c.speaker.say(line{id: string(call.NewID(time.Now())), text: text, by: by})
	return nil
}

// Mute silences the call's coach, or wakes it.
func (g *Gateway) Mute(id call.ID, by string, on bool) error {
	c, err := g.find(id)
	if err != nil {
		return err
	}
	c.speaker.mute(on)
	c.desk.post(call.Mute{On: on, By: by})
	return nil
}

// Feedback records what the agent made of an advice of this call.
func (g *Gateway) Feedback(id call.ID, f call.Feedback) error {
	c, err := g.find(id)
	if err != nil {
		return err
	}
	for _, e := range c.events.all() {
		if a, ok := e.Body.(call.Advice); ok && a.ID == f.Advice {
			f.Private = a.Private
			c.desk.post(f)
			return nil
		}
	}
	return fmt.Errorf("%w: %q", ErrNoAdvice, f.Advice)
}

// HangUp ends a call on both sides.
func (g *Gateway) HangUp(id call.ID, by string) error {
	c, err := g.find(id)
	if err != nil {
		return err
	}
	c.end(sip.EndCause{Ending: call.EndShutdown, Reason: "ended by " + by})
	return nil
}
