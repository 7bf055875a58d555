// Package phone is a telephone made of software: SIP signalling, one audio
// stream, a mouth to put speech into and an ear to listen with.
//
// It exists for the simulated customer, the demo's two ends and every load and
// timing figure: they meet the gateway only over its sockets, like any phone. It
// must never know anything of the gateway's inside.
package phone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/g711"
	"github.com/sidetone/sidetone/media/rtp"
	"github.com/sidetone/sidetone/media/sdp"
	"github.com/sidetone/sidetone/media/tap"
	"github.com/sidetone/sidetone/sip"
)

const (
	frame       = tap.FrameSamples
	payloadPCMU = 0
	payloadDTMF = 101
)

// offer is what our phones speak: PCMU and key presses.
var offer = sdp.Description{Direction: sdp.SendRecv, Ptime: 20, Formats: []sdp.Format{
	{Type: payloadPCMU, Name: "PCMU", Rate: 8000},
	{Type: payloadDTMF, Name: "TELEPHONE-EVENT", Rate: 8000, Fmtp: "0-15"},
}}

// ErrBusy is returned by Say when the mouth is still busy with something else.
var ErrBusy = errors.New("the phone is still speaking")

// Line is an answered call.
type Line struct {
	session *sip.Session
	conn    *net.UDPConn
	remote  netip.AddrPort
	ear     *tap.Tap
	Heard   *tap.Queue // what the other side says; read it or it drops its oldest

	mu     sync.Mutex
	speech []int16       // still to be said
	said   chan struct{} // closed when speech has gone out
	epoch  time.Time
	over   chan struct{} // closed when the call has ended
}

// Dial calls a target and returns the answered line; run it at once.
func Dial(ctx context.Context, e *sip.Endpoint, t sip.Target, from sip.URI, headers ...sip.Header) (*Line, error) {
	conn, body, err := open(e)
	if err != nil {
		return nil, err
	}
	session, err := e.Dial(ctx, t, from, body, headers...)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return newLine(session, conn)
}

// Answer takes an invitation and returns the answered line; run it at once.
func Answer(e *sip.Endpoint, in *sip.Invitation) (*Line, error) {
	conn, body, err := open(e)
	if err != nil {
		in.Refuse(500, "Server Internal Error")
		return nil, err
	}
	return newLine(in.Accept(body), conn)
}

func open(e *sip.Endpoint) (*net.UDPConn, []byte, error) {
	ip, err := netip.ParseAddr(e.Host())
	if err != nil {
		return nil, nil, fmt.Errorf("phone: the endpoint's host %q is not an address: %w", e.Host(), err)
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return nil, nil, fmt.Errorf("phone: %w", err)
	}
	body, err := sdp.NewSession(ip, conn.LocalAddr().(*net.UDPAddr).Port).Offer(offer)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, body, nil
}

func newLine(session *sip.Session, conn *net.UDPConn) (*Line, error) {
	d, err := sdp.Parse(session.RemoteSDP())
	if err != nil {
		// The session is hung up by running it with a context that has ended.
		over, cancel := context.WithCancel(context.Background())
		cancel()
		session.Run(over)
		conn.Close()
		return nil, fmt.Errorf("phone: the other side's SDP: %w", err)
	}
	l := &Line{session: session, conn: conn, remote: d.RTP, ear: tap.New(d.Payloads()), Heard: tap.NewQueue(), epoch: time.Now(), over: make(chan struct{})}
	l.ear.Start(0)
	return l, nil
}

// Now is the time on the line's clock, which Heard's frames carry.
func (l *Line) Now() time.Duration { return time.Since(l.epoch) }

// Run keeps the call until the far end hangs up (true) or ctx ends, which hangs
// up (false).
func (l *Line) Run(ctx context.Context) (farEnd bool) {
	media, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(l.receive)
	work.Go(func() { l.send(media) })
	farEnd = l.session.Run(ctx)
	close(l.over)
	stop()
	l.conn.Close()
	work.Wait()
	return farEnd
}

// ErrOver is returned by Say when the call ended first.
var ErrOver = errors.New("the call is over")

// Say speaks pcm (8000 Hz mono) and returns when it has been said, the call is
// over, or ctx ends, which silences it.
func (l *Line) Say(ctx context.Context, pcm []int16) error {
	l.mu.Lock()
	if len(l.speech) > 0 {
		l.mu.Unlock()
		return ErrBusy
	}
	said := make(chan struct{})
	l.speech, l.said = pcm, said
	l.mu.Unlock()
	if len(pcm) == 0 {
		return nil
	}
	select {
	case <-said:
		return nil
	case <-l.over:
		return ErrOver
	case <-ctx.Done():
		l.mu.Lock()
		l.speech = nil
		l.mu.Unlock()
		return ctx.Err()
	}
}

// Speaking reports whether something is being said.
func (l *Line) Speaking() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.speech) > 0
}

func (l *Line) receive() {
	var buf [rtp.MaxSize]byte
	for {
		n, _, err := l.conn.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			return
		}
		if p, ok := rtp.Parse(buf[:n]); ok {
			l.ear.Offer(p, l.Now())
		}
	}
}

// send is the phone's clock: every 20 ms a packet leaves, speech or silence, and
// what was heard is cut into frames.
func (l *Line) send(ctx context.Context) {
	defer l.Heard.Close()
	ticker := time.NewTicker(media.FrameTime)
	defer ticker.Stop()
	var buf [rtp.MinSize + frame]byte
	var silence [frame]int16
	seq, ssrc, sent := uint16(rand.Uint32()), rand.Uint32(), uint32(0)
	hear := func(f *media.Frame) { _ = l.Heard.WriteFrame(f) }
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// A late tick is made up for, so that the stream keeps its rate.
		for due := uint32(l.Now() / media.FrameTime); sent < due; sent++ {
			seq++
			p := rtp.Header(buf[:], payloadPCMU, seq, sent*frame, ssrc, frame)
			if !l.next(p.Payload()) {
				g711.EncodeULaw(p.Payload(), silence[:])
			}
			// A refused packet is a lost packet, as on any network.
			_, _ = l.conn.WriteToUDPAddrPort(p.Bytes(), l.remote)
		}
		l.ear.Pump(l.Now(), hear, func(byte) {})
	}
}

// next takes the next 20 ms of speech.
func (l *Line) next(payload []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.speech) == 0 {
		return false
	}
	var pcm [frame]int16
	n := copy(pcm[:], l.speech)
	if l.speech = l.speech[n:]; len(l.speech) == 0 {
		close(l.said)
	}
	g711.EncodeULaw(payload, pcm[:])
	return true
}
