// Package sdp reads what a phone offers or answers and writes what the gateway
// offers or answers in its place.
//
// It exists so that offer/answer content (RFC 3264, RFC 8866) is one rule in one
// place; when an offer or answer is due is the business of the signalling room.
// It opens no socket and must never invent a codec that neither side named.
package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	pion "github.com/pion/sdp/v3"

	"github.com/sidetone/sidetone/media"
)

// Sentinels; each becomes a SIP status in the signalling room.
var (
	// ErrMalformed: the body is not SDP (400).
	ErrMalformed = errors.New("malformed SDP")
	// ErrNoAudio: no audio stream that the gateway can relay (488).
	ErrNoAudio = errors.New("no RTP/AVP audio stream in the SDP")
	// ErrNoCodec: none of the codecs is PCMU or PCMA (488).
	ErrNoCodec = errors.New("no common codec: the gateway relays PCMU and PCMA")
)

// Direction of a stream, from its writer's view (RFC 8866 section 6.7).
type Direction string

const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Format is one payload type of the audio stream.
type Format struct {
	Type uint8
	Name string // upper case: "PCMU", "PCMA", "TELEPHONE-EVENT"
	Rate int    // clock rate in Hz
	Fmtp string // parameters, may be empty
}

// line is an m-line in the order it was offered, so that an answer can mirror it.
type line struct {
	media, proto, formats string
}

// Description is what one side says about its audio.
type Description struct {
	RTP       netip.AddrPort // port 0: the stream is refused
	RTCP      netip.AddrPort
	Formats   []Format
	Ptime     int // ms, 0 when not said
	Direction Direction
	lines     []line
	audio     int // index of the audio line in lines
}

// Held reports whether the writer does not want to be sent to.
func (d Description) Held() bool { return d.Direction == SendOnly || d.Direction == Inactive }

// Payloads maps the formats for tap and mixer.
func (d Description) Payloads() media.Formats {
	f := media.Formats{PCMU: -1, PCMA: -1, DTMF: -1}
	for _, x := range d.Formats {
		if x.Rate != 8000 {
			continue
		}
		switch x.Name {
		case "PCMU":
			f.PCMU = int16(x.Type)
		case "PCMA":
			f.PCMA = int16(x.Type)
		case "TELEPHONE-EVENT":
			f.DTMF = int16(x.Type)
		}
	}
	return f
}

