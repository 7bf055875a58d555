package gateway

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media/tap"
	"github.com/sidetone/sidetone/sip"
)

const (
	// lastWords is how long hearing may take to finish after the call ended.
	lastWords = 5 * time.Second
	// lastWrite is how long the store may refuse after the call ended.
	lastWrite = 30 * time.Second
)

// Call is one call: everything that runs for it, started and taken down here.
type Call struct {
	gw    *Gateway
	log   *zap.Logger
	route Route

	plumbing *plumbing
	events   *eventLog
	desk     *desk
	speaker  *speaker
	zero     atomic.Int64    // leg time of position zero; negative before the answer
	ctx      context.Context // ends when the call is to be hung up
	end      context.CancelCauseFunc

	mu         sync.Mutex
	summary    call.Summary
	feelers    []*feeler
	escalation *call.Escalation // the newest that is raised
	muted      bool

	listening sync.WaitGroup // listeners and recording: end when the pump closes their queues
}

// run carries the call from the INVITE to the last write. It returns when
// nothing of the call is left.
func (c *Call) run(in *sip.Invitation) {
	ctx := c.ctx
	defer c.end(nil)
	keeping := c.keep(ctx)
	deskCtx, stopDesk := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { c.desk.run(deskCtx) })
	work.Go(func() { c.speaker.run(deskCtx) })
	c.desk.post(c.started())
	c.plumbing.start(func(err error) { c.log.Error("media", zap.Error(err)) })

	answered := make(chan struct{})
	c.plumbing.onHold = c.held
	c.plumbing.onState = func(p sip.Progress) {
		if p == sip.Answered {
			c.answered()
			close(answered)
		}
	}
	pumpCtx, stopPump := context.WithCancel(context.WithoutCancel(ctx))
	var pumping sync.WaitGroup
	pumping.Go(func() {
		select {
		case <-answered:
			c.listen(pumpCtx)
		case <-pumpCtx.Done():
		}
	})

	outcome := in.Bridge(ctx, c.plan(), c.plumbing)

	// Teardown, in this order: no packet, no frame, no word, no event, no write.
	c.plumbing.close()
	stopPump()
	pumping.Wait()
	waitFor(&c.listening, lastWords)
	c.desk.post(c.ended(outcome))
	stopDesk()
	work.Wait()
	c.complete()
	keeping()
	c.finish(ctx)
}

// held notes that a side went on or came off hold. Signalling goroutine.
func (c *Call) held(s sip.Side, on bool) {
	c.desk.post(call.Hold{By: c.party(s), On: on})
	if on {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.feelers {
		f.anew.Store(true)
	}
}

// plan is the signalling's view of the route.
func (c *Call) plan() sip.Plan {
	plan := sip.Plan{Ring: c.gw.config.Ring, Headers: []sip.Header{{Name: "X-Sidetone-Call", Value: string(c.summary.ID)}}}
	for _, t := range c.route.Targets {
		u, err := sip.ParseURI(t)
		if err != nil {
			c.log.Error("route target is not a SIP address", zap.String("target", t), zap.Error(err))
			continue
		}
		plan.Targets = append(plan.Targets, sip.Target{URI: u})
	}
	return plan
}

func (c *Call) started() call.Started {
	s := c.summary
	return call.Started{Call: s.ID, From: s.From, To: s.To, Agent: s.Agent, Queue: s.Queue, Language: s.Language, Kind: s.Kind, Fields: c.route.Fields}
}

// party says who a side of the bridge is.
func (c *Call) party(s sip.Side) call.Party {
	if s == c.plumbing.agentSide {
		return call.Agent
	}
	return call.Customer
}

// answered starts the media clock. Signalling goroutine.
func (c *Call) answered() {
	now := c.plumbing.agent.Now()
	c.zero.Store(int64(now))
	if c.plumbing.taps != nil {
		for _, t := range c.plumbing.taps {
			t.Start(now)
		}
	}
	wall := time.Now()
	c.change(func(s *call.Summary) { s.State, s.Answered = call.Live, &wall })
	c.desk.post(call.Answered{})
	c.log.Info("call answered")
}

// now is the position on the media clock, 0 before the answer.
func (c *Call) now() time.Duration {
	zero := c.zero.Load()
	if zero < 0 {
		return 0
	}
	return c.plumbing.agent.Now() - time.Duration(zero)
}

// listen starts whatever listens to an answered call and pumps until ctx ends.
func (c *Call) listen(ctx context.Context) {
	if c.plumbing.taps == nil {
		return
	}
	p := &pump{
		plumbing: c.plumbing, now: c.now,
		key: func(party call.Party, d byte) { c.desk.post(call.DTMF{Party: party, Digit: string(d)}) },
		silent: func(d time.Duration) {
			if d > c.gw.config.MediaTimeout {
				c.end(sip.EndCause{Ending: call.EndMediaLost, Reason: fmt.Sprintf("no packet from either side for %v", d.Round(time.Second))})
			}
		},
	}
	// The listeners outlive the pump by lastWords at most: their queues close.
	ctx2, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })
	if !c.gw.config.NoAI {
		p.customer = append(p.customer, c.attend(ctx2, call.Customer)...)
		p.agent = append(p.agent, c.attend(ctx2, call.Agent)...)
	}
	if !c.gw.config.NoRecord {
		c.record(ctx2, p)
	}
	p.run(ctx)
}

