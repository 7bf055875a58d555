// Package tap turns one leg's packets into 20 ms frames on the call's media
// clock, for everything that listens.
//
// It exists so that the relay can hand over a copy and forget it: Offer is
// called on the packet path and only copies bytes into a ring; all else happens
// on the listening side, in Pump. It must never hold up the relay, and it sits
// before the mixer, so that a whisper cannot be heard as speech.
package tap

import (
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/dtmf"
	"github.com/sidetone/sidetone/media/g711"
	"github.com/sidetone/sidetone/media/jitter"
	"github.com/sidetone/sidetone/media/ring"
	"github.com/sidetone/sidetone/media/rtp"
)

const (
	// packets is how many packets wait between two pumps: 640 ms at 20 ms each.
	packets = 32
	// slotSize holds 60 ms of G.711 with header and extensions; a longer packet
	// is not telephone audio and is counted as dropped.
	slotSize = 640
	// Delay is how long a packet may be late before its place is given out as a
	// gap. It delays what the models hear, never what the people hear.
	Delay = 60 * time.Millisecond
	// FrameSamples is the length of a frame at 8000 Hz.
	FrameSamples = 160
	rate         = 8000
)

type copied struct {
	arrival time.Duration
	size    int
	bytes   [slotSize]byte
}

// Tap belongs to one leg of one call.
type Tap struct {
	ring    *ring.Ring[copied]
	formats atomic.Pointer[media.Formats]
	tooLong atomic.Uint64
	zero    atomic.Int64 // arrival that is position zero, ns; negative: not started

	// Below: the pumping goroutine only.
	line  jitter.Timeline
	keys  dtmf.Detector
	pcm   [slotSize]int16
	frame media.Frame
}

// New makes a tap for a leg with these formats.
func New(f media.Formats) *Tap {
	t := &Tap{ring: ring.New[copied](packets, nil)}
	t.frame = media.Frame{Rate: rate, Samples: make([]int16, FrameSamples)}
	t.SetFormats(f)
	t.zero.Store(-1)
	return t
}

// Start makes the given arrival time position zero of the call's media clock.
// Packets before that (ringback, early media) are not kept.
func (t *Tap) Start(arrival time.Duration) { t.zero.Store(int64(arrival)) }

// SetFormats follows a new negotiation.
func (t *Tap) SetFormats(f media.Formats) { t.formats.Store(&f) }

// Offer copies one packet that arrived at this time of the leg's clock. Packet
// path only; it never blocks and never allocates.
func (t *Tap) Offer(p rtp.Packet, arrival time.Duration) {
	zero := t.zero.Load()
	if zero < 0 {
		return
	}
	b := p.Bytes()
	if len(b) > slotSize {
		t.tooLong.Add(1)
		return
	}
	if c := t.ring.Reserve(); c != nil {
		c.arrival = arrival - time.Duration(zero)
		c.size = copy(c.bytes[:], b)
		t.ring.Commit()
	}
}

// Dropped is how many packets never reached a frame because the pump was stalled
// or they were too long.
func (t *Tap) Dropped() uint64 {
	_, _, dropped := t.ring.Counters()
	return dropped + t.tooLong.Load()
}

// Stats returns what the timeline mended. Pumping goroutine only.
func (t *Tap) Stats() jitter.Stats { return t.line.Stats() }

// Pump gives every frame that is due at position now to emit, in order, and
// every key press to key. The frame is valid during the call only. One goroutine
// pumps.
func (t *Tap) Pump(now time.Duration, emit func(*media.Frame), key func(digit byte)) {
	t.drain(key)
	for t.line.Read()+media.FrameTime+Delay <= now {
		t.emit(emit)
	}
}

// Flush gives out everything up to position end, at the end of a call.
func (t *Tap) Flush(end time.Duration, emit func(*media.Frame), key func(digit byte)) {
	t.drain(key)
	for t.line.Read() < end {
		t.emit(emit)
	}
}

func (t *Tap) emit(emit func(*media.Frame)) {
	t.frame.At = t.line.Read()
	t.frame.Gap = t.line.Next(t.frame.Samples)
	emit(&t.frame)
}

func (t *Tap) drain(key func(digit byte)) {
	formats := t.formats.Load()
	for c := t.ring.Front(); c != nil; c = t.ring.Front() {
		if p, ok := rtp.Parse(c.bytes[:c.size]); ok {
			t.place(p, c.arrival, formats, key)
		}
		t.ring.Release()
	}
}

func (t *Tap) place(p rtp.Packet, arrival time.Duration, f *media.Formats, key func(digit byte)) {
	payload := p.Payload()
	switch int16(p.Type()) {
	case f.PCMU:
		g711.DecodeULaw(t.pcm[:], payload)
	case f.PCMA:
		g711.DecodeALaw(t.pcm[:], payload)
	case f.DTMF:
		if digit, ok := t.keys.Packet(p.Timestamp(), payload); ok {
			key(digit)
		}
		return
	default:
		return // comfort noise (RFC 3389) and unknown types leave a gap
	}
	t.line.Put(p.SSRC(), p.Timestamp(), t.pcm[:len(payload)], arrival)
}
