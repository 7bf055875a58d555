// Package mix puts spoken advice into the packets that pass on their way to the
// agent's ear.
//
// It exists for that one direction. It must never be reachable from the
// direction towards the customer: a relay path that has no Whisper cannot play
// one. It adds no delay: the packet that is passing is changed in place.
package mix

import (
	"sync/atomic"

	"github.com/sidetone/sidetone/media/g711"
)

const (
	rate = 8000
	// duck is the customer's level while a whisper sounds: -11 dB, in 1/4096.
	// The customer is lowered, never muted.
	duck = 1154
	unit = 4096
	// step moves a gain by its whole range in 20 ms, so that nothing clicks and
	// a stopped whisper is silent within one packet.
	step = unit/(rate/50) + 1
	// longest is the most samples one packet may hold.
	longest = 1500
	// MaxSamples bounds one whisper: 15 s.
	MaxSamples = 15 * rate
)

type utterance struct {
	id   uint64
	pcm  []int16
	stop atomic.Bool
	done atomic.Bool
}

// Whisper holds what is being said into one agent's ear. Play and Stop may be
// called from any goroutine; Mix and Fill belong to the packet path.
type Whisper struct {
	current atomic.Pointer[utterance]
	next    atomic.Uint64

	// Below: the packet path only.
	at      int    // next sample of current
	playing uint64 // id that at belongs to
	voice   int32  // gain of the whisper, 0..unit
	under   int32  // how far the customer is ducked, 0 (not) .. unit (fully)
	scratch [longest]int16
}

// Play starts pcm (8000 Hz mono, at most MaxSamples are played) with the next
// packet, in place of what was playing. pcm must not change afterwards. It
// returns a number to ask Done about.
func (w *Whisper) Play(pcm []int16) uint64 {
	u := &utterance{id: w.next.Add(1), pcm: pcm[:min(len(pcm), MaxSamples)]}
	if old := w.current.Swap(u); old != nil {
		old.done.Store(true)
	}
	return u.id
}

// Stop ends what is playing; it is silent within 20 ms of the next packet.
func (w *Whisper) Stop() {
	if u := w.current.Load(); u != nil {
		u.stop.Store(true)
	}
}

// Done reports whether the whisper with this number has ended or was replaced.
func (w *Whisper) Done(id uint64) bool {
	u := w.current.Load()
	return u == nil || u.id != id || u.done.Load()
}

// Active reports whether packets have to pass through Mix: something plays, or
// the customer is still coming back to full level.
func (w *Whisper) Active() bool {
	u := w.current.Load()
	return (u != nil && !u.done.Load()) || w.under > 0
}

// Waiting reports whether there is something left to play. Unlike Active it is
// safe from any goroutine.
func (w *Whisper) Waiting() bool {
	u := w.current.Load()
	return u != nil && !u.done.Load()
}

// Mix adds the whisper to the payload of a passing packet and ducks what is in
// it. Packet path only; it does not allocate.
func (w *Whisper) Mix(payload []byte, law g711.Law) {
	if len(payload) > longest {
		return
	}
	pcm := w.scratch[:len(payload)]
	law.Decode(pcm, payload)
	w.add(pcm)
	law.Encode(payload, pcm)
}

// Fill makes a payload of the whisper alone, for when the customer's stream is
// silent on the wire. Packet path only.
func (w *Whisper) Fill(payload []byte, law g711.Law) {
	pcm := w.scratch[:min(len(payload), longest)]
	clear(pcm)
	w.add(pcm)
	law.Encode(payload, pcm)
}

func (w *Whisper) add(pcm []int16) {
	u := w.current.Load()
	if u != nil && u.id != w.playing {
		w.playing, w.at, w.voice = u.id, 0, unit
	}
	for i := range pcm {
		var voice int32
		if u != nil && !u.done.Load() {
			voice = w.sample(u)
		}
		if u != nil && !u.done.Load() {
			w.under = min(w.under+step*4, unit) // down in 5 ms
		} else {
			w.under = max(w.under-step, 0) // back in 20 ms
		}
		gain := unit - (unit-duck)*w.under/unit
		mixed := int32(pcm[i])*gain/unit + voice
		pcm[i] = int16(max(-32768, min(32767, mixed)))
	}
}

// sample returns the next sample of u and marks its end.
func (w *Whisper) sample(u *utterance) int32 {
	if u.stop.Load() {
		w.voice -= step
	}
	if w.voice <= 0 || w.at >= len(u.pcm) {
		u.done.Store(true)
		return 0
	}
	s := int32(u.pcm[w.at]) * w.voice / unit
	w.at++
	return s
}
