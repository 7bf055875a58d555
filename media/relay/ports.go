package relay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// ErrNoPorts is returned when the whole port range is in use.
var ErrNoPorts = errors.New("no free media port pair: widen the media port range or lower the number of calls")

// Ports hands out pairs of UDP sockets, RTP on the even port and RTCP on the odd
// one above it (RFC 3550 section 11). Safe for any goroutine.
type Ports struct {
	ip       netip.Addr
	low, top int
	mu       sync.Mutex
	next     int
}

// NewPorts serves pairs on ip from the range low..high, both included.
func NewPorts(ip netip.Addr, low, high int) (*Ports, error) {
	low += low % 2
	if low < 1024 || high > 65535 || high-low < 3 {
		return nil, fmt.Errorf("media port range %d-%d: need at least 4 ports between 1024 and 65535", low, high)
	}
	return &Ports{ip: ip, low: low, top: high - 1, next: low}, nil
}

// Open binds the next free pair. A pair that was just closed comes last in turn,
// so that late packets of an old call do not reach a new one.
func (p *Ports) Open() (rtp, rtcp *net.UDPConn, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range (p.top-p.low)/2 + 1 {
		port := p.next
		if p.next += 2; p.next > p.top {
			p.next = p.low
		}
		if rtp, err = p.bind(port); err != nil {
			continue
		}
		if rtcp, err = p.bind(port + 1); err != nil {
			rtp.Close()
			continue
		}
		return rtp, rtcp, nil
	}
	return nil, nil, fmt.Errorf("%w (last: %v)", ErrNoPorts, err)
}

func (p *Ports) bind(port int) (*net.UDPConn, error) {
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.ip, uint16(port))))
}
