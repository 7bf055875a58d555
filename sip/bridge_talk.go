package sip

import (
	"fmt"

	msg "github.com/emiago/sipgo/sip"

	"github.com/sidetone/sidetone/call"
)

// exchange is a re-INVITE or UPDATE of one side being passed to the other.
type exchange struct {
	from   *inbound
	to     *outgoing
	late   bool               // no offer in the request: the 2xx brings it
	ackTo  func([]byte) error // the other side's ACK, held until the sender's
	acked  bool
	final  bool
	invite bool
}

// request handles a request inside either dialog.
func (b *bridge) request(in *inbound) {
	side := Callee
	if in.dialogKey == b.in.dialog.key() {
		side = Caller
	}
	d := b.dialogOf(side)
	if in.req.IsAck() {
		b.ack(side, in)
		return
	}
	if d == nil {
		b.early(in)
		return
	}
	if tag, _ := in.req.From().Params.Get("tag"); tag != d.remoteTag {
		_ = in.respond(481, "Call/Transaction Does Not Exist", nil)
		return
	}
	if d.closed && in.req.Method == msg.BYE {
		_ = in.respond(200, "OK", nil) // both hung up at once
		return
	}
	if status := d.accept(in.req); status != 0 {
		_ = in.respond(status, reasonPhrase(status), nil)
		return
	}
	switch {
	case in.req.Method == msg.BYE:
		b.hungUp(side, in)
	case b.state != talking:
		_ = in.respond(491, "Request Pending", nil)
	case in.req.IsInvite(), in.req.Method == msg.UPDATE:
		b.reoffer(side, in)
	default:
		b.passOn(side, in)
	}
}

// early answers a callee that sends requests before it has answered.
func (b *bridge) early(in *inbound) {
	if in.req.Method == msg.BYE {
		_ = in.respond(481, "Call/Transaction Does Not Exist", nil)
		return
	}
	_ = in.respond(491, "Request Pending", nil)
}

// hungUp answers a BYE and passes it on.
func (b *bridge) hungUp(side Side, in *inbound) {
	_ = in.respond(200, "OK", nil)
	if b.state == setup {
		return
	}
	b.dialogOf(side).closed = true
	b.end(Outcome{Ending: call.EndCustomerHungUp, By: side, Reason: reasonHeader(in.req)})
	b.bye(side.Other())
	b.close()
}

func reasonHeader(r *msg.Request) string {
	if h := r.GetHeader("Reason"); h != nil {
		return h.Value()
	}
	return ""
}

// ack ends an INVITE transaction; with a late offer it brings the answer.
func (b *bridge) ack(side Side, in *inbound) {
	defer in.done()
	if x := b.exchange[side.Other()]; x != nil && x.final && x.invite {
		b.exchange[side.Other()] = nil
		x.from.done()
		if x.ackTo != nil {
			b.lateAnswer(side, x.ackTo, in.req.Body())
		}
		return
	}
	if side == Caller && b.in.gotACK() && b.heldACK != nil {
		held := b.heldACK
		b.heldACK = nil
		b.lateAnswer(side, held, in.req.Body())
	}
}

func (b *bridge) lateAnswer(from Side, ack func([]byte) error, sdp []byte) {
	answer, err := b.hooks.Answer(from, sdp)
	if err == nil {
		err = ack(answer)
	} else {
		_ = ack(nil)
	}
	if err != nil {
		b.hangUp(Outcome{Ending: call.EndFailed, Reason: fmt.Sprintf("answer in the ACK: %v", err), Status: 488})
	}
}

// reoffer passes a re-INVITE or UPDATE to the other side: hold, resume, a new
// address, other codecs.
func (b *bridge) reoffer(side Side, in *inbound) {
	other := side.Other()
	if b.exchange[0] != nil || b.exchange[1] != nil || (side == Caller && !b.in.acked) {
		_ = in.respond(491, "Request Pending", nil) // glare, RFC 3261 section 14.2
		return
	}
	x := &exchange{from: in, invite: in.req.IsInvite(), late: len(in.req.Body()) == 0}
	var body []byte
	if !x.late {
		offer, err := b.hooks.Offer(side, in.req.Body())
		if err != nil {
			_ = in.respond(488, "Not Acceptable Here", nil)
			return
		}
		body = offer
	} else if !x.invite {
		// An UPDATE without a body only refreshes the session (RFC 4028).
		b.passOn(side, in)
		return
	}
	r := b.dialogOf(other).request(in.req.Method, "application/sdp", body)
	b.exchange[other] = x
	o, err := b.e.send(b.in.box, r, func(res *msg.Response) { b.reanswer(side, x, res) })
	if err != nil {
		b.exchange[other] = nil
		_ = in.respond(503, "Service Unavailable", nil)
		return
	}
	x.to = o
}

