package rtp

import (
	"bytes"
	"testing"

	pion "github.com/pion/rtp"
)

func TestHeaderIsReadBack(t *testing.T) {
	var buf [MinSize + 160]byte
	p := Header(buf[:], 8, 65535, 1<<31, 0xCAFE, 160)
	q, ok := Parse(p.Bytes())
	if !ok || q.Type() != 8 || q.Seq() != 65535 || q.Timestamp() != 1<<31 || q.SSRC() != 0xCAFE || len(q.Payload()) != 160 || q.Marker() {
		t.Fatalf("ok %v, packet %+v", ok, q)
	}
	q.SetSeq(7)
	q.SetTimestamp(160)
	if p.Seq() != 7 || p.Timestamp() != 160 {
		t.Fatal("a field write did not reach the bytes")
	}
}

func TestNotRTP(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":             {},
		"short":             make([]byte, 11),
		"version 0":         make([]byte, 20),
		"sender report":     {0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"csrc beyond end":   {0x8F, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1},
		"padding too long":  {0xA0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9},
		"padding zero":      {0xA0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0},
		"extension cut off": {0x90, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xBE, 0xDE, 0, 9},
		"STUN binding":      {0x00, 0x01, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0},
	} {
		if _, ok := Parse(b); ok {
			t.Errorf("%s was taken for RTP", name)
		}
	}
}

// FuzzParse holds our view against pion's parser: what we accept, it accepts,
// with the same fields and payload.
func FuzzParse(f *testing.F) {
	var buf [MinSize + 4]byte
	f.Add(Header(buf[:], 0, 1, 160, 9, 4).Bytes())
	f.Add([]byte{0xB1, 0x80, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 5, 6, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, ok := Parse(b)
		if !ok {
			return
		}
		var theirs pion.Packet
		if err := theirs.Unmarshal(bytes.Clone(b)); err != nil {
			if ours.raw[0]&0x10 != 0 {
				return // pion also parses what is inside the extension; the relay does not care
			}
			t.Fatalf("we accept what pion refuses: %v", err)
		}
		if theirs.PayloadType != ours.Type() || theirs.SequenceNumber != ours.Seq() ||
			theirs.Timestamp != ours.Timestamp() || theirs.SSRC != ours.SSRC() ||
			theirs.Marker != ours.Marker() || !bytes.Equal(theirs.Payload, ours.Payload()) {
			t.Fatalf("ours %+v, pion %+v", ours, theirs)
		}
	})
}
