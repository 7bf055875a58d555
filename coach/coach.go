package coach

import (
	"fmt"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/rules"
)

// Grid is the step of the coach's time. Everything that depends on time alone
// happens on it, so that it does not matter how often time is told.
const Grid = call.Position(100 * time.Millisecond)

// Agent is what the coach may know about the agent.
type Agent struct {
	Tenure int // days in the job; negative when not known
}

// Config is one call's coach.
type Config struct {
	Book     *playbook.Library // required
	Language string            // until the call says otherwise; default "en"
	Queue    string
	Agent    Agent
	Date     string            // the day of the call, YYYY-MM-DD, for campaigns; "" when not known
	Fields   map[string]string // customer facts known before the call
	// AgentVoice lets moments rest on the agent's own voice, for this agent only
	// ("private"); otherwise they are off.
	AgentVoice bool
	// Budget is how many advices a call may have; 0 takes the dose of the tenure.
	Budget int
}

// Coach follows one call. One goroutine uses it.
type Coach struct {
	cfg      Config
	state    *rules.State
	watches  []*watch
	language string
	now      call.Position // last grid point worked
	public   *lane
	private  *lane
	rhythm   rhythm
	forecast forecast
	ended    bool
	out      []call.Event
}

// watch is one moment being looked out for.
type watch struct {
	m     *playbook.Moment
	timed bool
	last  call.Position // where the newest evidence of the last firing was
	fired bool
}

// New makes the coach of one call.
func New(cfg Config) *Coach {
	if cfg.Language == "" {
		cfg.Language = "en"
	}
	if cfg.Book == nil {
		cfg.Book = &playbook.Library{}
	}
	c := &Coach{cfg: cfg, now: -Grid}
	c.state = rules.NewState(rules.Facts{Language: cfg.Language, Queue: cfg.Queue, Tenure: cfg.Agent.Tenure, Date: cfg.Date, Fields: cfg.Fields})
	d := doseOf(cfg.Agent.Tenure)
	if cfg.Budget > 0 {
		d.budget = cfg.Budget
	}
	c.public = newLane("a", d)
	c.private = newLane("p", dose{budget: 3})
	c.speak(cfg.Language)
	return c
}

// speak takes up the moments of a language.
func (c *Coach) speak(language string) {
	c.language = language
	c.watches = nil
	for _, m := range c.cfg.Book.Moments(language) {
		if m.Private && !c.cfg.AgentVoice {
			continue
		}
		c.watches = append(c.watches, &watch{m: m, timed: m.Trigger().Timed()})
	}
}

// Observe takes one event and returns what follows from it, in order. Events
// that a coach makes are not for it: a log that is replayed leaves them out.
func (c *Coach) Observe(e call.Event) []call.Body {
	c.out = nil
	if Made(e.Body) {
		return nil
	}
	e.At = rules.Grain(e.At)
	c.state.Fold(e)
	at := c.state.Now()
	switch b := e.Body.(type) {
	case call.Started:
		if b.Language != "" && !rules.Speaks(b.Language, c.language) {
			c.speak(b.Language)
		}
	case call.Speech:
		c.rhythm.edge(b, at)
	case call.Partial:
		if b.Stable != "" {
			c.look(at, func(w *watch) bool { return w.m.Early })
		}
	case call.Utterance, call.Revised, call.Stress, call.Fields, call.Hold:
		c.look(at, func(*watch) bool { return true })
		c.feel(at, e)
		c.acted(at)
	case call.Feedback:
		c.feedback(b, at)
	case call.Mute:
		c.mute(b, at)
	case call.Whisper:
		c.public.whispered(b, at)
		c.private.whispered(b, at)
	case call.Ended:
		c.end(at)
	}
	return c.bodies()
}

func (c *Coach) bodies() []call.Body {
	var out []call.Body
	for _, e := range c.out {
		out = append(out, e.Body)
	}
	return out
}

