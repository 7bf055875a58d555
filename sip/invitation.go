package sip

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// ErrCancelled is returned when the caller gave up before the answer.
var ErrCancelled = errors.New("the caller hung up before the answer")

// Invitation is a new call that has reached the endpoint. It belongs to the
// goroutine that Handler.Incoming was called on.
type Invitation struct {
	endpoint *Endpoint
	box      *mailbox
	dialog   *dialog
	req      *msg.Request
	tx       msg.ServerTransaction

	handle    atomic.Pointer[func(*inbound)] // set before the loop runs
	answered  bool
	refused   bool
	cancelled bool
	onCancel  func()
	final     *msg.Response // the 2xx, repeated until its ACK
	stopFinal func()
	acked     bool
}

func newInvitation(e *Endpoint, d *dialog, r *msg.Request, tx msg.ServerTransaction) *Invitation {
	in := &Invitation{endpoint: e, box: newMailbox(), dialog: d, req: r, tx: tx}
	tx.OnCancel(func(*msg.Request) {
		in.box.post(func() {
			in.cancelled = true
			if in.onCancel != nil {
				in.onCancel()
			}
		})
	})
	return in
}

// CallID is the caller's Call-ID.
func (in *Invitation) CallID() string { return in.dialog.callID }

// From is the caller's address.
func (in *Invitation) From() URI { return in.dialog.remote.uri }

// To is the dialled address: the request URI, which a proxy may have changed,
// not the To header.
func (in *Invitation) To() URI { return in.req.Recipient }

// Source is the host:port that sent the INVITE.
func (in *Invitation) Source() string { return in.req.Source() }

// Header returns a header of the INVITE, "" when it has none.
func (in *Invitation) Header(name string) string {
	if h := in.req.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// Body is the SDP of the INVITE; empty for a late offer.
func (in *Invitation) Body() []byte { return in.req.Body() }

// request runs for each request inside the dialog.
func (in *Invitation) request(r *inbound) {
	if h := in.handle.Load(); h != nil {
		(*h)(r)
		return
	}
	_ = r.respond(491, "Request Pending", nil)
}

// Refuse ends the invitation with a status from 300 up.
func (in *Invitation) Refuse(status int, reason string, headers ...msg.Header) {
	if in.answered || in.refused {
		return
	}
	in.refused = true
	if in.cancelled {
		return // sipgo has sent the 487
	}
	in.respond(status, reason, nil, headers...)
}

func (in *Invitation) respond(status int, reason string, body []byte, headers ...msg.Header) {
	res := in.response(status, reason, body)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if err := in.tx.Respond(res); err != nil {
		in.endpoint.log.Debug("response not sent: " + err.Error())
	}
}

func (in *Invitation) response(status int, reason string, body []byte) *msg.Response {
	res := msg.NewResponseFromRequest(in.req, status, reason, body)
	if to := res.To(); to != nil && status > 100 {
		to.Params.Remove("tag")
		to.Params.Add("tag", in.dialog.localTag)
	}
	if status > 100 && status < 300 {
		res.AppendHeader(&msg.ContactHeader{Address: in.dialog.contact})
		res.AppendHeader(allow())
	}
	res.AppendHeader(msg.NewHeader("Server", in.endpoint.config.UserAgent))
	if len(body) > 0 {
		res.AppendHeader(msg.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}

// accept sends the 2xx and repeats it until the ACK (RFC 3261 section 13.3.1.4).
// lost runs when no ACK came in 64*T1.
func (in *Invitation) accept(body []byte, lost func()) {
	in.answered = true
	in.final = in.response(200, "OK", body)
	in.respondFinal()
	wait := msg.T1
	started := time.Now()
	var again func()
	again = func() {
		if in.acked {
			return
		}
		if time.Since(started) > 64*msg.T1 {
			lost()
			return
		}
		in.respondFinal()
		wait = min(2*wait, msg.T2)
		in.stopFinal = in.box.after(wait, again)
	}
	in.stopFinal = in.box.after(wait, again)
}

func (in *Invitation) respondFinal() {
	if err := in.tx.Respond(in.final); err != nil {
		in.endpoint.log.Debug("2xx not sent: " + err.Error())
	}
}

// gotACK stops repeating the 2xx. It reports false for an ACK seen before.
func (in *Invitation) gotACK() bool {
	if in.acked || !in.answered {
		return false
	}
	in.acked = true
	in.stopFinal()
	return true
}

// finish runs when the handler returned.
func (in *Invitation) finish() {
	if !in.answered && !in.refused {
		in.Refuse(500, "Server Internal Error")
	}
	if in.stopFinal != nil {
		in.stopFinal()
	}
	in.endpoint.unregister(in.dialog.key())
	close(in.box.over)
}

// loop runs the mailbox until stop reports true or ctx ends; then ended runs
// once and the loop goes on until stop.
func (in *Invitation) loop(ctx context.Context, stop func() bool, ended func()) {
	done := ctx.Done()
	for !stop() {
		select {
		case f := <-in.box.queue:
			f()
		case <-done:
			done = nil
			ended()
		}
	}
}

// contextReason says why a context ended, for a log line.
func contextReason(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Sprint(cause)
	}
	return ""
}
