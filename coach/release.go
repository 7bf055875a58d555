package coach

import (
	"time"

	"github.com/sidetone/sidetone/call"
)

const (
	// patience is how long an advice waits for a moment that is safe for the ear
	// as well before it is shown alone.
	patience       = call.Position(2500 * time.Millisecond)
	patienceUrgent = call.Position(800 * time.Millisecond)
	// loose is how long a card waits for the agent to stop speaking.
	loose = call.Position(4 * time.Second)
	// settled is how long the customer must have been talking for the agent to
	// have an ear free.
	settled = call.Position(300 * time.Millisecond)
)

// release gives the waiting advice if this grid point is right for it.
func (c *Coach) release(l *lane, at call.Position) {
	w := l.waiting
	if w == nil {
		return
	}
	if at > w.expires {
		l.waiting = nil
		c.hold(at, w, call.HeldExpired, "no safe moment came in time")
		return
	}
	gap := apart
	if w.m.Urgent {
		gap = 0
	}
	if l.inFlight(at, gap) != nil || l == c.private && c.public.inFlight(at, apart) != nil {
		return
	}
	waited, wait := at-w.since, patience
	if w.m.Urgent {
		wait = patienceUrgent
	}
	wantsEar := w.m.Ear != "" && (w.m.Urgent || w.m.Priority >= l.dose.ear)
	ear := wantsEar && (c.earSafe(at) || w.m.Urgent && waited >= wait)
	switch {
	case ear:
	case wantsEar && waited < wait:
		return
	case !c.lineSafe() && waited < loose:
		return
	}
	l.waiting = nil
	c.give(l, w, at, ear, wantsEar)
}

// earSafe is the strictest gate: a hold, the customer talking, or a pause longer
// than this agent's own.
func (c *Coach) earSafe(at call.Position) bool {
	if on, _ := c.state.Speaking(call.Agent); on {
		return false
	}
	if c.state.OnHold() {
		return true
	}
	if on, since := c.state.Speaking(call.Customer); on && at-since >= settled {
		return true
	}
	return c.rhythm.paused(at)
}

// lineSafe is the looser gate of the card: the agent is not speaking.
func (c *Coach) lineSafe() bool {
	on, _ := c.state.Speaking(call.Agent)
	return !on || c.state.OnHold()
}

func (c *Coach) give(l *lane, w *candidate, at call.Position, ear, wantsEar bool) {
	l.n++
	h := l.history(w.m.ID)
	h.count++
	h.last = at
	m := w.m
	a := call.Advice{ID: id(l.prefix, l.n), Moment: m.ID, Forms: []call.Form{call.Line}, Line: m.Line, Steps: m.Steps, Source: m.Cites,
		Ear: m.Ear, Quote: w.moment.Quote, QuoteAt: w.moment.QuoteAt, Urgent: m.Urgent, Private: m.Private, Waited: at - w.since,
		Expires: at + call.Seconds(m.Shown)}
	g := &given{id: a.ID, m: m, at: at, busy: at}
	if ear {
		a.Forms = []call.Form{call.Ear, call.Line}
		g.busy = at + whisperTime
	}
	l.given = append(l.given, g)
	c.emit(at, a)
	if wantsEar && !ear {
		c.emit(at, call.Held{Moment: m.ID, Reason: call.HeldSpeaking, Detail: "the card was shown without a whisper", Forms: []call.Form{call.Ear}, Since: w.since, Private: m.Private})
	}
}

// rhythm knows how long this agent usually pauses between words.
type rhythm struct {
	on      bool
	since   call.Position
	mean    call.Position
	heard   bool
	crossed bool // the customer spoke in this pause
}

const (
	pauseLeast = call.Position(700 * time.Millisecond)
	pauseStart = call.Position(time.Second) // until the agent's own is known
	pauseMost  = call.Position(2500 * time.Millisecond)
)

// edge learns from the agent's pauses that the customer did not fill.
func (r *rhythm) edge(b call.Speech, at call.Position) {
	if b.Party == call.Customer {
		r.crossed = r.crossed || b.On
		return
	}
	if b.Party != call.Agent || b.On == r.on && r.heard {
		return
	}
	if b.On && r.heard && !r.crossed {
		if gap := at - r.since; gap < pauseMost {
			if r.mean == 0 {
				r.mean = gap
			}
			r.mean += (gap - r.mean) / 8
		}
	}
	r.on, r.since, r.heard, r.crossed = b.On, at, true, false
}

// paused tells whether the agent has been quiet for longer than usual.
func (r *rhythm) paused(at call.Position) bool {
	if r.on {
		return false
	}
	limit := pauseStart
	if r.mean > 0 {
		limit = min(pauseMost, max(pauseLeast, r.mean*5/4))
	}
	return at-r.since >= limit
}
