package gateway

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/call"
)

const (
	// inbox is how many bodies may wait for the desk. It empties in
	// microseconds; a full one means the process has stalled.
	inbox = 1024
	// beat is how often the coach's time moves when nothing happens.
	beat = 100 * time.Millisecond
	// idleBeat is the same for a call without a coach: only drops are reported.
	idleBeat = time.Second
)

// desk puts everything that happens in a call into one order: it alone numbers
// events, gives them their position, and asks the coach.
type desk struct {
	in      chan call.Body
	log     *eventLog
	coach   Coach
	now     func() call.Position
	whisper func(call.Advice) // hands an advice for the ear to the speaker
	changed func(call.Body)   // tells the call what the board should show

	dropped  atomic.Uint64
	reported uint64
	last     call.Position // desk goroutine only
	coachOff bool
}

// post hands over what happened. It never blocks: when the process is so far
// behind that the inbox is full, the event is lost and counted.
func (d *desk) post(b call.Body) {
	select {
	case d.in <- b:
	default:
		d.dropped.Add(1)
	}
}

// run works until ctx ends, then takes what is still waiting.
func (d *desk) run(ctx context.Context) {
	every := beat
	if d.coach == nil {
		every = idleBeat
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case b := <-d.in:
			d.take(b)
		case <-ticker.C:
			d.advance(d.now())
			d.report()
		case <-ctx.Done():
			for {
				select {
				case b := <-d.in:
					d.take(b)
				default:
					return
				}
			}
		}
	}
}

// take gives one body its place and lets the coach react.
func (d *desk) take(b call.Body) {
	d.advance(d.now())
	e := d.add(d.last, b)
	for _, follow := range d.observe(e) {
		d.follow(d.last, follow)
	}
}

// advance moves the coach's time up to at.
func (d *desk) advance(at call.Position) {
	if at <= d.last {
		return
	}
	for _, e := range d.due(at) {
		d.follow(e.At, e.Body)
	}
	d.last = max(d.last, at)
}

// follow adds what the coach said, and has it spoken.
func (d *desk) follow(at call.Position, b call.Body) {
	d.add(at, b)
	if a, ok := b.(call.Advice); ok {
		for _, f := range a.Forms {
			if f == call.Ear && d.whisper != nil {
				d.whisper(a)
			}
		}
	}
}

func (d *desk) add(at call.Position, b call.Body) call.Event {
	d.last = max(d.last, at)
	e := d.log.append(d.last, b)
	if d.changed != nil {
		d.changed(b)
	}
	return e
}

// observe and due keep a coach that panics from ending the call: it goes off,
// once, and says so.
func (d *desk) observe(e call.Event) (out []call.Body) {
	if d.coach == nil || d.coachOff {
		return nil
	}
	defer d.guard()
	return d.coach.Observe(e)
}

func (d *desk) due(at call.Position) (out []call.Event) {
	if d.coach == nil || d.coachOff {
		return nil
	}
	defer d.guard()
	return d.coach.Advance(at)
}

func (d *desk) guard() {
	if r := recover(); r != nil {
		d.coachOff = true
		d.add(d.last, call.Part{Name: "coach", Why: fmt.Sprintf("internal error: %v", r)})
	}
}

func (d *desk) report() {
	if n := d.dropped.Load(); n > d.reported {
		d.add(d.last, call.Dropped{Where: "events", Count: n - d.reported})
		d.reported = n
	}
}
