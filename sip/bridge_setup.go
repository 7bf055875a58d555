package sip

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"

	"github.com/sidetone/sidetone/call"
)

// begin asks the gateway for the offer and calls the first target.
func (b *bridge) begin() {
	b.in.respond(100, "Trying", nil)
	body := b.in.Body()
	if b.late = len(body) == 0; !b.late {
		offer, err := b.hooks.Offer(Caller, body)
		if err != nil {
			b.refuse(488, "Not Acceptable Here", err)
			return
		}
		b.offer = offer
	}
	b.tryNext(Outcome{Ending: call.EndUnreachable, Reason: "no target to call", Status: 404})
}

// refuse ends the set-up with a status of ours.
func (b *bridge) refuse(status int, reason string, why error) {
	b.end(Outcome{Ending: call.EndFailed, Reason: why.Error(), Status: status})
	b.in.Refuse(status, reason, msg.NewHeader("Warning", fmt.Sprintf("399 %s %q", b.e.host, why.Error())))
	b.cancelAttempt()
}

// tryNext calls the next target, or gives the caller the last failure.
func (b *bridge) tryNext(last Outcome) {
	if b.base != nil {
		b.e.unregister(b.base.key())
		b.base = nil
	}
	for b.next < len(b.plan.Targets) {
		target := b.plan.Targets[b.next]
		b.next++
		if err := b.call(target); err != nil {
			last = Outcome{Ending: call.EndUnreachable, Reason: fmt.Sprintf("%s: %v", target.URI.String(), err), Status: 503}
			continue
		}
		return
	}
	b.end(last)
	b.in.Refuse(last.Status, cmp.Or(last.phrase, reasonPhrase(last.Status)))
	b.state = over
}

// call sends the INVITE to one target.
func (b *bridge) call(t Target) error {
	transport := transportOf(t.URI)
	caller := b.in.dialog
	d := &dialog{
		callID: newTag() + "@" + b.e.host, localTag: newTag(),
		local:  party{caller.remote.display, caller.remote.uri},
		remote: party{uri: t.URI}, target: t.URI, transport: transport,
		contact: b.e.contact(caller.remote.uri.User, transport), userAgent: b.e.config.UserAgent,
	}
	r := d.request(msg.INVITE, "application/sdp", b.offer)
	if t.Hop != "" {
		r.SetDestination(t.Hop)
	}
	if mf := b.in.req.MaxForwards(); mf != nil && mf.Val() > 0 {
		r.RemoveHeader("Max-Forwards")
		left := msg.MaxForwardsHeader(mf.Val() - 1)
		r.AppendHeader(&left)
	}
	r.AppendHeader(allow())
	copyHeaders(b.in.req, r)
	for _, h := range b.plan.Headers {
		r.AppendHeader(msg.NewHeader(h.Name, h.Value))
	}
	b.e.register(d.key(), &owner{b.in.box, b.in.request})
	b.base, b.rang, b.giveUp = d, false, false
	clear(b.forks)
	var o *outgoing
	o, err := b.e.send(b.in.box, r, func(res *msg.Response) { b.response(o, res) })
	if err != nil {
		b.e.unregister(d.key())
		b.base = nil
		return err
	}
	b.attempt = o
	b.stopRing = b.in.box.after(b.plan.Ring, func() { b.ringTimeout(o) })
	return nil
}

// passed on from the caller's INVITE to the callee's.
func passedOn(name string) bool {
	switch strings.ToLower(name) {
	case "p-asserted-identity", "diversion", "history-info", "user-to-user", "subject", "alert-info", "privacy":
		return true
	}
	return strings.HasPrefix(strings.ToLower(name), "x-")
}

func copyHeaders(from, to *msg.Request) {
	for _, h := range from.Headers() {
		if passedOn(h.Name()) {
			to.AppendHeader(msg.NewHeader(h.Name(), h.Value()))
		}
	}
}

// response handles what the callee's side says to the INVITE; nil is a
// transaction that ended without a final response.
func (b *bridge) response(o *outgoing, res *msg.Response) {
	switch {
	case res != nil && res.IsSuccess():
		b.success(o, res)
	case o != b.attempt || b.state != setup:
		return // an earlier target, or a late word after the end
	case res == nil:
		b.failed(Outcome{Ending: call.EndUnreachable, Reason: "the callee's side did not respond", Status: 408}, true)
	case res.IsProvisional():
		b.provisional(res)
	default:
		b.failed(Outcome{Ending: endingOf(res.StatusCode), Reason: fmt.Sprintf("%d %s", res.StatusCode, res.Reason), Status: res.StatusCode, phrase: res.Reason},
			res.StatusCode == 503 || res.StatusCode == 408)
	}
}

func (b *bridge) provisional(res *msg.Response) {
	b.rang = true
	if b.giveUp {
		b.cancelAttempt()
		return
	}
	if res.StatusCode == 100 {
		return
	}
	if b.outcome.Ending != "" {
		return
	}
	var body []byte
	if sdp := res.Body(); len(sdp) > 0 && !b.late {
		answer, err := b.hooks.Answer(Callee, sdp)
		if err != nil {
			b.e.log.Debug("early media not passed on: " + err.Error())
		}
		body = answer
	}
	b.in.respond(res.StatusCode, res.Reason, body)
	b.hooks.Progress(Ringing)
}

