// Package turn holds what every streaming engine needs around a turn: the map
// from audio given to a recogniser to positions on the call, and the part of a
// guess that has stopped changing.
//
// Pure: no I/O, no clock.
package turn

import (
	"strings"
	"time"
)

// Clock translates a recogniser's time, which only counts audio it was given,
// into positions on the call's media clock.
type Clock struct {
	rate  int
	fed   int // samples given to the recogniser, ever
	marks []mark
}

// NewClock makes a clock for audio given at rate samples per second.
func NewClock(rate int) *Clock { return &Clock{rate: rate} }

type mark struct {
	fed int
	at  time.Duration
}

func (c *Clock) length(samples int) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(c.rate)
}

// jump is how far frames may disagree with the running count before it is a jump.
const jump = 30 * time.Millisecond

// Mark notes the position of the audio that comes next.
func (c *Clock) Mark(at time.Duration) {
	if n := len(c.marks); n > 0 {
		m := c.marks[n-1]
		if d := m.at + c.length(c.fed-m.fed) - at; d < jump && d > -jump {
			return
		}
	}
	c.marks = append(c.marks, mark{c.fed, at})
}

// Advance counts samples given.
func (c *Clock) Advance(samples int) { c.fed += samples }

// At is the position of a point in the recogniser's time, in seconds.
func (c *Clock) At(seconds float64) time.Duration {
	if len(c.marks) == 0 {
		return 0
	}
	fed := int(seconds * float64(c.rate))
	best := c.marks[0]
	for _, m := range c.marks {
		if m.fed <= fed {
			best = m
		}
	}
	return max(0, best.at+c.length(fed-best.fed))
}

// Trim forgets marks no later word can need.
func (c *Clock) Trim() {
	if n := len(c.marks); n > 1 {
		c.marks = append(c.marks[:0], c.marks[n-1])
	}
}

// Stability finds the part of a guess that has stopped changing: words that
// stood unchanged for settle and are not the newest two.
type Stability struct {
	words []settling
	fixed int
}

type settling struct {
	text  string
	since time.Duration
}

const settle = 700 * time.Millisecond

// Reset begins a new guess.
func (s *Stability) Reset() { s.words, s.fixed = s.words[:0], 0 }

// See takes the guess at position now and returns its stable prefix.
func (s *Stability) See(text string, now time.Duration) string {
	words := strings.Fields(text)
	for i, w := range words {
		switch {
		case i >= len(s.words):
			s.words = append(s.words, settling{w, now})
		case s.words[i].text != w:
			s.words = append(s.words[:i], settling{w, now})
		}
	}
	if len(words) < len(s.words) {
		s.words = s.words[:len(words)]
	}
	s.fixed = min(s.fixed, len(words))
	for s.fixed < len(s.words)-2 && now-s.words[s.fixed].since >= settle {
		s.fixed++
	}
	return strings.Join(words[:s.fixed], " ")
}