// Parse reads an offer or an answer. It takes the first RTP/AVP audio stream
// that is not refused; everything else is remembered so that it can be refused.
func Parse(body []byte) (Description, error) {
	if !bytes.HasPrefix(body, []byte("v=0")) {
		return Description{}, fmt.Errorf("%w: it does not begin with v=0", ErrMalformed)
	}
	body, lines := mediaLines(body)
	var s pion.SessionDescription
	if err := s.Unmarshal(body); err != nil {
		return Description{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if len(lines) != len(s.MediaDescriptions) {
		return Description{}, fmt.Errorf("%w: %d m= lines, %d media", ErrMalformed, len(lines), len(s.MediaDescriptions))
	}
	d := Description{audio: -1, Direction: SendRecv, lines: lines}
	for i, m := range s.MediaDescriptions {
		name := m.MediaName
		if d.audio < 0 && name.Media == "audio" && name.Port.Value != 0 && strings.Join(name.Protos, "/") == "RTP/AVP" {
			d.audio = i
		}
	}
	if d.audio < 0 {
		return Description{}, ErrNoAudio
	}
	return d, d.readAudio(&s, s.MediaDescriptions[d.audio])
}

// mediaLines returns the m-lines as written and a body that pion/sdp accepts: it
// refuses the whole description for a medium or protocol it does not know, such
// as T.38 fax, which the gateway only has to refuse line by line.
func mediaLines(body []byte) ([]byte, []line) {
	rows := strings.Split(string(body), "\n")
	var out []line
	for i, row := range rows {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(row, "\r"), "m=")
		if !ok {
			continue
		}
		f := strings.SplitN(rest, " ", 4)
		for len(f) < 4 {
			f = append(f, "")
		}
		out = append(out, line{media: f[0], proto: f[2], formats: f[3]})
		if f[0] != "audio" {
			rows[i] = "m=video 9 RTP/AVP 96\r"
		}
	}
	return []byte(strings.Join(rows, "\n")), out
}

func (d *Description) readAudio(s *pion.SessionDescription, m *pion.MediaDescription) error {
	conn := m.ConnectionInformation
	if conn == nil {
		conn = s.ConnectionInformation
	}
	if conn == nil || conn.Address == nil {
		return fmt.Errorf("%w: audio without a c= line", ErrMalformed)
	}
	ip, err := netip.ParseAddr(strings.SplitN(conn.Address.Address, "/", 2)[0])
	if err != nil {
		// A host name is allowed by RFC 8866 but nobody resolves it on the
		// media path; symmetric RTP finds the phone.
		ip = netip.IPv4Unspecified()
	}
	if p := m.MediaName.Port.Value; p < 0 || p > 65535 {
		return fmt.Errorf("%w: port %d", ErrMalformed, p)
	}
	d.RTP = netip.AddrPortFrom(ip, uint16(m.MediaName.Port.Value))
	d.RTCP = netip.AddrPortFrom(ip, d.RTP.Port()+1)
	attributes := append(append([]pion.Attribute{}, s.Attributes...), m.Attributes...)
	d.readAttributes(attributes)
	if ip.IsUnspecified() && conn.Address.Address == "0.0.0.0" && d.Direction == SendRecv {
		d.Direction = SendOnly // hold as RFC 2543 spelled it
	}
	return d.readFormats(m, attributes)
}

func (d *Description) readAttributes(attributes []pion.Attribute) {
	for _, a := range attributes {
		switch a.Key {
		case string(SendRecv), string(SendOnly), string(RecvOnly), string(Inactive):
			d.Direction = Direction(a.Key)
		case "ptime":
			if v, err := strconv.Atoi(strings.TrimSpace(a.Value)); err == nil && v > 0 && v <= 200 {
				d.Ptime = v
			}
		case "rtcp": // RFC 3605: port [nettype addrtype address]
			f := strings.Fields(a.Value)
			if len(f) == 0 {
				continue
			}
			port, err := strconv.ParseUint(f[0], 10, 16)
			if err != nil {
				continue
			}
			ip := d.RTP.Addr()
			if len(f) == 4 {
				if other, err := netip.ParseAddr(f[3]); err == nil {
					ip = other
				}
			}
			d.RTCP = netip.AddrPortFrom(ip, uint16(port))
		}
	}
}

// static payload types of RFC 3551 section 6 that need no rtpmap.
func static(pt uint8) (string, int) {
	switch pt {
	case 0:
		return "PCMU", 8000
	case 8:
		return "PCMA", 8000
	case 9:
		return "G722", 8000
	case 18:
		return "G729", 8000
	}
	return "", 0
}

func (d *Description) readFormats(m *pion.MediaDescription, attributes []pion.Attribute) error {
	for _, text := range m.MediaName.Formats {
		n, err := strconv.ParseUint(text, 10, 7)
		if err != nil {
			return fmt.Errorf("%w: payload type %q", ErrMalformed, text)
		}
		f := Format{Type: uint8(n)}
		f.Name, f.Rate = static(f.Type)
		for _, a := range attributes {
			pt, rest, _ := strings.Cut(a.Value, " ")
			if pt != text {
				continue
			}
			switch a.Key {
			case "rtpmap":
				parts := strings.Split(strings.TrimSpace(rest), "/")
				f.Name = strings.ToUpper(parts[0])
				if len(parts) > 1 {
					f.Rate, _ = strconv.Atoi(parts[1])
				}
			case "fmtp":
				f.Fmtp = strings.TrimSpace(rest)
			}
		}
		d.Formats = append(d.Formats, f)
	}
	return nil
}

// relayed keeps the formats the gateway can relay and tap, in the writer's
// order.
func relayed(in []Format) ([]Format, error) {
	var out []Format
	audio := false
	for _, f := range in {
		switch {
		case (f.Name == "PCMU" || f.Name == "PCMA") && f.Rate == 8000:
			audio = true
		case f.Name == "TELEPHONE-EVENT" && f.Rate == 8000:
		default:
			continue
		}
		out = append(out, f)
	}
	if !audio {
		return nil, ErrNoCodec
	}
	return out, nil
}
