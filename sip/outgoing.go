package sip

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	msg "github.com/emiago/sipgo/sip"
)

// outgoing is one client transaction. Its responses are posted to the call's
// mailbox in order.
type outgoing struct {
	req *msg.Request
	tx  msg.ClientTransaction
}

// connect bounds resolving a name and opening a connection to a peer.
const connect = 5 * time.Second

// send starts a client transaction and posts each response, and once the
// transaction is over without a final response, a nil response.
func (e *Endpoint) send(box *mailbox, r *msg.Request, got func(*msg.Response)) (*outgoing, error) {
	if !e.enter() {
		return nil, errClosing
	}
	tx, err := e.start(r)
	if err != nil {
		e.leave()
		return nil, err
	}
	// A 2xx comes again until the ACK arrives: each is passed on, the owner
	// acknowledges each (RFC 3261 section 13.2.2.4).
	tx.OnRetransmission(func(res *msg.Response) {
		if r.IsInvite() && res.IsSuccess() {
			box.post(func() { got(res) })
		}
	})
	go func() {
		defer e.leave()
		final := false
		for {
			select {
			case res := <-tx.Responses():
				final = final || !res.IsProvisional()
				box.post(func() { got(res) })
			case <-tx.Done():
				if !final {
					box.post(func() { got(nil) })
				}
				return
			case <-box.over:
				tx.Terminate()
				return
			}
		}
	}()
	return &outgoing{r, tx}, nil
}

// errClosing is what a request gets that comes after the endpoint's last call.
var errClosing = errors.New("the endpoint is closing")

// start sends a request once the sockets may be used.
func (e *Endpoint) start(r *msg.Request, options ...sipgo.ClientRequestOption) (msg.ClientTransaction, error) {
	ctx, cancel := context.WithTimeout(context.Background(), connect)
	defer cancel()
	select {
	case <-e.ready:
	case <-ctx.Done():
		return nil, errors.New("the endpoint is not serving")
	}
	e.bind(r)
	return e.client.TransactionRequest(ctx, r, options...)
}

// cancel asks the other side to stop ringing (RFC 3261 section 9.1): same
// request URI, Via, From, To, Call-ID, CSeq number and routes as the INVITE.
func (e *Endpoint) cancel(o *outgoing) error {
	r := msg.NewRequest(msg.CANCEL, *o.req.Recipient.Clone())
	r.SetTransport(o.req.Transport())
	for _, name := range []string{"Via", "Route", "From", "To", "Call-ID"} {
		msg.CopyHeaders(name, o.req, r)
		if name == "Via" {
			for len(r.GetHeaders("Via")) > 1 {
				r.RemoveHeader("Via")
			}
		}
	}
	maxForwards := msg.MaxForwardsHeader(70)
	r.AppendHeader(&maxForwards)
	r.AppendHeader(&msg.CSeqHeader{SeqNo: o.req.CSeq().SeqNo, MethodName: msg.CANCEL})
	r.SetBody(nil)
	r.SetDestination(o.req.Destination())
	if !e.enter() {
		return errClosing
	}
	tx, err := e.start(r, keepVia)
	if err != nil {
		e.leave()
		return err
	}
	go func() {
		defer e.leave()
		defer tx.Terminate()
		select {
		case <-tx.Responses():
		case <-tx.Done():
		case <-o.tx.Done():
		}
	}()
	return nil
}

// write sends an ACK, which has no transaction.
func (e *Endpoint) write(r *msg.Request) error {
	if !e.enter() {
		return errClosing
	}
	defer e.leave()
	e.bind(r)
	return e.client.WriteRequest(r)
}

// bind sends UDP requests from the port we listen on: peers behind NAT and
// strict trunks accept nothing else, and sipgo would open a socket per peer.
func (e *Endpoint) bind(r *msg.Request) {
	if a, ok := localUDP(e.udp); ok && strings.EqualFold(r.Transport(), "UDP") {
		r.Laddr = msg.Addr{IP: a.IP, Port: a.Port}
	}
}

func localUDP(c net.PacketConn) (*net.UDPAddr, bool) {
	if c == nil {
		return nil, false
	}
	a, ok := c.LocalAddr().(*net.UDPAddr)
	return a, ok
}

// keepVia sends a request with exactly the headers it has.
func keepVia(*sipgo.Client, *msg.Request) error { return nil }

// transportOf reads the transport parameter of an address, UDP by default.
func transportOf(u msg.Uri) string {
	if t, ok := u.UriParams.Get("transport"); ok {
		return strings.ToUpper(t)
	}
	if u.Scheme == "sips" {
		return "TLS"
	}
	return "UDP"
}