// attend starts hearing and feeling one party.
func (c *Call) attend(ctx context.Context, party call.Party) (queues []*tap.Queue) {
	if c.gw.parts.Hearing != nil {
		q := tap.NewQueue()
		l := &listener{party: party, language: c.summary.Language, words: c.gw.vocabulary, queue: q,
			hearing: c.gw.parts.Hearing, meaning: c.gw.parts.Meaning, post: c.desk.post}
		c.listening.Go(func() { l.run(ctx) })
		queues = append(queues, q)
	} else {
		c.desk.post(call.Part{Name: "hearing", Party: party, Why: c.gw.parts.Missing["hearing"]})
	}
	if f := c.feeling(party); f != nil {
		feels := &feeler{party: party, queue: tap.NewQueue(), feeling: f, post: c.desk.post}
		c.mu.Lock()
		c.feelers = append(c.feelers, feels)
		c.mu.Unlock()
		c.listening.Go(func() { feels.run(ctx) })
		queues = append(queues, feels.queue)
	}
	return queues
}

// feeling makes a stress estimator for a party, nil where policy has none.
func (c *Call) feeling(party call.Party) Feeling {
	if c.gw.parts.NewFeeling == nil {
		return nil
	}
	return c.gw.parts.NewFeeling(party)
}

// record starts the stereo recording.
func (c *Call) record(ctx context.Context, p *pump) {
	path, err := c.gw.parts.Archive.RecordingPath(c.summary.ID)
	var rec Recorder
	if err == nil {
		rec, err = c.gw.parts.NewRecorder(path)
	}
	if err != nil {
		c.desk.post(call.Part{Name: "recording", Why: err.Error()})
		return
	}
	r := &recording{left: tap.NewQueue(), right: tap.NewQueue(), recorder: rec, post: c.desk.post}
	p.customer, p.agent = append(p.customer, r.left), append(p.agent, r.right)
	c.listening.Go(func() { r.run(ctx) })
}

// keep starts storing the log; the returned function waits for the last write.
func (c *Call) keep(ctx context.Context) (wait func()) {
	k := &keeper{id: c.summary.ID, log: c.events, archive: c.gw.parts.Archive, post: c.desk.post}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		c.put(ctx)
		k.run(ctx)
	})
	return func() {
		stop := time.AfterFunc(lastWrite, cancel)
		done.Wait()
		stop.Stop()
		cancel()
	}
}