// failed moves on to the next target or tells the caller.
func (b *bridge) failed(o Outcome, another bool) {
	b.stopRing()
	b.attempt = nil
	if b.outcome.Ending != "" || b.in.cancelled { // we or the caller gave up; this is the 487
		b.state = over
		return
	}
	if !another {
		b.next = len(b.plan.Targets)
	}
	b.tryNext(o)
}

func (b *bridge) ringTimeout(o *outgoing) {
	if o != b.attempt || b.state != setup {
		return
	}
	b.end(Outcome{Ending: call.EndNoAnswer, Reason: fmt.Sprintf("not answered within %v", b.plan.Ring), Status: 480})
	b.in.Refuse(480, "Temporarily Unavailable")
	b.cancelAttempt()
}

func (b *bridge) callerCancelled() {
	if b.state != setup {
		return
	}
	b.end(Outcome{Ending: call.EndCancelled, Reason: ErrCancelled.Error(), Status: 487, By: Caller})
	b.cancelAttempt()
}

// cancelAttempt stops the INVITE under way. A CANCEL may only follow a
// provisional response (RFC 3261 section 9.1); until then it waits. The state is
// over when the INVITE's final response is in, or at once when there is none.
func (b *bridge) cancelAttempt() {
	if b.attempt == nil {
		b.state = over
		return
	}
	if !b.rang {
		b.giveUp = true
	} else if err := b.e.cancel(b.attempt); err != nil {
		b.e.log.Debug("CANCEL not sent: " + err.Error())
	}
	b.in.box.after(patience, func() {
		if b.state == setup {
			b.state = over
		}
	})
}

// patience bounds how long a cancelled INVITE is waited for: a late 2xx within
// it is still hung up properly.
const patience = 5 * time.Second

// success handles a 2xx: the first that wins, another fork that lost, or a
// repetition because our ACK was lost.
func (b *bridge) success(o *outgoing, res *msg.Response) {
	tag, _ := res.To().Params.Get("tag")
	if fork := b.forks[tag]; fork != nil { // repeated
		if b.heldACK == nil {
			_ = b.e.write(fork.ack(o.req.CSeq().SeqNo, "", nil))
		}
		return
	}
	if b.base == nil {
		return
	}
	fork := b.base.calling(res)
	b.forks[tag] = fork
	if o != b.attempt || b.callee != nil || b.state != setup || b.outcome.Ending != "" {
		b.dropFork(o, fork)
		if b.outcome.Ending != "" && o == b.attempt && b.callee == nil {
			b.attempt = nil
			b.close()
		}
		return
	}
	b.stopRing()
	b.callee = fork
	b.base.localSeq = fork.localSeq
	body, err := b.answerCaller(o, fork, res.Body())
	if err != nil {
		b.in.Refuse(488, "Not Acceptable Here")
		b.end(Outcome{Ending: call.EndFailed, Reason: err.Error(), Status: 488})
		b.bye(Callee)
		b.close()
		return
	}
	b.state = talking
	b.in.accept(body, func() {
		b.hangUp(Outcome{Ending: call.EndFailed, Reason: "the caller never acknowledged the answer"})
	})
	b.hooks.Progress(Answered)
}

// answerCaller turns the callee's 2xx into the body of ours. With an early
// offer the callee is acknowledged at once; with a late one its ACK waits for
// the caller's, which brings the answer.
func (b *bridge) answerCaller(o *outgoing, fork *dialog, sdp []byte) ([]byte, error) {
	seq := o.req.CSeq().SeqNo
	if !b.late {
		if err := b.e.write(fork.ack(seq, "", nil)); err != nil {
			return nil, fmt.Errorf("ACK: %w", err)
		}
		return b.hooks.Answer(Callee, sdp)
	}
	if len(sdp) == 0 {
		_ = b.e.write(fork.ack(seq, "", nil))
		return nil, errors.New("neither side made an offer")
	}
	offer, err := b.hooks.Offer(Callee, sdp)
	if err != nil {
		_ = b.e.write(fork.ack(seq, "", nil))
		return nil, err
	}
	b.heldACK = func(answer []byte) error { return b.e.write(fork.ack(seq, "application/sdp", answer)) }
	return offer, nil
}

// dropFork hangs up on a callee that answered after somebody else had
// (RFC 3261 section 13.2.2.4).
func (b *bridge) dropFork(o *outgoing, fork *dialog) {
	_ = b.e.write(fork.ack(o.req.CSeq().SeqNo, "", nil))
	b.byes++
	_, err := b.e.send(b.in.box, fork.request(msg.BYE, "", nil), func(res *msg.Response) {
		if res == nil || !res.IsProvisional() {
			b.byes--
			if b.state == closing {
				b.close()
			}
		}
	})
	if err != nil {
		b.byes--
	}
}