// Advance moves the coach's time and returns what became due, each with the grid
// position it belongs to.
func (c *Coach) Advance(to call.Position) []call.Event {
	c.out = nil
	to = rules.Grain(to)
	for !c.ended && c.now+Grid <= to {
		c.now += Grid
		c.state.Advance(c.now)
		c.look(c.now, func(w *watch) bool { return w.timed })
		c.release(c.public, c.now)
		c.release(c.private, c.now)
	}
	return c.out
}

// Made tells whether an event is the coach's own.
func Made(b call.Body) bool {
	switch b.(type) {
	case call.Moment, call.Advice, call.Held, call.Escalation:
		return true
	}
	return false
}

func (c *Coach) emit(at call.Position, b call.Body) {
	c.out = append(c.out, call.Event{At: at, Body: b})
}

// look asks the moments that the filter admits.
func (c *Coach) look(at call.Position, admit func(*watch) bool) {
	if c.ended {
		return
	}
	for _, w := range c.watches {
		if !admit(w) {
			continue
		}
		evidence, ok := w.m.Trigger().Find(c.state, c.state.Live())
		if !ok {
			continue
		}
		if key := newest(evidence, at); !w.fired || key > w.last+sameTime {
			w.fired, w.last = true, key
			c.recognised(w.m, evidence, at)
		}
	}
}

// sameTime is how close two firings are one: a partial and the utterance that
// it became begin within it.
const sameTime = call.Position(1200 * time.Millisecond)

// newest is where the newest evidence lies. A moment fires again only for newer
// evidence than before; one with none at all counts as a new one each minute.
func newest(list []rules.Evidence, at call.Position) call.Position {
	key := call.Position(-1)
	for _, e := range list {
		key = max(key, e.At)
	}
	if key < 0 {
		minute := call.Position(time.Minute)
		return at / minute * minute
	}
	return key
}

// recognised writes the moment down and considers the advice.
func (c *Coach) recognised(m *playbook.Moment, evidence []rules.Evidence, at call.Position) {
	mo := describe(m, evidence, at)
	c.emit(at, mo)
	if !m.Private {
		c.forecast.moment(m, mo)
		c.escalate(at)
	}
	l := c.public
	if m.Private {
		l = c.private
	}
	c.consider(l, candidate{m: m, moment: mo, since: at, expires: at + call.Seconds(m.Expires)})
}

// describe makes the event of a moment: the quote if there is one, else why.
func describe(m *playbook.Moment, evidence []rules.Evidence, at call.Position) call.Moment {
	mo := call.Moment{ID: m.ID, Score: 1, QuoteAt: at, Private: m.Private}
	var best *rules.Evidence
	for i := range evidence {
		e := &evidence[i]
		mo.Score = min(mo.Score, e.Score)
		if e.At < 0 {
			continue
		}
		if best == nil || e.Quote != "" && best.Quote == "" || (e.Quote != "") == (best.Quote != "") && e.At > best.At {
			best = e
		}
	}
	if best != nil {
		mo.Party, mo.Quote, mo.QuoteAt, mo.Ref, mo.Why = best.Party, best.Quote, best.At, best.Seq, best.Why
	}
	if mo.Quote == "" && mo.Why == "" {
		mo.Why = "the conditions of " + m.ID + " came together"
	}
	return mo
}

// end holds back what is still waiting.
func (c *Coach) end(at call.Position) {
	c.ended = true
	for _, l := range []*lane{c.public, c.private} {
		if l.waiting != nil {
			c.hold(at, l.waiting, call.HeldEnded, "")
			l.waiting = nil
		}
	}
}

func (c *Coach) mute(b call.Mute, at call.Position) {
	for _, l := range []*lane{c.public, c.private} {
		l.muted = b.On
		if b.On && l.waiting != nil {
			c.hold(at, l.waiting, call.HeldMuted, "")
			l.waiting = nil
		}
	}
}

func (c *Coach) hold(at call.Position, w *candidate, why call.HeldWhy, detail string) {
	c.emit(at, call.Held{Moment: w.m.ID, Reason: why, Detail: detail, Since: w.since, Private: w.m.Private})
}

func id(prefix string, n int) string { return fmt.Sprintf("%s%d", prefix, n) }