// put writes the call's line to the store; a store that refuses is tried again
// with the next change.
func (c *Call) put(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTime)
	defer cancel()
	if err := c.gw.parts.Archive.PutCall(ctx, c.Summary()); err != nil {
		c.log.Warn("call not stored yet", zap.Error(err))
	}
}

// ended maps the bridge's outcome to how the call ended.
func (c *Call) ended(o sip.Outcome) call.Ended {
	if o.Ending == call.EndCustomerHungUp && c.party(o.By) == call.Agent {
		o.Ending = call.EndAgentHungUp
	}
	wall := time.Now()
	c.change(func(s *call.Summary) {
		s.State, s.Ended, s.Ending, s.Reason = call.Finished, &wall, o.Ending, o.Reason
		s.Duration = call.Position(c.now())
	})
	return call.Ended{Ending: o.Ending, Reason: o.Reason}
}

// complete makes sure that the log ends, even if the desk lost the last event.
func (c *Call) complete() {
	if _, complete, _ := c.events.since(1); !complete {
		s := c.Summary()
		c.events.append(c.desk.last, call.Ended{Ending: s.Ending, Reason: s.Reason})
	}
}

// finish stores the end and scores the call.
func (c *Call) finish(ctx context.Context) {
	c.put(ctx)
	s := c.Summary()
	c.gw.metrics.over(s.Ending, c.plumbing)
	c.log.Info("call ended", zap.String("ending", string(s.Ending)), zap.String("reason", s.Reason), zap.Duration("duration", time.Duration(s.Duration)))
	if c.gw.parts.Scorer == nil || s.Answered == nil {
		return
	}
	report, err := c.gw.parts.Scorer.Score(s, c.events.all())
	if err == nil {
		report.Call = s.ID
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTime)
		defer cancel()
		err = c.gw.parts.Archive.PutReport(ctx, report)
	}
	if err != nil {
		c.log.Error("call not scored", zap.Error(err))
		return
	}
	c.change(func(s *call.Summary) { s.Score = report.Scored() })
}

// Summary is the call's line as it is now.
func (c *Call) Summary() call.Summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.summary
	s.Off = maps.Clone(s.Off)
	if s.State == call.Live {
		s.Duration = call.Position(c.now())
	}
	return s
}

func (c *Call) change(f func(*call.Summary)) {
	c.mu.Lock()
	f(&c.summary)
	c.mu.Unlock()
	c.gw.changed()
}

// Status is the call as a board shows it.
func (c *Call) Status() Status {
	s := Status{Summary: c.Summary()}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Escalation, s.Muted = c.escalation, c.muted
	return s
}

// noted keeps what a board shows of the events. Desk goroutine.
func (c *Call) noted(b call.Body) {
	switch b := b.(type) {
	case call.Part:
		c.part(b)
	case call.Escalation:
		c.mu.Lock()
		if c.escalation = nil; b.Raised {
			c.escalation = &b
		}
		c.mu.Unlock()
		c.gw.changed()
	case call.Mute:
		c.mu.Lock()
		c.muted = b.On
		c.mu.Unlock()
		c.gw.changed()
	}
}

// part keeps which parts are off in the call's line.
func (c *Call) part(p call.Part) {
	name := p.Name
	if p.Party != "" {
		name += " of the " + string(p.Party)
	}
	c.change(func(s *call.Summary) {
		if p.On {
			delete(s.Off, name)
			return
		}
		if s.Off == nil {
			s.Off = map[string]string{}
		}
		s.Off[name] = p.Why
	})
	if p.On {
		c.log.Info("part is back", zap.String("part", name))
	} else {
		c.gw.metrics.off.WithLabelValues(p.Name).Inc()
		c.log.Warn("part is off", zap.String("part", name), zap.String("why", p.Why))
	}
}

// waitFor waits for the group, but not longer than d: what hangs is left behind,
// its context has ended.
func waitFor(wg *sync.WaitGroup, d time.Duration) {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(d + time.Second):
	}
}
