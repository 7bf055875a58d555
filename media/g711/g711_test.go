package g711

import (
	"testing"
)

// Every code must survive decode and encode: a transcoded silence or tone may
// not drift. Mu-law has two zeros; the negative one comes back as the positive.
func TestCodesSurviveARoundTrip(t *testing.T) {
	for _, law := range []Law{ULaw, ALaw} {
		for c := range 256 {
			var s [1]int16
			var back [1]byte
			law.Decode(s[:], []byte{byte(c)})
			law.Encode(back[:], s[:])
			if back[0] != byte(c) && !(law == ULaw && c == 0x7F && back[0] == 0xFF) {
				t.Errorf("law %d: code %#x decodes to %d and encodes to %#x", law, c, s[0], back[0])
			}
		}
	}
}

// Known points of ITU-T G.711 tables 1 and 2 (16-bit scale).
func TestKnownPoints(t *testing.T) {
	for _, k := range []struct {
		law    Law
		code   byte
		sample int16
	}{
		{ULaw, 0xFF, 0}, {ULaw, 0x80, 32124}, {ULaw, 0x00, -32124}, {ULaw, 0xFE, 8}, {ULaw, 0x7E, -8},
		{ALaw, 0xD5, 8}, {ALaw, 0x55, -8}, {ALaw, 0xAA, 32256}, {ALaw, 0x2A, -32256},
	} {
		var s [1]int16
		k.law.Decode(s[:], []byte{k.code})
		if s[0] != k.sample {
			t.Errorf("law %d code %#x: %d, want %d", k.law, k.code, s[0], k.sample)
		}
	}
}

// The error of one conversion stays below half a step of the segment it fell in.
func TestQuantisationErrorIsBounded(t *testing.T) {
	for _, law := range []Law{ULaw, ALaw} {
		for s := -32768; s <= 32767; s++ {
			var code [1]byte
			var back [1]int16
			law.Encode(code[:], []int16{int16(s)})
			law.Decode(back[:], code[:])
			diff, mag := s-int(back[0]), s
			if diff < 0 {
				diff = -diff
			}
			if mag < 0 {
				mag = -mag
			}
			if limit := mag/16 + 20; diff > limit {
				t.Fatalf("law %d: %d came back as %d", law, s, back[0])
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	pcm, codes := make([]int16, 160), make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() { ALaw.Encode(codes, pcm); ULaw.Decode(pcm, codes) }); n != 0 {
		t.Fatalf("%v allocations a frame", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	pcm, codes := make([]int16, 160), make([]byte, 160)
	for b.Loop() {
		DecodeULaw(pcm, codes)
		EncodeULaw(codes, pcm)
	}
}
