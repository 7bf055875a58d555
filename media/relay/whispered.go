package relay

import (
	"errors"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/g711"
	"github.com/sidetone/sidetone/media/mix"
	"github.com/sidetone/sidetone/media/rtp"
	"github.com/sidetone/sidetone/media/tap"
)

const (
	// quiet is how long the customer's stream must be missing before the whisper
	// makes packets of its own: longer than a network hiccup.
	quiet = 3 * media.FrameTime
	// samples in a packet the whisper makes.
	samples = 160
)

// Whispered forwards the direction towards the agent and mixes whispers into
// the packets as they pass. While the customer's stream is silent on the wire
// (hold, DTX, lost) a 20 ms clock carries the whisper on the same SSRC; when the
// stream comes back, sequence numbers go on without a hole and timestamps never
// go back.
type Whispered struct {
	from, to *Leg
	tap      *tap.Tap
	whisper  mix.Whisper
	formats  atomic.Pointer[media.Formats]

	// Below: the Run goroutine only.
	buf       [rtp.MaxSize]byte
	made      [rtp.MinSize + samples]byte
	ssrc      uint32
	lastType  uint8
	lastSeq   uint16 // as sent
	lastTime  uint32 // as sent
	lastSent  time.Duration
	seqShift  uint16 // sent minus received
	timeShift uint32
	started   bool // the customer has sent something
	fresh     bool // the stream began with this packet
	armed     bool // a read deadline is set
	filled    bool // the last packet sent was made by the whisper
}

// NewWhispered makes the path from the customer's leg to the agent's.
func NewWhispered(from, to *Leg, t *tap.Tap, f media.Formats) *Whispered {
	p := &Whispered{from: from, to: to, tap: t, ssrc: rand.Uint32()}
	p.SetFormats(f)
	return p
}

// SetFormats follows a new negotiation. Any goroutine.
func (p *Whispered) SetFormats(f media.Formats) { p.formats.Store(&f) }

// Play whispers pcm (8000 Hz mono) to the agent, in place of what is playing.
// Any goroutine.
func (p *Whispered) Play(pcm []int16) uint64 {
	id := p.whisper.Play(pcm)
	p.wake()
	return id
}

// Stop silences the whisper within 40 ms. Any goroutine.
func (p *Whispered) Stop() { p.whisper.Stop() }

// Done reports whether whisper id is over. Any goroutine.
func (p *Whispered) Done(id uint64) bool { return p.whisper.Done(id) }

// wake interrupts a read that waits for a customer who is not sending.
func (p *Whispered) wake() {
	// A closed socket refuses; then there is nothing to wake.
	_ = p.from.rtp.SetReadDeadline(time.Unix(1, 0))
}

// Run forwards until the from leg is closed. It owns reading from that leg.
func (p *Whispered) Run() error {
	for {
		p.arm()
		packet, at, ok, err := p.from.read(p.buf[:])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			p.tick()
		case err != nil:
			return closed(err)
		case ok:
			p.pass(packet, at)
		}
	}
}

// arm sets the 20 ms clock while there is something to whisper, and takes it
// away again afterwards.
func (p *Whispered) arm() {
	if !p.whisper.Waiting() && p.armed {
		p.armed = false
		_ = p.from.rtp.SetReadDeadline(time.Time{})
	}
	if p.whisper.Waiting() { // asked again: Play may have come in between
		p.armed = true
		_ = p.from.rtp.SetReadDeadline(time.Now().Add(media.FrameTime))
	}
}

// pass forwards one packet of the customer. The tap gets what the customer
// sent: it is offered before the whisper is mixed in only when one plays,
// otherwise after the packet is on its way.
func (p *Whispered) pass(packet rtp.Packet, at time.Duration) {
	p.renumber(packet)
	law, audio := p.law(packet.Type())
	mixing := audio && p.whisper.Active()
	if mixing {
		p.offer(packet, at)
		p.whisper.Mix(packet.Payload(), law)
	}
	p.to.send(packet.Bytes())
	p.lastSent = at
	if !mixing {
		p.offer(packet, at)
	}
}

func (p *Whispered) offer(packet rtp.Packet, at time.Duration) {
	if p.tap != nil {
		p.tap.Offer(packet, at)
	}
}

// renumber shifts a packet behind those that the whisper made.
func (p *Whispered) renumber(packet rtp.Packet) {
	if !p.started || packet.SSRC() != p.ssrc {
		p.started, p.fresh, p.ssrc, p.seqShift, p.timeShift = true, true, packet.SSRC(), 0, 0
	} else if p.filled {
		if ahead := int32(packet.Timestamp() + p.timeShift - p.lastTime); ahead < samples {
			p.timeShift += uint32(samples - ahead)
		}
		if next := packet.Seq() + p.seqShift; int16(next-p.lastSeq) < 1 {
			p.seqShift += p.lastSeq + 1 - next
		}
	}
	p.filled = false
	if p.seqShift != 0 || p.timeShift != 0 {
		packet.SetSeq(packet.Seq() + p.seqShift)
		packet.SetTimestamp(packet.Timestamp() + p.timeShift)
	}
	if int16(packet.Seq()-p.lastSeq) > 0 || p.fresh {
		p.lastType, p.lastSeq, p.lastTime, p.fresh = packet.Type(), packet.Seq(), packet.Timestamp(), false
	}
}

// tick runs when no packet came for 20 ms while a whisper waits.
func (p *Whispered) tick() {
	now := time.Since(p.from.epoch)
	if !p.whisper.Waiting() || (p.started && now-p.from.Heard() < quiet) {
		return
	}
	if now-p.lastSent < media.FrameTime-media.FrameTime/4 {
		return // woken early by Play
	}
	law, audio := p.law(p.lastType)
	if !audio || !p.started {
		law, p.lastType = p.preferred()
	}
	p.lastSeq++
	p.lastTime += samples
	if p.started {
		p.seqShift++
	}
	packet := rtp.Header(p.made[:], p.lastType, p.lastSeq, p.lastTime, p.ssrc, samples)
	p.whisper.Fill(packet.Payload(), law)
	p.to.send(packet.Bytes())
	p.lastSent, p.filled = now, true
}

func (p *Whispered) law(payloadType uint8) (g711.Law, bool) {
	f := p.formats.Load()
	switch int16(payloadType) {
	case f.PCMU:
		return g711.ULaw, true
	case f.PCMA:
		return g711.ALaw, true
	}
	return 0, false
}

func (p *Whispered) preferred() (g711.Law, uint8) {
	if f := p.formats.Load(); f.PCMU < 0 && f.PCMA >= 0 {
		return g711.ALaw, uint8(f.PCMA)
	}
	return g711.ULaw, 0
}
