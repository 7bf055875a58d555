package gateway

import (
	"context"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/ring"
	"github.com/sidetone/sidetone/media/tap"
)

// backlog is how many frames wait for a listener that is behind: 2 s. After
// that the oldest go, and the listener is back at what is being said now.
const backlog = 100

type slot struct {
	at      int64
	gap     bool
	samples [tap.FrameSamples]int16
}

// frames is a bounded queue of frames from the pump to one listener. It
// implements media.Writer for the pump and media.Reader for the listener.
type frames struct {
	ring   *ring.Ring[slot]
	closed chan struct{}
}

func newFrames() *frames {
	return &frames{ring: ring.New[slot](backlog, nil), closed: make(chan struct{})}
}

// WriteFrame implements media.Writer.
func (q *frames) WriteFrame(f *media.Frame) error {
	if s := q.ring.Reserve(); s != nil {
		s.at, s.gap = int64(f.At), f.Gap
		copy(s.samples[:], f.Samples)
		q.ring.Commit()
	}
	return nil
}

// close ends the queue; what is in it can still be read. Pump only, once.
func (q *frames) close() { close(q.closed) }

// ReadFrame implements media.Reader.
func (q *frames) ReadFrame(ctx context.Context, f *media.Frame) error {
	for {
		if s := q.ring.Front(); s != nil {
			f.At, f.Gap, f.Rate = duration(s.at), s.gap, 8000
			f.Samples = append(f.Samples[:0], s.samples[:]...)
			q.ring.Release()
			return nil
		}
		select {
		case <-q.ring.Ready():
		case <-ctx.Done():
			return ctx.Err()
		case <-q.closed:
			if s := q.ring.Front(); s == nil {
				return media.ErrClosed
			}
		}
	}
}

// skip drops what waits, to come back to the present after a stall.
func (q *frames) skip() {
	for q.ring.Front() != nil {
		q.ring.Release()
	}
}

func (q *frames) dropped() uint64 {
	_, _, n := q.ring.Counters()
	return n
}

func duration(ns int64) time.Duration { return time.Duration(ns) }
