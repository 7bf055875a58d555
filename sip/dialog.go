package sip

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	msg "github.com/emiago/sipgo/sip"
)

// dialog is the state of RFC 3261 section 12 and the requests built from it. It
// belongs to one goroutine and does no I/O.
type dialog struct {
	callID            string
	localTag          string
	remoteTag         string
	local, remote     party
	target            msg.Uri   // where the peer wants requests: its Contact
	routes            []msg.Uri // route set, in the order requests carry it
	contact           msg.Uri   // ours
	source            string    // host:port the peer's first message came from
	transport         string    // "UDP", "TCP"
	localSeq          uint32
	remoteSeq         uint32
	remoteSeqKnown    bool
	inviteSeq         uint32 // CSeq of our INVITE that waits for an ACK
	userAgent         string
	confirmed, closed bool
}

// party is a From or To without its tag.
type party struct {
	display string
	uri     msg.Uri
}

// key finds a dialog for an incoming request.
func dialogKey(callID, localTag string) string { return callID + "\x00" + localTag }

func (d *dialog) key() string { return dialogKey(d.callID, d.localTag) }

// answering makes the dialog of a received INVITE (RFC 3261 section 12.1.1).
func answering(invite *msg.Request, contact msg.Uri, userAgent string) (*dialog, error) {
	from, to, id, seq := invite.From(), invite.To(), invite.CallID(), invite.CSeq()
	if from == nil || to == nil || id == nil || seq == nil {
		return nil, fmt.Errorf("INVITE without From, To, Call-ID or CSeq")
	}
	c := invite.Contact()
	if c == nil {
		return nil, fmt.Errorf("INVITE without Contact")
	}
	tag, _ := from.Params.Get("tag")
	d := &dialog{
		callID: id.Value(), localTag: newTag(), remoteTag: tag,
		local:  party{to.DisplayName, to.Address},
		remote: party{from.DisplayName, from.Address},
		target: c.Address, contact: contact, source: invite.Source(),
		transport: invite.Transport(), remoteSeq: seq.SeqNo, remoteSeqKnown: true,
		userAgent: userAgent,
	}
	for _, h := range invite.GetHeaders("Record-Route") {
		d.routes = append(d.routes, routeURIs(h.Value())...)
	}
	return d, nil
}

// calling completes the dialog of a sent INVITE by a response that carries a
// To tag (RFC 3261 section 12.1.2). The early dialog of one fork is a copy.
func (d *dialog) calling(res *msg.Response) *dialog {
	fork := *d
	if to := res.To(); to != nil {
		fork.remoteTag, _ = to.Params.Get("tag")
	}
	if c := res.Contact(); c != nil {
		fork.target = c.Address
	}
	fork.source = res.Source()
	fork.routes = nil
	for _, h := range res.GetHeaders("Record-Route") {
		fork.routes = append(fork.routes, routeURIs(h.Value())...)
	}
	slices.Reverse(fork.routes) // a caller's route set is Record-Route backwards
	return &fork
}

// routeURIs splits "<sip:a;lr>, <sip:b;lr>".
func routeURIs(value string) []msg.Uri {
	var out []msg.Uri
	for value != "" {
		open := strings.IndexByte(value, '<')
		if open < 0 {
			break
		}
		end := strings.IndexByte(value[open:], '>')
		if end < 0 {
			break
		}
		var u msg.Uri
		if err := msg.ParseUri(value[open+1:open+end], &u); err == nil {
			out = append(out, u)
		}
		value = value[open+end+1:]
	}
	return out
}

// request builds the next request inside the dialog (RFC 3261 section 12.2.1.1).
func (d *dialog) request(method msg.RequestMethod, contentType string, body []byte) *msg.Request {
	d.localSeq++
	if method == msg.INVITE {
		d.inviteSeq = d.localSeq
	}
	return d.build(method, d.localSeq, contentType, body)
}

// ack builds the ACK for the 2xx of the INVITE numbered seq: always that
// INVITE's number, whatever was sent since (RFC 3261 section 13.2.2.4).
func (d *dialog) ack(seq uint32, contentType string, body []byte) *msg.Request {
	return d.build(msg.ACK, seq, contentType, body)
}

func (d *dialog) build(method msg.RequestMethod, seq uint32, contentType string, body []byte) *msg.Request {
	recipient, routes := d.target, d.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") {
		// A strict router (RFC 2543) takes the request URI for itself.
		recipient = routes[0]
		routes = append(append([]msg.Uri{}, routes[1:]...), d.target)
	}
	r := msg.NewRequest(method, *recipient.Clone())
	r.SetTransport(d.transport)
	for i := range routes {
		r.AppendHeader(&msg.RouteHeader{Address: routes[i]})
	}
	from := &msg.FromHeader{DisplayName: d.local.display, Address: d.local.uri}
	from.Params.Add("tag", d.localTag)
	to := &msg.ToHeader{DisplayName: d.remote.display, Address: d.remote.uri}
	if d.remoteTag != "" {
		to.Params.Add("tag", d.remoteTag)
	}
	id, maxForwards := msg.CallIDHeader(d.callID), msg.MaxForwardsHeader(70)
	r.AppendHeader(from)
	r.AppendHeader(to)
	r.AppendHeader(&id)
	r.AppendHeader(&msg.CSeqHeader{SeqNo: seq, MethodName: method})
	r.AppendHeader(&maxForwards)
	r.AppendHeader(&msg.ContactHeader{Address: d.contact})
	if d.userAgent != "" {
		r.AppendHeader(msg.NewHeader("User-Agent", d.userAgent))
	}
	if len(body) > 0 {
		r.AppendHeader(msg.NewHeader("Content-Type", contentType))
	}
	r.SetBody(body)
	r.SetDestination(d.nextHop())
	return r
}

// nextHop is the host:port that requests go to. A peer behind NAT names a
// private address in its Contact while its packets come from a public one; then
// the packets are right.
func (d *dialog) nextHop() string {
	hop := d.target
	if len(d.routes) > 0 {
		hop = d.routes[0]
	} else if d.source != "" && private(hop.Host) {
		if host, _, err := net.SplitHostPort(d.source); err == nil && !private(host) {
			return d.source
		}
	}
	return hostPort(hop, d.transport)
}

func hostPort(u msg.Uri, transport string) string {
	port := u.Port
	if port == 0 {
		port = 5060
		if strings.EqualFold(transport, "TLS") {
			port = 5061
		}
	}
	return net.JoinHostPort(strings.Trim(u.Host, "[]"), fmt.Sprint(port))
}

func private(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsPrivate()
}

// accept checks the number of a request inside the dialog and takes over a new
// Contact (target refresh, RFC 3261 section 12.2.2). It returns 0 or the status
// to refuse with.
func (d *dialog) accept(r *msg.Request) int {
	seq := r.CSeq()
	if seq == nil {
		return msg.StatusBadRequest
	}
	if d.remoteSeqKnown && seq.SeqNo <= d.remoteSeq {
		return msg.StatusInternalServerError
	}
	d.remoteSeq, d.remoteSeqKnown = seq.SeqNo, true
	if r.Method == msg.INVITE || r.Method == msg.UPDATE {
		if c := r.Contact(); c != nil {
			d.target = c.Address
		}
	}
	return 0
}

func newTag() string { return msg.GenerateTagN(16) }
