// Package load holds many calls at once through a gateway under test and
// measures what it does to them: set-up time, one-way delay, loss, reorder.
//
// It exists so that every figure of the README can be reproduced from the
// product itself. It sends only to loopback. Both ends of every call are in this
// process, so one clock times a packet from the socket it leaves to the socket it
// reaches.
package load

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/rtp"
	"github.com/sidetone/sidetone/media/sdp"
	"github.com/sidetone/sidetone/sip"
)

// Plan is what to hold against the gateway.
type Plan struct {
	Gateway string        // host:port of its SIP address
	Calls   int           // at the same time
	Length  time.Duration // of the measurement, after all calls are up
	// Ready is called when all calls are up and again at the end, to read the
	// gateway's CPU clock.
	Ready func()
}

// Result is what was measured.
type Result struct {
	Calls, Failed       int
	SetUp               []time.Duration // sorted, per call
	Delay               []time.Duration // sorted, per packet, one way
	Sent, Lost, Reorder uint64
}

// Percentile returns the p-th percentile (0..100) of a sorted row.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(p/100*float64(len(sorted))))]
}

// ends are the two endpoints all calls run over.
type ends struct {
	caller, callee *sip.Endpoint
	lines          chan *stream // callee streams that were answered
}

// Callee returns the address that the gateway must route to. It is free until
// Run listens on it.
func Callee(port int) string { return fmt.Sprintf("sip:bench@127.0.0.1:%d", port) }

// Run places the calls, measures, and hangs up. port is the callee's.
func Run(ctx context.Context, p Plan, port int, log *zap.Logger) (Result, error) {
	e := &ends{lines: make(chan *stream, p.Calls)}
	var err error
	if e.callee, err = sip.Listen(sip.Config{UDP: fmt.Sprintf("127.0.0.1:%d", port)}, log); err != nil {
		return Result{}, err
	}
	if e.caller, err = sip.Listen(sip.Config{UDP: "127.0.0.1:0"}, log); err != nil {
		e.callee.Close()
		return Result{}, err
	}
	serving, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { _ = e.callee.Serve(serving, e) })
	all.Go(func() { _ = e.caller.Serve(serving, nil) })
	r, err := e.run(serving, p)
	stop()
	all.Wait()
	return r, err
}

// Incoming implements sip.Handler: the callee answers everything at once.
func (e *ends) Incoming(ctx context.Context, in *sip.Invitation) {
	s, body, err := newStream()
	if err != nil {
		in.Refuse(500, "Server Internal Error")
		return
	}
	session := in.Accept(body)
	if s.remote, err = remote(in.Body()); err == nil {
		e.lines <- s
	}
	session.Run(ctx)
	s.close()
}

func remote(body []byte) (netip.AddrPort, error) {
	d, err := sdp.Parse(body)
	return d.RTP, err
}

func (e *ends) run(ctx context.Context, p Plan) (r Result, err error) {
	target, err := sip.ParseURI("sip:bench@" + p.Gateway)
	if err != nil {
		return r, err
	}
	from, err := sip.ParseURI("sip:load@" + e.caller.Addr())
	if err != nil {
		return r, err
	}
	talking, hangUp := context.WithCancel(ctx)
	var sessions sync.WaitGroup
	defer func() { hangUp(); sessions.Wait() }()
	var streams []*stream
	for range p.Calls {
		s, body, err := newStream()
		if err != nil {
			return r, err
		}
		began := time.Now()
		session, err := e.caller.Dial(ctx, sip.Target{URI: target}, from, body)
		if err == nil {
			s.remote, err = remote(session.RemoteSDP())
		}
		if err != nil {
			r.Failed++
			s.close()
			if r.Failed > p.Calls/10 {
				return r, fmt.Errorf("load: %d of %d calls failed, the last: %w", r.Failed, p.Calls, err)
			}
			continue
		}
		r.SetUp = append(r.SetUp, time.Since(began))
		r.Calls++
		sessions.Go(func() { session.Run(talking) })
		streams = append(streams, s)
		select {
		case other := <-e.lines:
			streams = append(streams, other)
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
	measure(ctx, streams, p, &r)
	slices.Sort(r.SetUp)
	return r, ctx.Err()
}

// stream is one end of one call's audio.
type stream struct {
	conn   *net.UDPConn
	remote netip.AddrPort

	seq     uint16
	buf     [rtp.MinSize + 160]byte
	sent    uint64
	delays  []time.Duration
	got     uint64
	reorder uint64
	over    atomic.Bool
}

func newStream() (*stream, []byte, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, nil, err
	}
	body, err := sdp.NewSession(netip.MustParseAddr("127.0.0.1"), conn.LocalAddr().(*net.UDPAddr).Port).Offer(sdp.Description{
		Direction: sdp.SendRecv, Ptime: 20, Formats: []sdp.Format{{Type: 0, Name: "PCMU", Rate: 8000}}})
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return &stream{conn: conn}, body, nil
}

func (s *stream) close() { s.conn.Close() }

// send puts the time into the payload, which the gateway passes on unchanged.
func (s *stream) send(epoch time.Time) {
	s.seq++
	p := rtp.Header(s.buf[:], 0, s.seq, uint32(s.seq)*160, 1, 160)
	binary.BigEndian.PutUint64(p.Payload(), uint64(time.Since(epoch)))
	if _, err := s.conn.WriteToUDPAddrPort(p.Bytes(), s.remote); err == nil {
		s.sent++
	}
}

func (s *stream) receive(epoch time.Time) {
	var buf [rtp.MaxSize]byte
	var last uint16
	for {
		n, _, err := s.conn.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			return
		}
		p, ok := rtp.Parse(buf[:n])
		if !ok || len(p.Payload()) < 8 || s.over.Load() {
			continue
		}
		s.delays = append(s.delays, time.Since(epoch)-time.Duration(binary.BigEndian.Uint64(p.Payload())))
		if s.got > 0 && int16(p.Seq()-last) < 0 {
			s.reorder++
		}
		last = p.Seq()
		s.got++
	}
}

// measure sends 50 packets a second on every stream for the plan's length, the
// streams spread evenly over the 20 ms, as unrelated phones are.
func measure(ctx context.Context, streams []*stream, p Plan, r *Result) {
	epoch := time.Now()
	var receiving, sending sync.WaitGroup
	for _, s := range streams {
		s.delays = make([]time.Duration, 0, int(p.Length/media.FrameTime)+100)
		receiving.Go(func() { s.receive(epoch) })
	}
	if p.Ready != nil {
		p.Ready()
	}
	const senders = 4
	for k := range senders {
		sending.Go(func() {
			for n := 0; time.Since(epoch) < p.Length && ctx.Err() == nil; n++ {
				base := time.Duration(n) * media.FrameTime
				for i := k; i < len(streams); i += senders {
					at := base + media.FrameTime*time.Duration(i)/time.Duration(len(streams))
					if wait := at - time.Since(epoch); wait > 0 {
						time.Sleep(wait)
					}
					streams[i].send(epoch)
				}
			}
		})
	}
	sending.Wait()
	if p.Ready != nil {
		p.Ready()
	}
	time.Sleep(inFlight)
	for _, s := range streams {
		s.over.Store(true)
		s.close()
	}
	receiving.Wait()
	for _, s := range streams {
		r.Sent += s.sent
		r.Reorder += s.reorder
		r.Delay = append(r.Delay, s.delays...)
	}
	r.Lost = r.Sent - min(r.Sent, uint64(len(r.Delay)))
	slices.Sort(r.Delay)
}

// inFlight is how long packets under way are waited for at the end.
const inFlight = 200 * time.Millisecond
