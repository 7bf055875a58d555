// Package dtmf reads key presses sent as RTP events (RFC 4733).
//
// It exists for the tap's copy: the relay passes the packets on untouched. It
// must never report one press twice, however often its packets are repeated.
package dtmf

const digits = "0123456789*#ABCD"

// Detector follows one stream. The zero Detector is ready.
type Detector struct {
	timestamp uint32
	seen      bool
}

// Packet takes the payload of one telephone-event packet and reports a digit
// the first time a press is seen. All packets of one press carry the same
// timestamp (RFC 4733 section 2.5.1.2), so a lost start or end does not matter.
func (d *Detector) Packet(timestamp uint32, payload []byte) (digit byte, pressed bool) {
	if len(payload) < 4 || int(payload[0]) >= len(digits) {
		return 0, false
	}
	if d.seen && d.timestamp == timestamp {
		return 0, false
	}
	d.seen, d.timestamp = true, timestamp
	return digits[payload[0]], true
}
