package relay

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/media/rtp"
)

// silentLock is how long a locked source must be silent before packets from
// another address are taken for the same phone on a new path.
const silentLock = 2 * time.Second

// Leg is the pair of sockets towards one phone.
//
// Media goes to where the phone's own packets come from (symmetric RTP), and
// until the first one, to where its SDP said. The first source locks: packets
// from elsewhere are not forwarded and not heard, only counted.
type Leg struct {
	rtp, rtcp *net.UDPConn
	epoch     time.Time

	dest     atomic.Pointer[netip.AddrPort] // where RTP is sent; nil before SDP
	destRTCP atomic.Pointer[netip.AddrPort]
	unlock   atomic.Bool // SetRemote asks the reader to learn anew

	// Reader goroutine only.
	source netip.AddrPort

	heard   atomic.Int64 // position of the last packet taken, ns; 0 is never
	in      atomic.Uint64
	out     atomic.Uint64
	foreign atomic.Uint64
	junk    atomic.Uint64
	failed  atomic.Uint64
}

// NewLeg makes a leg of two bound sockets. epoch is position zero of the call's
// media clock, the same for both legs.
func NewLeg(rtpConn, rtcpConn *net.UDPConn, epoch time.Time) *Leg {
	return &Leg{rtp: rtpConn, rtcp: rtcpConn, epoch: epoch}
}

// LocalPort is the RTP port that SDP has to name.
func (l *Leg) LocalPort() int { return l.rtp.LocalAddr().(*net.UDPAddr).Port }

// SetRemote follows the address of a new SDP. An address that differs from the
// last one SDP gave unlocks the source.
func (l *Leg) SetRemote(rtpAddr, rtcpAddr netip.AddrPort) {
	if !rtpAddr.IsValid() || rtpAddr.Port() == 0 || rtpAddr.Addr().IsUnspecified() {
		return // on hold the old way (RFC 2543): nothing to send to
	}
	l.destRTCP.Store(&rtcpAddr)
	l.dest.Store(&rtpAddr)
	l.unlock.Store(true)
}

// Close ends every path that reads from the leg.
func (l *Leg) Close() {
	l.rtp.Close()
	l.rtcp.Close()
}

// Now is the time on the leg's clock, the one packets are stamped with.
func (l *Leg) Now() time.Duration { return time.Since(l.epoch) }

// Counts is a snapshot of a leg's packet counters.
type Counts struct {
	In, Out uint64
	Foreign uint64 // from an address other than the locked one
	Junk    uint64 // not RTP
	Failed  uint64 // the socket refused to send
}

// Counts returns the leg's counters.
func (l *Leg) Counts() Counts {
	return Counts{l.in.Load(), l.out.Load(), l.foreign.Load(), l.junk.Load(), l.failed.Load()}
}

// Heard is the position of the last packet from the phone, 0 for never.
func (l *Leg) Heard() time.Duration { return time.Duration(l.heard.Load()) }

// admit decides whether a packet from src belongs to this leg's phone.
func (l *Leg) admit(src netip.AddrPort, now time.Duration) bool {
	if src != l.source {
		if l.unlock.Swap(false) || !l.source.IsValid() || now-l.Heard() > silentLock {
			l.source = src
			l.learn(src)
		} else {
			l.foreign.Add(1)
			return false
		}
	}
	l.in.Add(1)
	l.heard.Store(int64(now))
	return true
}

// learn turns the sending direction to where the phone really is.
func (l *Leg) learn(src netip.AddrPort) {
	if d := l.dest.Load(); d != nil && *d == src {
		return
	}
	l.dest.Store(&src)
}

// read takes the next RTP packet of the leg's phone; what does not belong to it
// is dropped here. It returns ok false with a nil error for a packet to skip.
func (l *Leg) read(buf []byte) (p rtp.Packet, at time.Duration, ok bool, err error) {
	n, src, err := l.rtp.ReadFromUDPAddrPort(buf)
	if err != nil {
		return rtp.Packet{}, 0, false, err
	}
	p, ok = rtp.Parse(buf[:n])
	if !ok {
		l.junk.Add(1)
		return p, 0, false, nil
	}
	at = time.Since(l.epoch)
	return p, at, l.admit(unmap(src), at), nil
}

func (l *Leg) send(b []byte) {
	d := l.dest.Load()
	if d == nil {
		return
	}
	if _, err := l.rtp.WriteToUDPAddrPort(b, *d); err != nil {
		l.failed.Add(1)
		return
	}
	l.out.Add(1)
}

// unmap turns ::ffff:1.2.3.4, as a dual-stack socket reports it, into 1.2.3.4.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
