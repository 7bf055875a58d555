package relay

import (
	"errors"
	"net"

	"github.com/sidetone/sidetone/media/rtp"
	"github.com/sidetone/sidetone/media/tap"
)

// Plain forwards one direction untouched: what leaves is, byte for byte, what
// came. It is the path towards the customer and has no mixer in it.
type Plain struct {
	from, to *Leg
	tap      *tap.Tap // nil: nothing listens
}

// NewPlain makes the path from one leg to the other.
func NewPlain(from, to *Leg, t *tap.Tap) *Plain { return &Plain{from, to, t} }

// Run forwards until the from leg is closed. It owns reading from that leg.
func (p *Plain) Run() error {
	buf := make([]byte, rtp.MaxSize)
	for {
		packet, at, ok, err := p.from.read(buf)
		if err != nil {
			return closed(err)
		}
		if !ok {
			continue
		}
		p.to.send(packet.Bytes())
		if p.tap != nil {
			p.tap.Offer(packet, at)
		}
	}
}

// RunControl forwards RTCP from one leg to the other until from is closed.
func RunControl(from, to *Leg) error {
	buf := make([]byte, rtp.MaxSize)
	for {
		n, _, err := from.rtcp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return closed(err)
		}
		// RFC 3550 section 6.4: version 2, packet types 200 to 204 and the
		// feedback types 205 to 207.
		if n < 8 || buf[0]>>6 != 2 || buf[1] < 200 || buf[1] > 207 {
			from.junk.Add(1)
			continue
		}
		if d := to.destRTCP.Load(); d != nil {
			if _, err := to.rtcp.WriteToUDPAddrPort(buf[:n], *d); err != nil {
				to.failed.Add(1)
			}
		}
	}
}

// closed maps the end of a socket to a nil error.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
