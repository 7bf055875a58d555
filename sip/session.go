package sip

import (
	"context"
	"fmt"

	msg "github.com/emiago/sipgo/sip"
)

// Session is an answered call of a phone of ours: a simulated customer, the
// demo's two ends, a test. Run it to keep it alive.
type Session struct {
	e         *Endpoint
	box       *mailbox
	dialog    *dialog
	invite    *Invitation // the call came in, else nil
	dialled   *outgoing
	localSDP  []byte
	remoteSDP []byte
	over      bool
	byRemote  bool
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
	var result error
	answered, rang := false, false
	o, err := e.send(s.box, r, func(res *msg.Response) {
		switch {
		case s.dialled == nil:
		case res == nil:
			result = &StatusError{408, "no response"}
		case res.IsSuccess():
			s.dialog = d.calling(res)
			_ = e.write(s.dialog.ack(r.CSeq().SeqNo, "", nil))
			if !answered {
				s.remoteSDP, answered = res.Body(), true
			}
		case res.IsProvisional():
			rang = true
		default:
			result = &StatusError{res.StatusCode, res.Reason}
		}
	})
	if err != nil {
		s.forget()
		return nil, fmt.Errorf("call %s: %w", t.URI.String(), err)
	}
	s.dialled = o
	done := ctx.Done()
	for !answered && result == nil {
		select {
		case f := <-s.box.queue:
			f()
		case <-done:
			done = nil
			if result = ctx.Err(); rang {
				_ = e.cancel(o)
			}
		}
	}
	if result != nil {
		s.forget()
		return nil, result
	}
	return s, nil
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
	s.e.unregister(s.dialog.key())
	close(s.box.over)
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
