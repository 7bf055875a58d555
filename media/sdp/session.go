package sdp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
)

// Session writes the gateway's own descriptions towards one leg: always the
// gateway's address and port, one origin, a version that goes up by one exactly
// when something changed (RFC 3264 section 8). One goroutine uses it.
type Session struct {
	addr    netip.Addr
	port    int
	id      uint64
	version uint64
	last    []byte // without the o= line
	lines   []line // the m-lines of this leg's session so far; they never go away
	audio   int
}

// NewSession writes for the media socket at addr:port, addr being the address
// that this leg can reach.
func NewSession(addr netip.Addr, port int) *Session {
	id := uint64(rand.Uint32())
	return &Session{addr: addr, port: port, id: id, version: id - 1}
}

// Saw remembers the m-lines that this leg offered, which an answer must mirror
// and a later offer must keep.
func (s *Session) Saw(d Description) { s.lines, s.audio = d.lines, d.audio }

// Offer passes the other side's offer on to this leg, with the formats the
// gateway can relay.
func (s *Session) Offer(from Description) ([]byte, error) { return s.write(from) }

// Answer passes the other side's answer on to this leg, mirroring the m-lines
// that this leg offered and refusing all but one with port 0 (RFC 3264
// section 6).
func (s *Session) Answer(from Description) ([]byte, error) { return s.write(from) }

func (s *Session) write(from Description) ([]byte, error) {
	formats, err := relayed(from.Formats)
	if err != nil {
		return nil, err
	}
	if len(s.lines) == 0 {
		s.lines, s.audio = []line{{media: "audio", proto: "RTP/AVP"}}, 0
	}
	var b bytes.Buffer
	family := "IP4"
	if s.addr.Is6() {
		family = "IP6"
	}
	fmt.Fprintf(&b, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n", family, s.addr)
	for i, l := range s.lines {
		if i != s.audio {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", l.media, l.proto, l.formats)
			continue
		}
		s.writeAudio(&b, formats, from)
	}
	if !bytes.Equal(b.Bytes(), s.last) {
		s.version++
		s.last = bytes.Clone(b.Bytes())
	}
	head := fmt.Sprintf("v=0\r\no=sidetone %d %d IN %s %s\r\n", s.id, s.version, family, s.addr)
	return append([]byte(head), s.last...), nil
}

func (s *Session) writeAudio(b *bytes.Buffer, formats []Format, from Description) {
	types := make([]string, len(formats))
	for i, f := range formats {
		types[i] = strconv.Itoa(int(f.Type))
	}
	fmt.Fprintf(b, "m=audio %d RTP/AVP %s\r\n", s.port, strings.Join(types, " "))
	for _, f := range formats {
		name := f.Name
		if name == "TELEPHONE-EVENT" {
			name = "telephone-event"
		}
		fmt.Fprintf(b, "a=rtpmap:%d %s/%d\r\n", f.Type, name, f.Rate)
		if f.Fmtp != "" {
			fmt.Fprintf(b, "a=fmtp:%d %s\r\n", f.Type, f.Fmtp)
		}
	}
	if from.Ptime > 0 {
		fmt.Fprintf(b, "a=ptime:%d\r\n", from.Ptime)
	}
	fmt.Fprintf(b, "a=%s\r\n", from.Direction)
}