// reanswer brings the other side's response back.
func (b *bridge) reanswer(side Side, x *exchange, res *msg.Response) {
	other := side.Other()
	if res != nil && res.IsProvisional() {
		return
	}
	if x.final {
		if res != nil && res.IsSuccess() && x.invite && x.ackTo == nil { // our ACK was lost
			_ = b.e.write(b.dialogOf(other).ack(x.to.req.CSeq().SeqNo, "", nil))
		}
		return
	}
	x.final = true
	if res == nil || !res.IsSuccess() {
		b.exchange[other] = nil
		status, reason := 408, "Request Timeout"
		if res != nil {
			status, reason = res.StatusCode, res.Reason
		}
		_ = x.from.respond(status, reason, nil)
		return
	}
	d := b.dialogOf(other)
	if c := res.Contact(); c != nil {
		d.target = c.Address
	}
	body, err := b.rebody(other, x, res.Body())
	if err != nil {
		b.exchange[other] = nil
		_ = x.from.respond(488, "Not Acceptable Here", nil)
		return
	}
	b.respondReoffer(side, x, body)
}

func (b *bridge) rebody(other Side, x *exchange, sdp []byte) ([]byte, error) {
	d := b.dialogOf(other)
	ack := func(body []byte) error {
		return b.e.write(d.ack(x.to.req.CSeq().SeqNo, "application/sdp", body))
	}
	if !x.invite {
		return b.hooks.Answer(other, sdp)
	}
	if !x.late {
		if err := ack(nil); err != nil {
			return nil, err
		}
		return b.hooks.Answer(other, sdp)
	}
	offer, err := b.hooks.Offer(other, sdp)
	if err != nil {
		_ = ack(nil)
		return nil, err
	}
	x.ackTo = ack
	return offer, nil
}

// respondReoffer answers the side that asked. The 2xx to a re-INVITE is repeated
// until its ACK comes.
func (b *bridge) respondReoffer(side Side, x *exchange, body []byte) {
	d := b.dialogOf(side)
	res := msg.NewResponseFromRequest(x.from.req, 200, "OK", body)
	res.AppendHeader(&msg.ContactHeader{Address: d.contact})
	res.AppendHeader(allow())
	if len(body) > 0 {
		res.AppendHeader(msg.NewHeader("Content-Type", "application/sdp"))
	}
	_ = x.from.tx.Respond(res)
	if !x.invite {
		b.exchange[side.Other()] = nil
		x.from.done()
		return
	}
	wait, tries := msg.T1, 0
	var again func()
	again = func() {
		if b.exchange[side.Other()] != x {
			return
		}
		if tries++; tries > 10 { // 64*T1 in all
			b.hangUp(Outcome{Ending: call.EndFailed, Reason: "the " + side.String() + " never acknowledged a re-INVITE"})
			return
		}
		_ = x.from.tx.Respond(res)
		wait = min(2*wait, msg.T2)
		b.in.box.after(wait, again)
	}
	b.in.box.after(wait, again)
}

// passOn carries any other request (INFO, MESSAGE, REFER, NOTIFY) to the other
// side and its response back.
func (b *bridge) passOn(side Side, in *inbound) {
	contentType := ""
	if h := in.req.GetHeader("Content-Type"); h != nil {
		contentType = h.Value()
	}
	r := b.dialogOf(side.Other()).request(in.req.Method, contentType, in.req.Body())
	for _, name := range []string{"Refer-To", "Referred-By", "Event", "Subscription-State", "Info-Package", "Session-Expires", "Min-SE", "Supported"} {
		msg.CopyHeaders(name, in.req, r)
	}
	answered := false
	_, err := b.e.send(b.in.box, r, func(res *msg.Response) {
		if answered || (res != nil && res.IsProvisional()) {
			return
		}
		answered = true
		if res == nil {
			_ = in.respond(408, "Request Timeout", nil)
			return
		}
		_ = in.respond(res.StatusCode, res.Reason, nil)
	})
	if err != nil {
		_ = in.respond(503, "Service Unavailable", nil)
	}
}
