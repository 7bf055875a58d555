package sim

import (
	"math"
	"time"
)

// understood is the score from which a meaning counts.
const understood = 0.5

// Customer is one simulated customer during one call: pure, one goroutine.
type Customer struct {
	scenario *Scenario
	mood     float64
	opened   bool
	happened map[string]int // reaction id -> times
	said     map[string]int // lines used per reaction
	curve    []MoodPoint
}

// MoodPoint is the customer's mood at a time of the call.
type MoodPoint struct {
	At   time.Duration `json:"at_ns"`
	Mood float64       `json:"mood"`
	Why  string        `json:"why"` // reaction id, "silence" or "otherwise"
}

// Reply is what the customer does next.
type Reply struct {
	Say    string
	HangUp bool
	Why    string // how the call ended: "content", "angry", "tired"
}

// NewCustomer starts a scenario.
func NewCustomer(s *Scenario) *Customer {
	return &Customer{scenario: s, mood: s.Mood.Start, happened: map[string]int{}, said: map[string]int{},
		curve: []MoodPoint{{Mood: s.Mood.Start, Why: "start"}}}
}

// Mood is the anger now, 0..1.
func (c *Customer) Mood() float64 { return c.mood }

// Curve is how the mood moved.
func (c *Customer) Curve() []MoodPoint { return c.curve }

// Happened reports which reactions the trainee brought about.
func (c *Customer) Happened() map[string]int { return c.happened }

// Content reports whether every goal was reached.
func (c *Customer) Content() bool {
	for _, r := range c.scenario.Reactions {
		if r.Goal && c.happened[r.ID] == 0 {
			return false
		}
	}
	return true
}

// Hear answers what the trainee said. scores give the meanings (reaction id to
// 0..1); nil leaves it to the patterns.
func (c *Customer) Hear(text string, scores map[string]float64, at time.Duration) Reply {
	if !c.opened {
		return c.Open()
	}
	r := c.best(text, scores)
	if r == nil {
		return c.react(&c.scenario.Otherwise, "otherwise", at)
	}
	c.happened[r.ID]++
	if r.Ends && c.Content() {
		c.note(r.Mood, r.ID, at)
		return c.leave("content", c.scenario.Goodbye.Content)
	}
	return c.react(r, r.ID, at)
}

// Open says what the customer calls about.
func (c *Customer) Open() Reply {
	c.opened = true
	return Reply{Say: c.scenario.fill(c.scenario.Opening)}
}

// Opened reports whether the customer has said what the call is about.
func (c *Customer) Opened() bool { return c.opened }

// Silence is called when nobody has spoken for the scenario's time.
func (c *Customer) Silence(at time.Duration) Reply {
	s := c.scenario.Silence
	return c.react(&Reaction{Mood: s.Mood, Says: s.Says}, "silence", at)
}

// Tired ends a call that takes too long.
func (c *Customer) Tired() Reply { return c.leave("tired", c.scenario.Goodbye.Tired) }

// best finds the reaction that fits: a pattern first, then the meaning.
func (c *Customer) best(text string, scores map[string]float64) *Reaction {
	var best *Reaction
	top := understood
	for i := range c.scenario.Reactions {
		r := &c.scenario.Reactions[i]
		if (r.Once && c.happened[r.ID] > 0) || (r.After != "" && c.happened[r.After] == 0) {
			continue
		}
		for _, p := range r.patterns {
			if p.MatchString(text) {
				return r
			}
		}
		if scores[r.ID] > top {
			best, top = r, scores[r.ID]
		}
	}
	return best
}

func (c *Customer) react(r *Reaction, id string, at time.Duration) Reply {
	c.note(r.Mood, id, at)
	if c.mood >= c.scenario.Mood.Leave {
		return c.leave("angry", c.scenario.Goodbye.Angry)
	}
	line := r.Says[c.said[id]%len(r.Says)]
	c.said[id]++
	return Reply{Say: c.scenario.fill(line)}
}

func (c *Customer) note(change float64, why string, at time.Duration) {
	c.mood = math.Max(0, math.Min(1, c.mood+change))
	c.curve = append(c.curve, MoodPoint{at, c.mood, why})
}

func (c *Customer) leave(why, line string) Reply {
	return Reply{Say: c.scenario.fill(line), HangUp: true, Why: why}
}
