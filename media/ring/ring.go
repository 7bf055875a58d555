// Package ring is the only queue between the packet path and the rest of the
// gateway: bounded, lock-free, one writer, one reader, dropping the oldest.
//
// It exists so that the goroutine that forwards packets can hand over a copy
// without ever waiting. It must never block the writer and never allocate after
// New.
package ring

import "sync/atomic"

const (
	free uint32 = iota
	writing
	full
	reading
)

type slot[T any] struct {
	state atomic.Uint32
	index uint64 // which push filled it; owned by whoever holds state
	value T
}

// Ring passes values of T from one writer goroutine to one reader goroutine.
// Slots are re-used: the writer fills a slot in place between Reserve and
// Commit, the reader copies what it needs between Front and Release.
type Ring[T any] struct {
	slots   []slot[T]
	head    atomic.Uint64 // next push
	tail    uint64        // next read, reader only
	in      atomic.Uint64
	out     atomic.Uint64
	dropped atomic.Uint64
	filling *slot[T]      // writer only
	front   *slot[T]      // reader only
	ready   chan struct{} // one token: something may be there
}

// New makes a ring of n slots, each prepared by init (which may be nil).
func New[T any](n int, init func(*T)) *Ring[T] {
	r := &Ring[T]{slots: make([]slot[T], n), ready: make(chan struct{}, 1)}
	if init != nil {
		for i := range r.slots {
			init(&r.slots[i].value)
		}
	}
	return r
}

// Reserve returns the slot to fill, overwriting the oldest value when the ring
// is full. It returns nil only while the reader holds exactly that slot; the
// new value is then the one that is dropped, and counted. Writer only.
func (r *Ring[T]) Reserve() *T {
	s := &r.slots[r.head.Load()%uint64(len(r.slots))]
	r.in.Add(1)
	switch {
	case s.state.CompareAndSwap(free, writing):
	case s.state.CompareAndSwap(full, writing):
		r.dropped.Add(1)
	default:
		r.dropped.Add(1)
		return nil
	}
	r.filling = s
	return &s.value
}

// Commit hands the reserved slot to the reader. Writer only.
func (r *Ring[T]) Commit() {
	s := r.filling
	r.filling = nil
	s.index = r.head.Load()
	s.state.Store(full)
	r.head.Add(1)
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// Front returns the oldest value, or nil when the ring is empty. The value is
// the reader's until Release. Reader only.
func (r *Ring[T]) Front() *T {
	for {
		head := r.head.Load()
		if r.tail == head {
			return nil
		}
		if n := uint64(len(r.slots)); head-r.tail > n {
			r.tail = head - n // the writer lapped us; those were counted as dropped
		}
		s := &r.slots[r.tail%uint64(len(r.slots))]
		if !s.state.CompareAndSwap(full, reading) {
			r.tail++ // being overwritten right now: it is lost
			continue
		}
		if s.index != r.tail { // overwritten since head was read
			s.state.Store(full)
			r.tail++
			continue
		}
		r.front = s
		return &s.value
	}
}

// Release gives the front slot back. Reader only.
func (r *Ring[T]) Release() {
	r.front.state.Store(free)
	r.front = nil
	r.tail++
	r.out.Add(1)
}

// Ready delivers a token after values were committed. A token may be stale:
// call Front until it returns nil, then wait again.
func (r *Ring[T]) Ready() <-chan struct{} { return r.ready }

// Counters returns how many values came in, went out and were dropped.
func (r *Ring[T]) Counters() (in, out, dropped uint64) {
	return r.in.Load(), r.out.Load(), r.dropped.Load()
}
