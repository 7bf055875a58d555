package coach

import (
	"fmt"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach/playbook"
)

// candidate is an advice that is waiting to be given.
type candidate struct {
	m       *playbook.Moment
	moment  call.Moment
	since   call.Position
	expires call.Position
}

// better ranks: urgency, then priority, then how sure, then the newer.
func (c *candidate) better(than *candidate) bool {
	switch {
	case c.m.Urgent != than.m.Urgent:
		return c.m.Urgent
	case c.m.Priority != than.m.Priority:
		return c.m.Priority > than.m.Priority
	}
	return c.moment.Score >= than.moment.Score
}

// lane is one queue of length one with its memory. The advice about the agent's
// own voice has a lane of its own: what is never stored must not move what is.
type lane struct {
	prefix  string
	dose    dose
	waiting *candidate
	muted   bool
	given   []*given
	perID   map[string]*history
	n       int
}

// history is what was done about one moment.
type history struct {
	count  int
	last   call.Position
	strict int // grows with dismissals
}

// given is an advice that went out.
type given struct {
	id       string
	m        *playbook.Moment
	at       call.Position
	busy     call.Position // the ear is busy until
	accepted bool
	done     bool // acted on, or given up waiting for it
	due      call.Position
}

// dose is how much help an agent gets.
type dose struct {
	budget int // advices a call
	floor  int // moments of lower priority are held back
	ear    int // moments of lower priority stay out of the ear
}

// doseOf goes by days in the job: much for new hires, near silence for experts,
// who gain little from prompts and lose quality by them.
func doseOf(tenure int) dose {
	switch {
	case tenure < 0:
		return dose{budget: 5, floor: 0, ear: 50}
	case tenure < 90:
		return dose{budget: 7, floor: 0, ear: 40}
	case tenure < 365:
		return dose{budget: 5, floor: 40, ear: 50}
	case tenure < 3*365:
		return dose{budget: 3, floor: 55, ear: 70}
	}
	return dose{budget: 2, floor: 75, ear: 85}
}

const (
	// urgentOver is how many urgent advices may go beyond the budget.
	urgentOver = 2
	// apart is the least time between two advices that are not urgent.
	apart = call.Position(8 * time.Second)
	// dismissal is how much priority a dismissed moment needs more next time;
	// half of it counts for every moment.
	dismissal = 20
	// ignored is the same for an advice accepted and not acted on.
	ignored = 10
	// actTime is how long an accepted advice has to show.
	actTime = call.Position(45 * time.Second)
	// whisperTime is how long the ear is taken to be busy without word of it.
	whisperTime = call.Position(4 * time.Second)
)

func newLane(prefix string, d dose) *lane {
	return &lane{prefix: prefix, dose: d, perID: map[string]*history{}}
}

func (l *lane) history(id string) *history {
	h := l.perID[id]
	if h == nil {
		h = &history{}
		l.perID[id] = h
	}
	return h
}

// inFlight is the advice that the agent is hearing or has just been shown.
func (l *lane) inFlight(at call.Position, gap call.Position) *given {
	if len(l.given) == 0 {
		return nil
	}
	g := l.given[len(l.given)-1]
	if at < g.busy || at < g.at+gap {
		return g
	}
	return nil
}

// consider decides whether an advice may wait for its moment at all.
func (c *Coach) consider(l *lane, w candidate) {
	why, detail := l.refuse(&w, w.since)
	if why == "" && l.waiting != nil {
		if old := l.waiting; w.better(old) {
			c.hold(w.since, old, call.HeldReplaced, "by "+w.m.ID)
		} else {
			why, detail = call.HeldReplaced, old.m.ID+" is waiting and matters more"
		}
	}
	if why != "" {
		c.hold(w.since, &w, why, detail)
		return
	}
	l.waiting = &w
}

func (l *lane) refuse(w *candidate, at call.Position) (call.HeldWhy, string) {
	h := l.history(w.m.ID)
	need := l.dose.floor + h.strict
	switch {
	case l.muted:
		return call.HeldMuted, ""
	case h.count >= w.m.Most:
		return call.HeldMost, fmt.Sprintf("given %d times", h.count)
	case h.count > 0 && at < h.last+call.Seconds(w.m.Cooldown):
		return call.HeldCooldown, fmt.Sprintf("given %.0f s ago", (at - h.last).Seconds())
	case w.m.Priority < need:
		return call.HeldDose, fmt.Sprintf("priority %d, this agent gets from %d", w.m.Priority, need)
	case l.n >= l.dose.budget && !(w.m.Urgent && l.n < l.dose.budget+urgentOver):
		return call.HeldBudget, fmt.Sprintf("%d advices given", l.n)
	}
	return "", ""
}

// whispered follows the ear: it is busy from start to stop.
func (l *lane) whispered(b call.Whisper, at call.Position) {
	for _, g := range l.given {
		if g.id != b.ID {
			continue
		}
		switch b.State {
		case "start":
			g.busy = at + whisperTime
		default:
			g.busy = at
		}
	}
}

// feedback moves the dose.
func (c *Coach) feedback(b call.Feedback, at call.Position) {
	for _, l := range []*lane{c.public, c.private} {
		for _, g := range l.given {
			if g.id != b.Advice {
				continue
			}
			switch b.Verdict {
			case "dismissed":
				l.history(g.m.ID).strict += dismissal
				l.dose.floor += dismissal / 2
				g.done = true
			case "accepted":
				if !g.accepted {
					g.accepted, g.due = true, at+actTime
				}
			}
		}
	}
}

// acted looks whether advices that were accepted were followed; an agent who
// accepts without acting needs fewer of them.
func (c *Coach) acted(at call.Position) {
	for _, l := range []*lane{c.public, c.private} {
		for _, g := range l.given {
			if !g.accepted || g.done || g.m.Acted == nil {
				continue
			}
			window := c.state.Live()
			window.From = g.at
			switch _, ok := g.m.Acted.Find(c.state, window); {
			case ok:
				g.done = true
			case at > g.due:
				g.done = true
				l.history(g.m.ID).strict += ignored
				l.dose.floor += ignored / 2
			}
		}
	}
}
