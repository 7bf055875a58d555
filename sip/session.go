package sip

import (
	"context"
	"fmt"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// Session is an answered call of a phone of ours: a simulated customer, the
// demo's two ends, a test. Run it to keep it alive.
type Session struct {
	e         *Endpoint
	box       *mailbox
	dialog    *dialog
	invite    *Invitation // the call came in, else nil
	localSDP  []byte
	remoteSDP []byte
	over      bool
	byRemote  bool
	forgotten sync.Once
}

// StatusError is a call that was not answered.
type StatusError struct {
	Status int
	Reason string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the call was refused: %d %s", e.Status, e.Reason)
}

// Dial calls a target with an SDP offer and returns once it is answered. Ending
// ctx before that cancels the call. Headers are added to the INVITE.
func (e *Endpoint) Dial(ctx context.Context, t Target, from URI, offer []byte, headers ...Header) (*Session, error) {
	transport := transportOf(t.URI)
	d := &dialog{
		callID: newTag() + "@" + e.host, localTag: newTag(),
		local: party{uri: from}, remote: party{uri: t.URI}, target: t.URI,
		transport: transport, contact: e.contact(from.User, transport), userAgent: e.config.UserAgent,
	}
	s := &Session{e: e, box: newMailbox(), dialog: d, localSDP: offer}
	e.register(d.key(), &owner{s.box, s.request})
	r := d.request(msg.INVITE, "application/sdp", offer)
	if t.Hop != "" {
		r.SetDestination(t.Hop)
	}
	r.AppendHeader(allow())
	for _, h := range headers {
		r.AppendHeader(msg.NewHeader(h.Name, h.Value))
	}
	dial := &dialling{s: s, first: d}
	o, err := e.send(s.box, r, dial.response)
	if err != nil {
		s.forget()
		return nil, fmt.Errorf("call %s: %w", t.URI.String(), err)
	}
	dial.invite = o
	if err := dial.wait(ctx); err != nil {
		s.forget()
		return nil, err
	}
	return s, nil
}

// dialling is an INVITE of ours that has no final response yet.
type dialling struct {
	s        *Session
	first    *dialog // before the peer's tag is known
	invite   *outgoing
	rang     bool // a provisional response came: CANCEL is allowed
	giveUp   bool
	answered bool
	result   error
}

func (d *dialling) response(res *msg.Response) {
	switch {
	case res == nil:
		d.result = &StatusError{408, "no response"}
	case res.IsSuccess():
		fork := d.first.calling(res)
		_ = d.s.e.write(fork.ack(d.invite.req.CSeq().SeqNo, "", nil))
		if !d.answered {
			d.s.dialog, d.s.remoteSDP, d.answered = fork, res.Body(), true
		}
	case !res.IsProvisional():
		d.result = &StatusError{res.StatusCode, res.Reason}
	case !d.rang:
		if d.rang = true; d.giveUp {
			_ = d.s.e.cancel(d.invite)
		}
	}
}

// wait runs the mailbox until the INVITE has its final response. A call that is
// given up but answered at the same time is hung up.
func (d *dialling) wait(ctx context.Context) error {
	done := ctx.Done()
	var late <-chan time.Time
	for !d.answered && d.result == nil {
		select {
		case f := <-d.s.box.queue:
			f()
		case <-done:
			done, late = nil, time.After(patience)
			if d.giveUp = true; d.rang {
				_ = d.s.e.cancel(d.invite)
			}
		case <-late:
			return ctx.Err()
		}
	}
	if !d.giveUp {
		return d.result
	}
	if d.answered {
		d.s.Run(ctx) // ctx has ended: this hangs up
	}
	return ctx.Err()
}

// Accept answers an invitation with an SDP answer and returns the session.
func (in *Invitation) Accept(answer []byte) *Session {
	s := &Session{e: in.endpoint, box: in.box, dialog: in.dialog, invite: in, localSDP: answer, remoteSDP: in.Body()}
	handle := s.request
	in.handle.Store(&handle)
	in.accept(answer, func() { s.over = true })
	return s
}

// Ring tells the caller that the phone rings.
func (in *Invitation) Ring() { in.respond(180, "Ringing", nil) }

// RemoteSDP is the other side's offer or answer.
func (s *Session) RemoteSDP() []byte { return s.remoteSDP }

// Run keeps the session until the far end hangs up (true) or ctx ends, which
// hangs up (false).
func (s *Session) Run(ctx context.Context) (farEnd bool) {
	done := ctx.Done()
	for !s.over {
		select {
		case f := <-s.box.queue:
			f()
		case <-done:
			done = nil
			s.hangUp()
		}
	}
	if s.invite == nil {
		s.forget()
	}
	return s.byRemote
}

func (s *Session) forget() {
	s.forgotten.Do(func() {
		s.e.unregister(s.dialog.key())
		close(s.box.over)
	})
}

func (s *Session) hangUp() {
	s.box.after(goodbye, func() { s.over = true })
	_, err := s.e.send(s.box, s.dialog.request(msg.BYE, "", nil), func(res *msg.Response) {
		s.over = s.over || res == nil || !res.IsProvisional()
	})
	if err != nil {
		s.over = true
	}
}

// request answers what the far end asks inside the dialog.
func (s *Session) request(in *inbound) {
	defer in.done()
	if in.req.IsAck() {
		if s.invite != nil {
			s.invite.gotACK()
		}
		return
	}
	if status := s.dialog.accept(in.req); status != 0 {
		_ = in.respond(status, reasonPhrase(status), nil)
		return
	}
	switch in.req.Method {
	case msg.BYE:
		_ = in.respond(200, "OK", nil)
		s.over, s.byRemote = true, true
	case msg.INVITE, msg.UPDATE: // the far end moved or put us on hold: our side stays
		_ = in.respond(200, "OK", s.localSDP, &msg.ContactHeader{Address: s.dialog.contact}, msg.NewHeader("Content-Type", "application/sdp"))
	default:
		_ = in.respond(200, "OK", nil)
	}
}
