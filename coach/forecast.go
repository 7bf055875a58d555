package coach

import (
	"fmt"
	"math"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/rules"
)

const (
	// raiseAt is where a supervisor is told.
	raiseAt = 0.6
	// stepBy is how much the forecast must have risen to be written down again.
	stepBy = 0.1
	// angerFrom is the anger against the own baseline that begins to count, over
	// windows of 30 seconds; angerMost is what the strongest adds.
	angerFrom, angerMost = 0.6, 0.3
)

// forecast is how likely it is that this call needs a supervisor: one minus the
// product of what each piece of evidence leaves. It only rises.
type forecast struct {
	calm   float64 // product so far, 0 stands for 1
	seen   map[string]int
	anger  float64 // the part that anger has taken
	why    []string
	told   float64
	raised bool
}

// moment weighs one that was recognised; the same again counts half.
func (f *forecast) moment(m *playbook.Moment, mo call.Moment) {
	if m.Risk == 0 {
		return
	}
	if f.seen == nil {
		f.seen = map[string]int{}
	}
	f.seen[m.ID]++
	f.add(m.Risk*mo.Score/math.Pow(2, float64(f.seen[m.ID]-1)), fmt.Sprintf("%s (%s)", m.Title, mo.QuoteAt))
}

func (f *forecast) add(weight float64, why string) {
	if f.calm == 0 {
		f.calm = 1
	}
	f.calm *= 1 - min(weight, 0.95)
	if len(f.why) < 20 {
		f.why = append(f.why, why)
	}
}

func (f *forecast) level() float64 {
	if f.calm == 0 {
		return 0
	}
	return math.Round((1-f.calm)*1000) / 1000
}

// feel counts the customer's anger and whatever else the event says about risk.
func (c *Coach) feel(at call.Position, e call.Event) {
	s, ok := e.Body.(call.Stress)
	if !ok || s.Party != call.Customer || s.Span != 30 || s.Absent != "" || s.Anger < angerFrom {
		return
	}
	part := math.Round(angerMost*(s.Anger-angerFrom)/(1-angerFrom)*1000) / 1000
	if part > c.forecast.anger+0.05 {
		more := 1 - (1-part)/(1-c.forecast.anger)
		c.forecast.anger = part
		c.forecast.add(more, fmt.Sprintf("the customer's voice is angrier than at the start (%s)", rules.Grain(s.End)))
		c.escalate(at)
	}
}

// escalate writes the forecast down when it has risen enough or crosses the line.
func (c *Coach) escalate(at call.Position) {
	f := &c.forecast
	level := f.level()
	raised := level >= raiseAt
	if level < f.told+stepBy && raised == f.raised {
		return
	}
	f.told, f.raised = level, raised
	c.emit(at, call.Escalation{Level: level, Raised: raised, Why: append([]string(nil), f.why...)})
}
