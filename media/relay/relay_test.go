package relay

import (
	"bytes"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/g711"
	"github.com/sidetone/sidetone/media/rtp"
	"github.com/sidetone/sidetone/media/tap"
)

var formats = media.Formats{PCMU: 0, PCMA: 8, DTMF: 101}

// phone is a bare UDP socket that sends and receives packets.
type phone struct {
	t    testing.TB
	conn *net.UDPConn
	to   *net.UDPAddr
	seq  uint16
	ts   uint32
}

func (p *phone) addr() netip.AddrPort {
	return p.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func (p *phone) send(payload []byte) {
	p.t.Helper()
	p.seq++
	p.ts += uint32(len(payload))
	pkt := rtp.Header(make([]byte, rtp.MinSize+len(payload)), 0, p.seq, p.ts, 77, len(payload))
	copy(pkt.Payload(), payload)
	if _, err := p.conn.WriteToUDP(pkt.Bytes(), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// receive waits for the next packet.
func (p *phone) receive() rtp.Packet {
	p.t.Helper()
	buf := make([]byte, rtp.MaxSize)
	_ = p.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, _, err := p.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		p.t.Fatalf("no packet arrived: %v", err)
	}
	pkt, ok := rtp.Parse(buf[:n])
	if !ok {
		p.t.Fatalf("not RTP: %x", buf[:n])
	}
	return pkt
}

// nothing asserts that no packet is waiting once the relay has handled all that
// was sent before: a marker packet from the right phone comes first.
func (p *phone) next(marker func()) rtp.Packet {
	p.t.Helper()
	marker()
	return p.receive()
}

type rig struct {
	customer, agent *phone
	toAgent         *Whispered
	toCustomer      *Plain
	custLeg, agLeg  *Leg
	tap             *tap.Tap
}

func newRig(t testing.TB) *rig {
	t.Helper()
	ports, err := NewPorts(netip.MustParseAddr("127.0.0.1"), 42000, 42999)
	if err != nil {
		t.Fatal(err)
	}
	epoch := time.Now()
	leg := func() *Leg {
		a, b, err := ports.Open()
		if err != nil {
			t.Fatal(err)
		}
		return NewLeg(a, b, epoch)
	}
	r := &rig{custLeg: leg(), agLeg: leg()}
	ph := func(l *Leg) *phone {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		p := &phone{t: t, conn: c, to: l.rtp.LocalAddr().(*net.UDPAddr), seq: 65533}
		l.SetRemote(p.addr(), netip.AddrPort{})
		return p
	}
	r.customer, r.agent = ph(r.custLeg), ph(r.agLeg)
	r.tap = tap.New(formats)
	r.tap.Start(0)
	r.toAgent = NewWhispered(r.custLeg, r.agLeg, r.tap, formats)
	r.toCustomer = NewPlain(r.agLeg, r.custLeg, nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.toAgent.Run(); err != nil {
			t.Errorf("to agent: %v", err)
		}
	})
	wg.Go(func() {
		if err := r.toCustomer.Run(); err != nil {
			t.Errorf("to customer: %v", err)
		}
	})
	t.Cleanup(func() {
		r.custLeg.Close()
		r.agLeg.Close()
		wg.Wait()
		r.customer.conn.Close()
		r.agent.conn.Close()
	})
	return r
}

func voice(v int16) []byte {
	pcm, out := make([]int16, 160), make([]byte, 160)
	for i := range pcm {
		pcm[i] = v
	}
	g711.EncodeULaw(out, pcm)
	return out
}

func loud() []int16 {
	pcm := make([]int16, 8000)
	for i := range pcm {
		pcm[i] = 5000
	}
	return pcm
}

// What the customer gets is byte for byte what the agent sent, with a whisper
// in the agent's ear and without; and the whisper is in the agent's ear.
func TestCustomerNeverHearsAWhisper(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("rig", func(t *testing.T) {
		r := newRig(t)
		for k := range 60 {
			if k == 20 {
				r.toAgent.Play(loud())
			}
			said := voice(int16(100 * k))
			r.agent.send(said)
			got := r.customer.receive()
			if !bytes.Equal(got.Payload(), said) || got.Seq() != r.agent.seq || got.Timestamp() != r.agent.ts {
				t.Fatalf("packet %d towards the customer was changed", k)
			}
			r.customer.send(voice(0))
			heard := make([]int16, 160)
			// Fill packets of the whisper may come in between on a slow machine.
			p := r.agent.receive()
			g711.DecodeULaw(heard, p.Payload())
			if k > 22 && heard[159] < 4500 || k < 20 && heard[159] != 0 {
				t.Fatalf("packet %d: the agent hears %d", k, heard[159])
			}
		}
	})
}

// A whisper reaches an agent whose customer is not sending (hold, DTX), on an
// unbroken stream: same SSRC, sequence numbers without a hole, time forward only.
func TestWhisperWhileTheCustomerIsSilent(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("rig", func(t *testing.T) {
		r := newRig(t)
		r.customer.send(voice(0))
		last := r.agent.receive()
		seq, ts := last.Seq(), last.Timestamp()
		r.toAgent.Play(loud()[:1600]) // ten packets
		check := func(p rtp.Packet) {
			t.Helper()
			if p.SSRC() != 77 || p.Seq() != seq+1 || int32(p.Timestamp()-ts) < 160 {
				t.Fatalf("ssrc %d seq %d after %d, time %d after %d", p.SSRC(), p.Seq(), seq, p.Timestamp(), ts)
			}
			seq, ts = p.Seq(), p.Timestamp()
		}
		for range 10 {
			p := r.agent.receive()
			check(p)
			if pcm := make([]int16, 160); p.Type() == 0 {
				g711.DecodeULaw(pcm, p.Payload())
				if pcm[80] < 4500 {
					t.Fatalf("no whisper in a made packet: %d", pcm[80])
				}
			}
		}
		for range 5 { // the customer is back, with a clock that stood still
			r.customer.send(voice(0))
			check(r.agent.receive())
		}
	})
}

func TestForeignSourceIsNotHeard(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("rig", func(t *testing.T) {
		r := newRig(t)
		r.customer.send(voice(0))
		r.agent.receive()
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		stranger := &phone{t: t, conn: conn, to: r.customer.to}
		stranger.send(voice(9000))
		if _, err := conn.WriteToUDP([]byte("not rtp at all"), r.customer.to); err != nil {
			t.Fatal(err)
		}
		p := r.agent.next(func() { r.customer.send(voice(100)) })
		if !bytes.Equal(p.Payload(), voice(100)) {
			t.Fatal("the stranger's packet was forwarded")
		}
		if c := r.custLeg.Counts(); c.Foreign != 1 || c.Junk != 1 || c.In != 2 {
			t.Fatalf("%+v", c)
		}
	})
}

// A phone behind NAT sends from another port than its SDP says: media goes back
// to where it really comes from.
func TestSymmetricRTP(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("rig", func(t *testing.T) {
		r := newRig(t)
		r.custLeg.SetRemote(netip.MustParseAddrPort("127.0.0.1:9"), netip.AddrPort{})
		r.customer.send(voice(0))
		r.agent.receive()
		r.agent.send(voice(42))
		if p := r.customer.receive(); !bytes.Equal(p.Payload(), voice(42)) {
			t.Fatal("wrong payload")
		}
	})
}

// The packet path allocates nothing: both directions, tap attached, whisper
// playing.
func TestNoAllocation(t *testing.T) {
	r := newRig(t)
	pcm := make([]int16, 15*8000)
	r.toAgent.Play(pcm)
	said, buf := voice(7), make([]byte, rtp.MaxSize)
	pkt := rtp.Header(make([]byte, 172), 0, 1, 160, 77, 160)
	copy(pkt.Payload(), said)
	round := func(from, to *phone) {
		if _, err := from.conn.WriteToUDPAddrPort(pkt.Bytes(), from.to.AddrPort()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := to.conn.ReadFromUDPAddrPort(buf); err != nil {
			t.Fatal(err)
		}
	}
	round(r.customer, r.agent)
	round(r.agent, r.customer)
	n := testing.AllocsPerRun(300, func() {
		pkt.SetSeq(pkt.Seq() + 1)
		pkt.SetTimestamp(pkt.Timestamp() + 160)
		round(r.customer, r.agent)
		round(r.agent, r.customer)
	})
	if n != 0 {
		t.Fatalf("%v allocations for two packets", n)
	}
}

func TestPortsAreGivenBack(t *testing.T) {
	ports, err := NewPorts(netip.MustParseAddr("127.0.0.1"), 43000, 43007)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var open []*Leg
		for range 4 {
			a, b, err := ports.Open()
			if err != nil {
				t.Fatal(err)
			}
			if pa, pb := a.LocalAddr().(*net.UDPAddr).Port, b.LocalAddr().(*net.UDPAddr).Port; pa%2 != 0 || pb != pa+1 {
				t.Fatalf("pair %d/%d", pa, pb)
			}
			open = append(open, NewLeg(a, b, time.Now()))
		}
		if _, _, err := ports.Open(); err == nil {
			t.Fatal("a fifth pair came from a range of four")
		}
		for _, l := range open {
			l.Close()
		}
	}
	if _, err := NewPorts(netip.MustParseAddr("127.0.0.1"), 10, 20); err == nil {
		t.Fatal("a privileged range was accepted")
	}
}
