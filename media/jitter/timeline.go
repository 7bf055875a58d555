// Package jitter lays the packets of one stream out on the call's media clock.
//
// It exists for the tap's copy only: relayed packets are never held back. It
// takes packets in any order, with loss, duplicates, timestamp jumps, new SSRCs
// and any packet length, and gives out an unbroken row of frames. Pure: it reads
// no clock.
package jitter

import "time"

const (
	// Rate is samples per second of the streams laid out here. G.722 counts
	// 8000 too (RFC 3551 section 4.5.2), so one rate serves all.
	Rate = 8000
	// window is how many samples are kept around the read position: 2 s, more
	// than any network on which people can still talk delays a packet.
	window = 1 << 14
	// jump is the disagreement between timestamp and arrival from which on the
	// stream is taken to have started anew.
	jump = Rate / 2
	// maxShift is the lateness up to which the whole stream is moved back.
	maxShift = Rate / 5
)

// Timeline places samples by RTP timestamp. One goroutine uses it.
type Timeline struct {
	samples [window]int16
	have    [window / 8]uint8 // one bit a sample
	read    int64             // next sample to give out
	ssrc    uint32
	anchor  int64 // sample position of timestamp base
	base    uint32
	started bool
	conceal concealer
	stats   Stats
}

// Stats counts what the timeline had to mend.
type Stats struct {
	Packets   uint64 // placed
	Late      uint64 // came after their time was given out
	Restarts  uint64 // new SSRC or timestamp jump
	Gaps      uint64 // frames without a single sample
	Concealed uint64 // samples made up
}

// Stats returns the counts so far.
func (t *Timeline) Stats() Stats { return t.stats }

func toSamples(d time.Duration) int64 { return int64(d) * Rate / int64(time.Second) }

// Put places the decoded samples of one packet that arrived at position now.
func (t *Timeline) Put(ssrc, timestamp uint32, pcm []int16, now time.Duration) {
	arrival := toSamples(now)
	if !t.started || ssrc != t.ssrc {
		t.restart(ssrc, timestamp, arrival)
	}
	at := t.anchor + int64(int32(timestamp-t.base))
	if off := at - arrival; off > jump || off < -jump {
		t.restart(ssrc, timestamp, arrival)
		at = t.anchor
	}
	newest := int32(timestamp-t.base) > 0 // not a duplicate or a straggler
	// Follow the stream's own clock: keep the base near the last packet so that
	// 32-bit timestamps may wrap, and let slow drift move with the packets.
	t.anchor, t.base = at, timestamp
	t.stats.Packets++
	if at < t.read {
		t.stats.Late++
		if late := t.read - at; late >= int64(len(pcm)) {
			// The whole packet is late: the sender's clock is behind ours or the
			// network got slower. Move the stream, so that it fits again. A
			// duplicate or a straggler far behind is no reason to.
			if !newest || late > maxShift {
				return
			}
			t.anchor += late
		} else {
			pcm = pcm[late:]
		}
		at = t.read
	}
	for i, s := range pcm {
		if at+int64(i) >= t.read+window {
			return
		}
		j := uint(at+int64(i)) % window
		t.samples[j] = s
		t.have[j/8] |= 1 << (j % 8)
	}
}

func (t *Timeline) restart(ssrc, timestamp uint32, arrival int64) {
	if t.started {
		t.stats.Restarts++
	}
	t.ssrc, t.base, t.anchor, t.started = ssrc, timestamp, max(arrival, t.read), true
}

// Next fills out with the next samples in time order. It reports gap when not a
// single sample of them had arrived; missing samples are concealed.
func (t *Timeline) Next(out []int16) (gap bool) {
	missing := 0
	for i := range out {
		j := uint(t.read+int64(i)) % window
		bit := uint8(1) << (j % 8)
		if t.have[j/8]&bit != 0 {
			out[i] = t.samples[j]
			t.have[j/8] &^= bit
			continue
		}
		missing++
		out[i] = missingSample
	}
	t.read += int64(len(out))
	if missing > 0 {
		t.stats.Concealed += uint64(missing)
	}
	if missing == len(out) {
		t.stats.Gaps++
	}
	t.conceal.frame(out, missing)
	return missing == len(out)
}

// Read returns the position up to which frames were given out.
func (t *Timeline) Read() time.Duration {
	return time.Duration(t.read) * time.Second / Rate
}
