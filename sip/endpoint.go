package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
)

// Config says where the endpoint listens and what it calls itself.
type Config struct {
	// UDP and TCP are listen addresses; "" leaves a transport out. Default: both
	// on 127.0.0.1:5060.
	UDP, TCP string
	// Advertise is the host that peers reach us at, for Via and Contact. Default:
	// the listen host, or the host's own address where that is unspecified.
	Advertise string
	// UserAgent is sent in every message. Default "Sidetone".
	UserAgent string
}

// Handler takes new calls.
type Handler interface {
	// Incoming runs in a goroutine of its own for each new INVITE and owns the
	// invitation until it returns; an invitation that was neither bridged,
	// accepted nor refused by then is refused with 500.
	Incoming(ctx context.Context, in *Invitation)
}

// Endpoint is the gateway's (or a simulated phone's) SIP address. It owns the
// listening sockets and finds the dialog a message belongs to.
type Endpoint struct {
	config  Config
	log     *zap.Logger
	ua      *sipgo.UserAgent
	server  *sipgo.Server
	client  *sipgo.Client
	udp     net.PacketConn
	tcp     net.Listener
	host    string
	port    int
	handler Handler
	ready   chan struct{} // closed once the UDP socket may be sent from

	mu      sync.Mutex
	dialogs map[string]*owner // by dialogKey
	closing bool              // nothing may start any more that does not belong to what runs
	active  int               // calls and transactions under way
	running sync.WaitGroup    // the same, to wait for
}

// owner is the signalling goroutine a dialog belongs to.
type owner struct {
	box     *mailbox
	request func(*inbound) // runs in the owner's goroutine
}

// inbound is a request inside a dialog. Whoever handles it answers it through
// tx, then calls done; the transaction lives until then.
type inbound struct {
	dialogKey string
	req       *msg.Request
	tx        msg.ServerTransaction
	finished  chan struct{}
	once      sync.Once
}

func (in *inbound) done() { in.once.Do(func() { close(in.finished) }) }

// respond sends a final answer and is done.
func (in *inbound) respond(status int, reason string, body []byte, headers ...msg.Header) error {
	defer in.done()
	res := msg.NewResponseFromRequest(in.req, status, reason, body)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	return in.tx.Respond(res)
}

// Listen opens the sockets; Serve starts answering on them.
func Listen(c Config, log *zap.Logger) (*Endpoint, error) {
	if c.UDP == "" && c.TCP == "" {
		c.UDP, c.TCP = "127.0.0.1:5060", "127.0.0.1:5060"
	}
	if c.UserAgent == "" {
		c.UserAgent = "Sidetone"
	}
	e := &Endpoint{config: c, log: log, dialogs: map[string]*owner{}, ready: make(chan struct{})}
	if err := e.open(); err != nil {
		e.closeSockets()
		return nil, err
	}
	quiet := slog.New(zapslog.NewHandler(quietCore{log.Core()}, zapslog.WithName("sipgo")))
	var err error
	e.ua, err = sipgo.NewUA(sipgo.WithUserAgent(c.UserAgent), sipgo.WithUserAgentHostname(e.host),
		sipgo.WithUserAgentTransportLayerOptions(msg.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(msg.WithTransactionLayerLogger(quiet)))
	if err == nil {
		e.server, err = sipgo.NewServer(e.ua, sipgo.WithServerLogger(quiet))
	}
	if err == nil {
		e.client, err = sipgo.NewClient(e.ua, sipgo.WithClientHostname(e.host), sipgo.WithClientPort(e.port), sipgo.WithClientNAT(), sipgo.WithClientLogger(quiet))
	}
	if err != nil {
		e.closeSockets()
		return nil, fmt.Errorf("sip: %w", err)
	}
	return e, nil
}

// Close frees the sockets of an endpoint that was never served; after Serve
// there is nothing left to do.
func (e *Endpoint) Close() { e.closeSockets() }

// Addr is host:port of the endpoint as peers see it.
func (e *Endpoint) Addr() string {
	return net.JoinHostPort(strings.Trim(e.host, "[]"), fmt.Sprint(e.port))
}

// Host is the address for Via, Contact and, unless configured apart, media.
func (e *Endpoint) Host() string { return e.host }

func (e *Endpoint) contact(user, transport string) msg.Uri {
	u := msg.Uri{Scheme: "sip", User: user, Host: e.host, Port: e.port}
	if strings.EqualFold(transport, "TCP") {
		u.UriParams = msg.NewParams()
		u.UriParams.Add("transport", "tcp")
	}
	return u
}

// Serve answers until ctx ends, then waits for the calls that run (their
// contexts have ended too) and closes the sockets.
func (e *Endpoint) Serve(ctx context.Context, h Handler) error {
	e.handler = h
	e.server.OnInvite(func(r *msg.Request, tx msg.ServerTransaction) { e.onInvite(ctx, r, tx) })
	e.server.OnAck(e.inDialog)
	e.server.OnBye(e.inDialog)
	e.server.OnCancel(func(r *msg.Request, tx msg.ServerTransaction) { reply(r, tx, 481, "Call/Transaction Does Not Exist") })
	e.server.OnOptions(e.onOptions)
	for _, m := range []msg.RequestMethod{msg.UPDATE, msg.INFO, msg.MESSAGE, msg.REFER, msg.NOTIFY} {
		e.server.OnRequest(m, e.inDialog)
	}
	e.server.OnNoRoute(func(r *msg.Request, tx msg.ServerTransaction) {
		reply(r, tx, 405, "Method Not Allowed", allow())
	})
	errs := make(chan error, 2)
	var serving sync.WaitGroup
	if e.udp != nil {
		serving.Go(func() { errs <- e.server.ServeUDP(e.udp) })
	}
	if e.tcp != nil {
		serving.Go(func() { errs <- e.server.ServeTCP(e.tcp) })
	}
	e.awaitSockets(ctx)
	var err error
	select {
	case <-ctx.Done():
	case err = <-errs:
	}
	e.mu.Lock()
	e.closing = true
	e.mu.Unlock()
	e.running.Wait()
	e.closeSockets()
	e.ua.Close()
	serving.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("sip: %w", err)
	}
	return nil
}

