package dtmf

import "testing"

func TestOnePressIsReportedOnce(t *testing.T) {
	var d Detector
	var got []byte
	for _, p := range []struct {
		ts    uint32
		event byte
		end   byte
	}{{160, 5, 0}, {160, 5, 0}, {160, 5, 0x80}, {160, 5, 0x80}, {160, 5, 0x80}, {2000, 11, 0x80}, {4000, 10, 0}, {5000, 16, 0}} {
		if digit, ok := d.Packet(p.ts, []byte{p.event, p.end | 10, 0, 160}); ok {
			got = append(got, digit)
		}
	}
	if string(got) != "5#*" {
		t.Fatalf("got %q", got)
	}
	if _, ok := d.Packet(9000, []byte{1}); ok {
		t.Fatal("a cut-off payload was taken for a press")
	}
}
