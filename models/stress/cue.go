package stress

import "github.com/sidetone/sidetone/call"

// What a cue takes. A single window is never enough.
const (
	cueAnger    = 0.95 // fast windows agree at or above it,
	cueArousal  = 0.9  // and this: no single feature makes a cue
	cueOff      = 0.4  // the voice has calmed down below it
	cueWindows  = 2    // that must agree in a row
	cueQuality  = 0.35
	cueCooldown = call.Position(30e9)
)

// Cue says when a voice has evidently turned angry: after agreeing windows, with
// hysteresis, and not again before the voice calmed down or half a minute went
// by. The zero value is ready.
type Cue struct {
	run  int
	held bool
	last call.Position
	any  bool
}

// Window takes the next window of a voice, of any span, and reports a cue.
func (c *Cue) Window(s *call.Stress) bool {
	if s.Span != shortSpan {
		return false
	}
	if s.Absent != "" {
		c.run = 0
		return false
	}
	if s.Anger < cueOff {
		c.held = false
	}
	if s.Anger < cueAnger || s.Arousal < cueArousal || s.Quality < cueQuality {
		c.run = 0
		return false
	}
	if c.run++; c.run < cueWindows || c.held || c.any && s.End-c.last < cueCooldown {
		return false
	}
	c.held, c.any, c.last = true, true, s.End
	return true
}