// awaitSockets waits until sipgo knows the UDP socket, which it learns inside
// ServeUDP without telling; sending earlier would try to bind the port again.
func (e *Endpoint) awaitSockets(ctx context.Context) {
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for e.udp != nil {
		if c, err := e.server.TransportLayer().GetConnection("udp", e.udp.LocalAddr().String()); err == nil && c != nil {
			break
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
	close(e.ready)
}

func allow() msg.Header {
	return msg.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, REFER, NOTIFY, MESSAGE")
}

func reply(r *msg.Request, tx msg.ServerTransaction, status int, reason string, headers ...msg.Header) {
	if r.IsAck() {
		return // an ACK is never answered
	}
	res := msg.NewResponseFromRequest(r, status, reason, nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	_ = tx.Respond(res) // a peer that is gone will ask again or not
}

func (e *Endpoint) onOptions(r *msg.Request, tx msg.ServerTransaction) {
	reply(r, tx, 200, "OK", allow(), msg.NewHeader("Accept", "application/sdp"), msg.NewHeader("Server", e.config.UserAgent))
}

// onInvite tells a new call from a re-INVITE and holds the transaction open
// while the call is being set up.
func (e *Endpoint) onInvite(ctx context.Context, r *msg.Request, tx msg.ServerTransaction) {
	if to := r.To(); to != nil && to.Params.Has("tag") {
		e.inDialog(r, tx)
		return
	}
	if mf := r.MaxForwards(); mf != nil && mf.Val() == 0 {
		reply(r, tx, 483, "Too Many Hops")
		return
	}
	if req := r.GetHeader("Require"); req != nil {
		reply(r, tx, 420, "Bad Extension", msg.NewHeader("Unsupported", req.Value()))
		return
	}
	user := ""
	if to := r.To(); to != nil {
		user = to.Address.User
	}
	d, err := answering(r, e.contact(user, r.Transport()), e.config.UserAgent)
	if err != nil {
		reply(r, tx, 400, "Bad Request")
		return
	}
	in := newInvitation(e, d, r, tx)
	if !e.register(d.key(), &owner{in.box, in.request}) {
		reply(r, tx, 482, "Loop Detected")
		return
	}
	defer in.finish()
	if e.handler == nil { // a phone that only calls
		in.Refuse(480, "Temporarily Unavailable")
		return
	}
	if ctx.Err() != nil || !e.enter() {
		in.Refuse(503, "Service Unavailable", msg.NewHeader("Retry-After", "10"))
		return
	}
	defer e.leave()
	e.handler.Incoming(ctx, in)
}

// enter counts one more thing that Serve has to wait for. While Serve is ending
// only what runs may start more (the BYE of a call that is cut off).
func (e *Endpoint) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing && e.active == 0 {
		return false
	}
	e.active++
	e.running.Add(1)
	return true
}

func (e *Endpoint) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.active--
	e.running.Done()
}

// inDialog posts a request to the goroutine of its dialog and waits until that
// has answered, because sipgo ends the transaction when this returns.
func (e *Endpoint) inDialog(r *msg.Request, tx msg.ServerTransaction) {
	tag := ""
	if to := r.To(); to != nil {
		tag, _ = to.Params.Get("tag")
	}
	id := r.CallID()
	if id == nil || tag == "" {
		reply(r, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	key := dialogKey(id.Value(), tag)
	e.mu.Lock()
	o := e.dialogs[key]
	e.mu.Unlock()
	if o == nil {
		reply(r, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	in := &inbound{dialogKey: key, req: r, tx: tx, finished: make(chan struct{})}
	if !o.box.post(func() { o.request(in) }) {
		reply(r, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	select {
	case <-in.finished:
	case <-o.box.over:
		select {
		case <-in.finished:
		default:
			reply(r, tx, 481, "Call/Transaction Does Not Exist")
		}
	case <-time.After(64 * msg.T1): // the transaction has timed out at the peer
	}
}

func (e *Endpoint) register(key string, o *owner) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, taken := e.dialogs[key]; taken {
		return false
	}
	e.dialogs[key] = o
	return true
}

func (e *Endpoint) unregister(key string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.dialogs, key)
}

// Dialogs is how many dialogs are alive.
func (e *Endpoint) Dialogs() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.dialogs)
}
