package gateway

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/relay"
	"github.com/sidetone/sidetone/media/sdp"
	"github.com/sidetone/sidetone/media/tap"
	"github.com/sidetone/sidetone/sip"
)

// plumbing is a call's media: two legs, two paths, two taps. It answers the
// bridge's questions about SDP. Methods named in sip.Hooks run on the signalling
// goroutine.
type plumbing struct {
	customer, agent *relay.Leg
	toAgent         *relay.Whispered
	toCustomer      *relay.Plain
	taps            *[2]*tap.Tap // customer, agent; nil when nothing listens
	agentSide       sip.Side

	sessions [2]*sdp.Session      // by sip.Side
	legs     [2]*relay.Leg        // by sip.Side
	offered  [2]sdp.Description   // the last offer each side made
	held     [2]atomic.Bool       // by sip.Side
	onHold   func(sip.Side, bool) // posts the event
	onState  func(p sip.Progress)
	running  sync.WaitGroup
}

// newPlumbing opens the sockets of a call.
func newPlumbing(c Config, ports *relay.Ports, agentSide sip.Side, listen bool) (*plumbing, error) {
	epoch := time.Now()
	p := &plumbing{agentSide: agentSide}
	for _, side := range []sip.Side{sip.Caller, sip.Callee} {
		rtp, rtcp, err := ports.Open()
		if err != nil {
			p.close()
			return nil, err
		}
		p.legs[side] = relay.NewLeg(rtp, rtcp, epoch)
		p.sessions[side] = sdp.NewSession(c.AdvertiseIP, p.legs[side].LocalPort())
	}
	p.agent, p.customer = p.legs[agentSide], p.legs[agentSide.Other()]
	var customerTap, agentTap *tap.Tap
	none := media.Formats{PCMU: -1, PCMA: -1, DTMF: -1}
	if listen {
		customerTap, agentTap = tap.New(none), tap.New(none)
		p.taps = &[2]*tap.Tap{customerTap, agentTap}
	}
	p.toAgent = relay.NewWhispered(p.customer, p.agent, customerTap, none)
	p.toCustomer = relay.NewPlain(p.agent, p.customer, agentTap)
	return p, nil
}

// start runs the four packet loops; failed is told when one ends with an error.
func (p *plumbing) start(failed func(error)) {
	for name, run := range map[string]func() error{
		"relay to agent":     p.toAgent.Run,
		"relay to customer":  p.toCustomer.Run,
		"RTCP from customer": func() error { return relay.RunControl(p.customer, p.agent) },
		"RTCP from agent":    func() error { return relay.RunControl(p.agent, p.customer) },
	} {
		p.running.Go(func() {
			if err := run(); err != nil {
				failed(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
}

// close ends the packet loops and waits for them.
func (p *plumbing) close() {
	for _, l := range p.legs {
		if l != nil {
			l.Close()
		}
	}
	p.running.Wait()
}

// Offer implements sip.Hooks.
func (p *plumbing) Offer(from sip.Side, body []byte) ([]byte, error) {
	d, err := sdp.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("offer of the %s: %w", from, err)
	}
	p.take(from, d)
	p.sessions[from].Saw(d)
	p.offered[from] = d
	out, err := p.sessions[from.Other()].Offer(d)
	if err != nil {
		return nil, fmt.Errorf("offer of the %s: %w", from, err)
	}
	return out, nil
}

// Answer implements sip.Hooks.
func (p *plumbing) Answer(from sip.Side, body []byte) ([]byte, error) {
	d, err := sdp.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("answer of the %s: %w", from, err)
	}
	p.take(from, d)
	p.agree(d)
	out, err := p.sessions[from.Other()].Answer(d)
	if err != nil {
		return nil, fmt.Errorf("answer of the %s: %w", from, err)
	}
	return out, nil
}

// Progress implements sip.Hooks.
func (p *plumbing) Progress(s sip.Progress) { p.onState(s) }

// take follows where a side wants its media, and whether it put us on hold.
func (p *plumbing) take(side sip.Side, d sdp.Description) {
	p.legs[side].SetRemote(d.RTP, d.RTCP)
	if was := p.held[side].Swap(d.Held()); was != d.Held() {
		p.onHold(side, d.Held())
	}
}

// agree sets what the payload types mean: both legs speak the answer's.
func (p *plumbing) agree(d sdp.Description) {
	f := d.Payloads()
	p.toAgent.SetFormats(f)
	if p.taps != nil {
		p.taps[0].SetFormats(f)
		p.taps[1].SetFormats(f)
	}
}

// silent is how long neither side has sent a packet; 0 while on hold.
func (p *plumbing) silent() time.Duration {
	if p.held[0].Load() || p.held[1].Load() {
		return 0
	}
	return p.agent.Now() - max(p.agent.Heard(), p.customer.Heard())
}
