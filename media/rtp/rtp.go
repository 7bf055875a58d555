// Package rtp reads and patches RTP packets in place.
//
// It exists because the relay forwards bytes: it needs a validated view of a
// packet and four field writes, and may not allocate or copy. Packets that are
// built from nothing (phones of the simulator, tests) use pion/rtp, which is
// also what the fuzz test holds this view against. Layout: RFC 3550 section 5.1.
package rtp

import "encoding/binary"

// MinSize is the length of an RTP header without CSRC and extension.
const MinSize = 12

// MaxSize is the largest packet the gateway reads; anything longer is not
// telephone audio.
const MaxSize = 1500

// Packet is a validated RTP packet. The zero Packet is not valid: make one with
// Parse.
type Packet struct {
	raw     []byte
	payload int // offset of the payload
	end     int // offset behind the payload, padding excluded
}

// Parse checks b and returns a view of it; b must outlive the view. ok is
// false for anything that is not RTP version 2 with consistent lengths, and for
// RTCP on the same port (RFC 5761 section 4: payload types 64 to 95).
func Parse(b []byte) (p Packet, ok bool) {
	if len(b) < MinSize || b[0]>>6 != 2 {
		return Packet{}, false
	}
	if pt := b[1] & 0x7F; pt >= 64 && pt < 96 {
		return Packet{}, false
	}
	at := MinSize + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 { // extension
		if len(b) < at+4 {
			return Packet{}, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if at > end {
		return Packet{}, false
	}
	if b[0]&0x20 != 0 { // padding: the last byte counts itself
		pad := int(b[end-1])
		if pad == 0 || at+pad > end {
			return Packet{}, false
		}
		end -= pad
	}
	return Packet{raw: b, payload: at, end: end}, true
}

// Bytes is the whole packet.
func (p Packet) Bytes() []byte { return p.raw }

// Payload is the media of the packet; writing to it changes the packet.
func (p Packet) Payload() []byte { return p.raw[p.payload:p.end] }

// Type is the payload type, 0 to 127.
func (p Packet) Type() uint8 { return p.raw[1] & 0x7F }

// Marker is the marker bit: the first packet of a talk spurt or of a key press.
func (p Packet) Marker() bool { return p.raw[1]&0x80 != 0 }

// Seq is the sequence number.
func (p Packet) Seq() uint16 { return binary.BigEndian.Uint16(p.raw[2:]) }

// Timestamp is the media time of the first sample, in samples of the clock rate.
func (p Packet) Timestamp() uint32 { return binary.BigEndian.Uint32(p.raw[4:]) }

// SSRC names the stream.
func (p Packet) SSRC() uint32 { return binary.BigEndian.Uint32(p.raw[8:]) }

// SetSeq writes the sequence number.
func (p Packet) SetSeq(v uint16) { binary.BigEndian.PutUint16(p.raw[2:], v) }

// SetTimestamp writes the timestamp.
func (p Packet) SetTimestamp(v uint32) { binary.BigEndian.PutUint32(p.raw[4:], v) }

// Header writes a fresh 12-byte header to b and returns the packet with n bytes
// of payload behind it; b must hold MinSize+n bytes.
func Header(b []byte, payloadType uint8, seq uint16, timestamp, ssrc uint32, n int) Packet {
	b = b[:MinSize+n]
	b[0], b[1] = 0x80, payloadType&0x7F
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], timestamp)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return Packet{raw: b, payload: MinSize, end: len(b)}
}
