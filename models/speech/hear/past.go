package hear

import (
	"iter"

	"github.com/sidetone/sidetone/media"
)

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
