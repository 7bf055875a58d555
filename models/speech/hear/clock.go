package hear

import (
	"iter"
	"strings"
	"time"

	"github.com/sidetone/sidetone/media"
)

// clock translates the recogniser's time, which only counts audio it was given,
// into positions on the call's media clock.
type clock struct {
	fed   int // samples given to the recogniser, ever
	marks []mark
}

type mark struct {
	fed int
	at  time.Duration
}

func fedTime(samples int) time.Duration {
	return time.Duration(samples) * time.Second / recogniserRate
}

// jump is how far frames may disagree with the running count before it is a jump.
const jump = 30 * time.Millisecond

// mark notes the position of the audio that comes next.
func (c *clock) mark(at time.Duration) {
	if n := len(c.marks); n > 0 {
		m := c.marks[n-1]
		if d := m.at + fedTime(c.fed-m.fed) - at; d < jump && d > -jump {
			return
		}
	}
	c.marks = append(c.marks, mark{c.fed, at})
}

func (c *clock) advance(samples int) { c.fed += samples }

// at is the position of a point in the recogniser's time, in seconds.
func (c *clock) at(seconds float64) time.Duration {
	if len(c.marks) == 0 {
		return 0
	}
	fed := int(seconds * recogniserRate)
	best := c.marks[0]
	for _, m := range c.marks {
		if m.fed <= fed {
			best = m
		}
	}
	return max(0, best.at+fedTime(fed-best.fed))
}

// trim forgets marks no later word can need.
func (c *clock) trim() {
	if n := len(c.marks); n > 1 {
		c.marks = append(c.marks[:0], c.marks[n-1])
	}
}

// past is the pre-roll: the last frames before speech.
type past struct {
	ring [int(keep / media.FrameTime)]media.Frame
	next int
	n    int
}

func (p *past) push(f *media.Frame) {
	slot := &p.ring[p.next]
	samples := append(slot.Samples[:0], f.Samples...)
	*slot = *f
	slot.Samples = samples
	p.next = (p.next + 1) % len(p.ring)
	p.n = min(p.n+1, len(p.ring))
}

func (p *past) frames() iter.Seq[*media.Frame] {
	return func(yield func(*media.Frame) bool) {
		for i := range p.n {
			if !yield(&p.ring[(p.next-p.n+i+len(p.ring))%len(p.ring)]) {
				return
			}
		}
	}
}

func (p *past) clear() { p.n = 0 }

// stability finds the part of a guess that has stopped changing: words that
// stood unchanged for settle and are not the newest two.
type stability struct {
	words []settling
	fixed int
}

type settling struct {
	text  string
	since time.Duration
}

const settle = 700 * time.Millisecond

func (s *stability) reset() { s.words, s.fixed = s.words[:0], 0 }

func (s *stability) see(text string, now time.Duration) string {
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
