package media

import (
	"context"
	"errors"
	"time"
)

// FrameTime is the length of a frame: 20 ms, as G.711 is commonly packed.
const FrameTime = 20 * time.Millisecond

// ErrClosed is returned by a Reader whose source has ended.
var ErrClosed = errors.New("media source closed")

// Frame is 20 ms of one party's linear audio.
type Frame struct {
	// At is the position of the first sample on the call's media clock.
	At time.Duration
	// Rate is samples per second (8000 or 16000).
	Rate int
	// Samples holds Rate/50 signed 16-bit samples.
	Samples []int16
	// Gap is true when no packet arrived for this time: the samples are
	// concealment or silence, and say nothing about the speaker.
	Gap bool
}

// Reader hands out frames in order.
//
// ReadFrame blocks until a frame is there, fills f (re-using f.Samples when it
// has room: the frame belongs to the caller) and returns nil; it returns
// ErrClosed at the end and ctx.Err() when ctx ends. One goroutine reads.
type Reader interface {
	ReadFrame(ctx context.Context, f *Frame) error
}

// Writer takes frames in order. The frame is only valid during the call: copy
// what must be kept. WriteFrame never blocks.
type Writer interface {
	WriteFrame(f *Frame) error
}

// Formats says what the RTP payload types of a call mean, as negotiated. A
// negative type is not in use.
type Formats struct {
	PCMU, PCMA, DTMF int16
}
