package gateway

import (
	"context"
	"sync"

	"github.com/sidetone/sidetone/call"
)

// eventLog is a live call's events in memory: the desk appends, everybody else
// reads at their own pace. A slow reader holds up nobody and misses nothing.
type eventLog struct {
	mu     sync.Mutex
	events []call.Event
	ended  bool
	grown  chan struct{} // closed and replaced when something is appended
}

func newEventLog() *eventLog { return &eventLog{grown: make(chan struct{})} }

// append numbers the body and adds it. Only the desk calls it.
func (l *eventLog) append(at call.Position, b call.Body) call.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := call.Event{Seq: uint64(len(l.events)) + 1, At: at, Body: b}
	l.events = append(l.events, e)
	if _, over := b.(call.Ended); over {
		l.ended = true
	}
	close(l.grown)
	l.grown = make(chan struct{})
	return e
}

// since returns the events from seq on (do not change them), whether the log is
// complete, and a channel that closes when there is more.
func (l *eventLog) since(seq uint64) (events []call.Event, complete bool, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq < 1 {
		seq = 1
	}
	if seq <= uint64(len(l.events)) {
		events = l.events[seq-1:]
	}
	return events, l.ended, l.grown
}

// all returns every event so far.
func (l *eventLog) all() []call.Event {
	events, _, _ := l.since(1)
	return events
}

// watch calls sink with every event from seq on until the log is complete, ctx
// ends or sink fails.
func (l *eventLog) watch(ctx context.Context, seq uint64, sink func(call.Event) error) error {
	for {
		events, complete, more := l.since(seq)
		for _, e := range events {
			if err := sink(e); err != nil {
				return err
			}
			seq = e.Seq + 1
		}
		if complete {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
