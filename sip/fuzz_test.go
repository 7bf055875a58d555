package sip

import (
	"net"
	"strings"
	"testing"

	msg "github.com/emiago/sipgo/sip"
)

const sampleInvite = "INVITE sip:alice@192.0.2.5 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK776;rport\r\n" +
	"Record-Route: <sip:p2.example;lr>, <sip:p1.example:5070;lr>\r\n" +
	"From: \"Bob\" <sip:bob@192.0.2.9>;tag=1928\r\nTo: <sip:alice@192.0.2.5>\r\n" +
	"Call-ID: a84b4c@192.0.2.9\r\nCSeq: 314159 INVITE\r\nContact: <sip:bob@10.0.0.9:5062>\r\n" +
	"Max-Forwards: 70\r\nX-Customer: 42\r\nContent-Length: 0\r\n\r\n"

// FuzzDialog: whatever INVITE sipgo accepts, the dialog made of it sends
// requests that parse again, with the dialog's identifiers, rising numbers, and
// an ACK that carries the INVITE's own number.
func FuzzDialog(f *testing.F) {
	f.Add(sampleInvite)
	f.Add(strings.Replace(sampleInvite, ";lr>", ">", 2))
	f.Add(strings.Replace(sampleInvite, "Contact: <sip:bob@10.0.0.9:5062>", "Contact: *", 1))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := msg.ParseMessage([]byte(text))
		if err != nil {
			return
		}
		invite, ok := m.(*msg.Request)
		if !ok || !invite.IsInvite() {
			return
		}
		invite.SetSource("192.0.2.9:5060")
		invite.SetTransport("UDP")
		d, err := answering(invite, msg.Uri{Scheme: "sip", Host: "192.0.2.5", Port: 5060}, "test")
		if err != nil {
			return
		}
		if d.localTag == "" || d.callID != invite.CallID().Value() {
			t.Fatalf("dialog %+v", d)
		}
		first, second := d.request(msg.INVITE, "", nil), d.request(msg.BYE, "", nil)
		ack := d.ack(first.CSeq().SeqNo, "", nil)
		if second.CSeq().SeqNo != first.CSeq().SeqNo+1 || ack.CSeq().SeqNo != first.CSeq().SeqNo {
			t.Fatalf("numbers %d, %d, ACK %d", first.CSeq().SeqNo, second.CSeq().SeqNo, ack.CSeq().SeqNo)
		}
		if _, _, err := net.SplitHostPort(second.Destination()); err != nil {
			t.Fatalf("next hop %q: %v", second.Destination(), err)
		}
		if tag, _ := second.From().Params.Get("tag"); tag != d.localTag {
			t.Fatalf("From tag %q", tag)
		}
		copyHeaders(invite, second)
	})
}

// The route set of a caller is Record-Route backwards, also over several values
// in one header; loose and strict first hops are addressed differently
// (RFC 3261 sections 12.1.2 and 12.2.1.1).
func TestRouteSets(t *testing.T) {
	parse := func(text string) *msg.Request {
		m, err := msg.ParseMessage([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r := m.(*msg.Request)
		r.SetSource("192.0.2.9:5060")
		r.SetTransport("UDP")
		return r
	}
	d, err := answering(parse(sampleInvite), msg.Uri{Scheme: "sip", Host: "192.0.2.5"}, "")
	if err != nil {
		t.Fatal(err)
	}
	bye := d.request(msg.BYE, "", nil)
	if routes := bye.GetHeaders("Route"); len(routes) != 2 || !strings.Contains(routes[0].Value(), "p2.example") || bye.Recipient.Host != "10.0.0.9" {
		t.Errorf("loose: %v to %s", routes, bye.Recipient.Host)
	}
	if bye.Destination() != "p2.example:5060" {
		t.Errorf("loose next hop %s", bye.Destination())
	}
	strict, err := answering(parse(strings.ReplaceAll(sampleInvite, ";lr>", ">")), msg.Uri{Scheme: "sip", Host: "192.0.2.5"}, "")
	if err != nil {
		t.Fatal(err)
	}
	bye = strict.request(msg.BYE, "", nil)
	if routes := bye.GetHeaders("Route"); len(routes) != 2 || !strings.Contains(routes[1].Value(), "10.0.0.9") || bye.Recipient.Host != "p2.example" {
		t.Errorf("strict: %v to %s", routes, bye.Recipient.Host)
	}
}
