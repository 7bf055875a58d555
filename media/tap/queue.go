package tap

import (
	"context"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/ring"
)

// backlog is how many frames wait for a listener that is behind: 2 s. After
// that the oldest go, and the listener is back at what is being said now.
const backlog = 100

type slot struct {
	at      time.Duration
	gap     bool
	samples [FrameSamples]int16
}

// Queue is a bounded queue of frames from the pump to one listener: a
// media.Writer for the pump, a media.Reader for the listener.
type Queue struct {
	ring   *ring.Ring[slot]
	closed chan struct{}
}

// NewQueue makes an empty queue.
func NewQueue() *Queue {
	return &Queue{ring: ring.New[slot](backlog, nil), closed: make(chan struct{})}
}

// WriteFrame implements media.Writer; it never fails.
func (q *Queue) WriteFrame(f *media.Frame) error {
	if s := q.ring.Reserve(); s != nil {
		s.at, s.gap = f.At, f.Gap
		copy(s.samples[:], f.Samples)
		q.ring.Commit()
	}
	return nil
}

// Close ends the queue; what is in it can still be read. Writer only, once.
func (q *Queue) Close() { close(q.closed) }

// Closed is closed when no more frames will come.
func (q *Queue) Closed() <-chan struct{} { return q.closed }

// ReadFrame implements media.Reader.
func (q *Queue) ReadFrame(ctx context.Context, f *media.Frame) error {
	for {
		if q.pop(f) {
			return nil
		}
		select {
		case <-q.ring.Ready():
		case <-ctx.Done():
			return ctx.Err()
		case <-q.closed:
			if q.pop(f) {
				return nil
			}
			return media.ErrClosed
		}
	}
}

func (q *Queue) pop(f *media.Frame) bool {
	s := q.ring.Front()
	if s == nil {
		return false
	}
	f.At, f.Gap, f.Rate = s.at, s.gap, rate
	f.Samples = append(f.Samples[:0], s.samples[:]...)
	q.ring.Release()
	return true
}

// Skip drops what waits, to come back to the present after a stall. Reader only.
func (q *Queue) Skip() {
	for q.ring.Front() != nil {
		q.ring.Release()
	}
}

// Dropped is how many frames the listener was too slow for.
func (q *Queue) Dropped() uint64 {
	_, _, n := q.ring.Counters()
	return n
}
