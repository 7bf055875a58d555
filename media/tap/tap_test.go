package tap

import (
	"testing"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/g711"
	"github.com/sidetone/sidetone/media/rtp"
)

var formats = media.Formats{PCMU: 0, PCMA: 8, DTMF: 101}

func packet(pt uint8, seq int, pcm []int16) rtp.Packet {
	p := rtp.Header(make([]byte, rtp.MinSize+len(pcm)), pt, uint16(seq), uint32(seq*160), 1, len(pcm))
	law := g711.ULaw
	if pt == 8 {
		law = g711.ALaw
	}
	law.Encode(p.Payload(), pcm)
	return p
}

func level(v int16) []int16 {
	out := make([]int16, 160)
	for i := range out {
		out[i] = v
	}
	return out
}

// Frames come out in time order on a 20 ms grid, Delay behind the clock, from
// packets of either law in any order.
func TestFramesOnTheCallClock(t *testing.T) {
	tap := New(formats)
	tap.Start(0)
	for _, k := range []int{0, 2, 1, 3} {
		tap.Offer(packet(uint8(k%2*8), k, level(int16(1000*(k+1)))), time.Duration(k)*20*time.Millisecond)
	}
	var got []int16
	next := time.Duration(0)
	emit := func(f *media.Frame) {
		if f.At != next || f.Rate != 8000 || len(f.Samples) != 160 {
			t.Fatalf("frame at %v rate %d with %d samples, want one at %v", f.At, f.Rate, len(f.Samples), next)
		}
		next += 20 * time.Millisecond
		if !f.Gap {
			got = append(got, (f.Samples[80]+50)/100*100)
		}
	}
	tap.Pump(79*time.Millisecond, emit, nil)
	if len(got) != 0 {
		t.Fatal("a frame came before its delay was over")
	}
	tap.Pump(140*time.Millisecond, emit, nil)
	tap.Flush(120*time.Millisecond, emit, nil)
	if len(got) != 4 || got[0] != 1000 || got[1] != 2000 || got[2] != 3000 || got[3] != 4000 || next != 120*time.Millisecond {
		t.Fatalf("got %v up to %v", got, next)
	}
}

func TestKeyPress(t *testing.T) {
	tap := New(formats)
	tap.Start(0)
	p := rtp.Header(make([]byte, 16), 101, 1, 160, 1, 4)
	copy(p.Payload(), []byte{7, 0x80, 0, 160})
	tap.Offer(p, 0)
	tap.Offer(p, 0)
	var keys []byte
	tap.Pump(0, nil, func(d byte) { keys = append(keys, d) })
	if string(keys) != "7" {
		t.Fatalf("keys %q", keys)
	}
}

// A stalled pump costs the oldest packets and never the relay's time.
func TestStalledPumpDropsTheOldest(t *testing.T) {
	tap := New(formats)
	tap.Start(0)
	for k := range 100 {
		tap.Offer(packet(0, k, level(int16(k))), 0)
	}
	if d := tap.Dropped(); d != 100-packets {
		t.Fatalf("%d dropped", d)
	}
}

func TestNoAllocation(t *testing.T) {
	tap, p, now := New(formats), packet(0, 0, level(1)), time.Duration(0)
	tap.Start(0)
	emit := func(*media.Frame) {}
	if n := testing.AllocsPerRun(200, func() {
		p.SetTimestamp(p.Timestamp() + 160)
		tap.Offer(p, now)
		now += 20 * time.Millisecond
		tap.Pump(now, emit, nil)
	}); n != 0 {
		t.Fatalf("%v allocations a packet", n)
	}
}

// A listener that is behind loses the oldest frames, and what is queued when the
// queue closes can still be read.
func TestQueueKeepsTheNewest(t *testing.T) {
	q := NewQueue()
	f := media.Frame{Samples: level(1)}
	for k := range backlog + 10 {
		f.At = time.Duration(k) * media.FrameTime
		_ = q.WriteFrame(&f)
	}
	q.Close()
	var got media.Frame
	for want := 10; want < backlog+10; want++ {
		if err := q.ReadFrame(t.Context(), &got); err != nil || got.At != time.Duration(want)*media.FrameTime {
			t.Fatalf("frame at %v, %v; want %d", got.At, err, want)
		}
	}
	if err := q.ReadFrame(t.Context(), &got); err != media.ErrClosed || q.Dropped() != 10 {
		t.Fatalf("%v, %d dropped", err, q.Dropped())
	}
}
