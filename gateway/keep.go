package gateway

import (
	"context"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/tap"
)

const (
	// appendTime bounds one write to the store.
	appendTime = 5 * time.Second
	// batch is how many events one write carries at most.
	batch = 200
	// keepAgain is the wait after a write that failed.
	keepAgain = time.Second
)

// keeper appends the log to the store while the call runs. The log in memory is
// its queue, so a store that hangs or is full loses nothing as long as the
// process lives; it never holds anybody up.
type keeper struct {
	id      call.ID
	log     *eventLog
	archive Archive
	post    func(call.Body)
	stored  uint64 // Seq up to which everything is kept
	off     bool
}

// run stores until the log is complete and kept. When ctx ends first, what is
// there is tried once more.
func (k *keeper) run(ctx context.Context) {
	for {
		events, complete, more := k.log.since(k.stored + 1)
		if len(events) == 0 {
			if complete {
				return
			}
			select {
			case <-more:
				continue
			case <-ctx.Done():
				return
			}
		}
		if err := k.store(ctx, events[:min(len(events), batch)]); err != nil {
			if !k.off && !complete {
				k.off = true
				k.post(call.Part{Name: "store", Why: err.Error()})
			}
			select {
			case <-time.After(keepAgain):
			case <-ctx.Done():
				last, _, _ := k.log.since(k.stored + 1)
				_ = k.store(context.WithoutCancel(ctx), last)
				return
			}
			continue
		}
		if k.off {
			k.off = false
			k.post(call.Part{Name: "store", On: true})
		}
	}
}

// store appends what may be kept: nothing private.
func (k *keeper) store(ctx context.Context, events []call.Event) error {
	keep := make([]call.Event, 0, len(events))
	for _, e := range events {
		if !e.Private() {
			keep = append(keep, e)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, appendTime)
	defer cancel()
	if len(keep) > 0 {
		if err := k.archive.Append(ctx, k.id, keep...); err != nil {
			return err
		}
	}
	if len(events) > 0 {
		k.stored = events[len(events)-1].Seq
	}
	return nil
}

// recording writes both parties' frames side by side: customer left, agent
// right. When the disk refuses, the time that was lost is silence afterwards, so
// that positions stay true.
type recording struct {
	left, right *tap.Queue
	recorder    Recorder
	post        func(call.Body)

	batch  []int16 // waits to be written
	missed int     // frames not written
	off    bool
	retry  int // batches until the next try
}

// run records until both queues are closed.
func (r *recording) run(ctx context.Context) {
	var left, right media.Frame
	var out [2 * tap.FrameSamples]int16
	haveLeft, haveRight := false, false
	for {
		if !haveLeft {
			haveLeft = r.left.ReadFrame(ctx, &left) == nil
		}
		if !haveRight {
			haveRight = r.right.ReadFrame(ctx, &right) == nil
		}
		if !haveLeft && !haveRight {
			break
		}
		// A queue that dropped its oldest is ahead: the other side goes alone.
		useLeft := haveLeft && (!haveRight || left.At <= right.At)
		useRight := haveRight && (!haveLeft || right.At <= left.At)
		clear(out[:])
		for i := range tap.FrameSamples {
			if useLeft {
				out[2*i] = left.Samples[i]
			}
			if useRight {
				out[2*i+1] = right.Samples[i]
			}
		}
		haveLeft, haveRight = haveLeft && !useLeft, haveRight && !useRight
		if r.batch = append(r.batch, out[:]...); len(r.batch) >= batchFrames*len(out) {
			r.flush()
		}
	}
	r.retry = 0
	r.flush()
	if err := r.recorder.Close(); err != nil && !r.off {
		r.post(call.Part{Name: "recording", Why: err.Error()})
	}
}

const (
	// batchFrames is how much is written at once: 200 ms, well within the second
	// that a crash may cost.
	batchFrames = 10
	// retryBatches is how long a disk that refused is left alone: 1 s.
	retryBatches = int(time.Second / (batchFrames * media.FrameTime))
)

// flush writes what waits, after silence for the time that was missed.
func (r *recording) flush() {
	frames := len(r.batch) / (2 * tap.FrameSamples)
	defer func() { r.batch = r.batch[:0] }()
	if r.off {
		if r.retry--; r.retry > 0 {
			r.missed += frames
			return
		}
	}
	err := r.catchUp()
	if err == nil {
		err = r.recorder.Write(r.batch)
	}
	if err != nil {
		r.missed += frames
		r.retry = retryBatches
		if !r.off {
			r.off = true
			r.post(call.Part{Name: "recording", Why: err.Error()})
		}
		return
	}
	if r.off {
		r.off = false
		r.post(call.Part{Name: "recording", On: true})
	}
}

// catchUp writes silence for the time that was missed.
func (r *recording) catchUp() error {
	var silence [2 * tap.FrameSamples]int16
	for ; r.missed > 0; r.missed-- {
		if err := r.recorder.Write(silence[:]); err != nil {
			return err
		}
	}
	return nil
}
