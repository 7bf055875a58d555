package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
	"go.uber.org/zap"
)

// Why a live connection was closed, in the range left to applications
// (RFC 6455 section 7.4.2).
const (
	closeTooSlow   websocket.StatusCode = 4008 // reconnect from the number named
	closeSignedOut websocket.StatusCode = 4401 // sign in again
)

const (
	// watchQueue bounds what one browser may lag behind in memory.
	watchQueue = 256
	// batch is how many events go into one message at most.
	batch = 64
)

var errTooSlow = errors.New("the browser takes events too slowly")

func (s *Server) liveRoutes() {
	s.router.Get("/api/live", s.counted(s.board))
	s.router.Get("/api/calls/{id}/live", s.counted(s.watch))
	for path, about := range map[string]string{
		"/api/live": `WebSocket: the calls you may see, as they change: {"calls":[…changed…],"gone":[ids],"full":true at first}`,
		"/api/calls/{id}/live": `WebSocket: the call's events, past and live: {"events":[…]}; ?from=N is the first number wanted; ` +
			`closed with 1000 after the last one, 4008 when the browser was too slow (reconnect), 4401 when signed out`,
	} {
		op := route{http.MethodGet, path, "", about, seeCalls}.operation()
		op.Responses = map[string]*huma.Response{"101": {Description: "Switching protocols"}}
		if path != "/api/live" {
			str, num := &huma.Schema{Type: "string"}, &huma.Schema{Type: "integer"}
			op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: str}, {Name: "from", In: "query", Schema: num}}
		}
		s.api.OpenAPI().AddOperation(&op)
	}
}

// counted lets Serve wait for live connections, which net/http forgets about.
func (s *Server) counted(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.open.Add(1)
		defer s.open.Done()
		next(w, r)
	}
}

// accept checks the caller and makes the connection. The returned context ends
// when the browser leaves or the server stops.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) (*websocket.Conn, context.Context, bool) {
	who := caller(r.Context())
	if who.Role == "" {
		writeProblem(w, http.StatusUnauthorized, needSignIn)
		return nil, nil, false
	}
	conn, err := websocket.Accept(w, r, nil) // refuses another site's Origin, and answers itself
	if err != nil {
		s.cfg.Log.Debug("websocket refused", zap.Error(err))
		return nil, nil, false
	}
	conn.SetReadLimit(1024) // the browser has nothing to say
	// A context that is over would cut the connection under the reader; the
	// stop of the server must leave it open for the goodbye.
	ctx, cancel := context.WithCancel(conn.CloseRead(context.WithoutCancel(r.Context())))
	context.AfterFunc(r.Context(), cancel)
	return conn, ctx, true
}

// stillIn looks again, on each heartbeat, whether the caller may be here: a
// person who was switched off must not go on watching.
func (s *Server) stillIn(r *http.Request, who store.User) bool {
	now, err := s.identify(r)
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	return err != nil || (now.Name == who.Name && now.Role == who.Role) // a busy store throws nobody out
}

func (s *Server) board(w http.ResponseWriter, r *http.Request) {
	conn, ctx, ok := s.accept(w, r)
	if !ok {
		return
	}
	defer conn.CloseNow()
	who := caller(r.Context())
	tick := time.NewTicker(s.cfg.BoardEvery)
	defer tick.Stop()
	shown := map[call.ID][]byte{}
	news := boardNews(s.cfg.Live.Calls(), who, shown)
	news.Full = true
	last := s.cfg.Now()
	for {
		now := s.cfg.Now()
		if beat := now.Sub(last) >= s.cfg.Heartbeat; news.any() || beat {
			if beat && !s.stillIn(r, who) {
				_ = conn.Close(closeSignedOut, "sign in again") // it may be gone already
				return
			}
			last = now
			if !s.send(ctx, conn, news) {
				return
			}
		}
		select {
		case <-tick.C:
			news = boardNews(s.cfg.Live.Calls(), who, shown)
		case <-ctx.Done():
			_ = conn.Close(websocket.StatusGoingAway, "the gateway is stopping") // or the browser left
			return
		}
	}
}

type boardMessage struct {
	Calls []json.RawMessage `json:"calls"`
	Gone  []call.ID         `json:"gone"`
	Full  bool              `json:"full,omitempty"`
}

func (m boardMessage) any() bool { return m.Full || len(m.Calls)+len(m.Gone) > 0 }

// boardNews returns what changed since shown, which it brings up to date. The
// running duration is no change: the page counts it from "answered".
func boardNews(calls []LiveCall, who store.User, shown map[call.ID][]byte) boardMessage {
	m := boardMessage{Calls: []json.RawMessage{}, Gone: []call.ID{}}
	here := map[call.ID]bool{}
	for _, c := range calls {
		if !may(who, seeCalls, c.Agent) {
			continue
		}
		here[c.ID] = true
		c.Duration = 0
		line, err := json.Marshal(c)
		if err != nil || bytes.Equal(line, shown[c.ID]) {
			continue // a summary always marshals
		}
		shown[c.ID] = line
		m.Calls = append(m.Calls, line)
	}
	for id := range shown {
		if !here[id] {
			delete(shown, id)
			m.Gone = append(m.Gone, id)
		}
	}
	return m
}

// send writes one message; a browser that does not take it in time is dropped.
func (s *Server) send(ctx context.Context, conn *websocket.Conn, message any) bool {
	line, err := json.Marshal(message)
	if err == nil {
		err = s.put(ctx, conn, line)
	}
	return err == nil
}

// lastMessage is how long a message under way may still take when the
// connection is to end.
const lastMessage = time.Second

// put writes one message. The end of ctx does not cut it off in the middle: that
// would break the connection before it could be told why it ends.
func (s *Server) put(ctx context.Context, conn *websocket.Conn, line []byte) error {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*s.cfg.Stall)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastMessage, cancel) })()
	return conn.Write(writing, websocket.MessageText, line)
}

func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	who := caller(r.Context())
	if who.Role == "" {
		writeProblem(w, http.StatusUnauthorized, needSignIn)
		return
	}
	from, err := strconv.ParseUint(r.URL.Query().Get("from"), 10, 63)
	if err != nil && r.URL.Query().Get("from") != "" {
		writeProblem(w, http.StatusUnprocessableEntity, "from is the number of an event: 1 or more")
		return
	}
	c, err := s.callOf(r.Context(), who, seeCalls, chi.URLParam(r, "id"))
	if err != nil {
		s.writeError(w, err)
		return
	}
	conn, ctx, ok := s.accept(w, r)
	if !ok {
		return
	}
	defer conn.CloseNow()
	v := &viewer{s: s, conn: conn, request: r, who: who, call: c, next: max(from, 1),
		queue: make(chan call.Event, watchQueue)}
	v.run(ctx)
}

// viewer carries one call's events to one browser: one goroutine takes them
// from the gateway into a bounded queue, the other writes them out.
type viewer struct {
	s       *Server
	conn    *websocket.Conn
	request *http.Request
	who     store.User
	call    LiveCall
	next    uint64 // first number not written yet; writer only
	queue   chan call.Event
	slow    atomic.Bool
}

func (v *viewer) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	taking := make(chan error, 1)
	go func() {
		defer close(v.queue)
		taking <- v.take(ctx, v.next, cancel)
	}()
	written := v.write(ctx)
	if written != nil {
		cancel()
	}
	taken := <-taking
	for range v.queue { // what nobody wants any more
	}
	v.bye(taken, written)
}

// take fills the queue. When the queue stays full for Stall the viewer is too
// slow; the writer then has as long again to finish its message and say so.
func (v *viewer) take(ctx context.Context, from uint64, cancel context.CancelFunc) error {
	sink := func(e call.Event) error {
		from = e.Seq + 1
		if !visible(v.who, v.call, e) {
			return nil
		}
		select {
		case v.queue <- e:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		full := time.NewTimer(v.s.cfg.Stall)
		defer full.Stop()
		select {
		case v.queue <- e:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-full.C:
			v.slow.Store(true)
			time.AfterFunc(v.s.cfg.Stall, cancel)
			return errTooSlow
		}
	}
	err := v.s.cfg.Live.Watch(ctx, v.call.ID, from, sink)
	if errors.Is(err, ErrNotLive) { // finished, perhaps this very moment
		err = v.s.cfg.Store.Events(ctx, v.call.ID, from, sink)
	}
	return err
}

// write empties the queue in batches until it is closed, and keeps an idle
// connection alive.
func (v *viewer) write(ctx context.Context) error {
	beat := time.NewTicker(v.s.cfg.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case e, open := <-v.queue:
			if !open || v.slow.Load() {
				return nil
			}
			if err := v.push(ctx, e); err != nil {
				return err
			}
		case <-beat.C:
			if !v.s.stillIn(v.request, v.who) {
				return errSignedOut
			}
			if err := v.s.put(ctx, v.conn, []byte(`{"events":[]}`)); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var errSignedOut = errors.New("signed out")

// push writes first and what else waits in the queue.
func (v *viewer) push(ctx context.Context, first call.Event) error {
	events, last := append(make([]call.Event, 0, batch), first), first.Seq
	for more := true; more && len(events) < batch; {
		select {
		case e, open := <-v.queue:
			if more = open; open {
				events, last = append(events, e), e.Seq
			}
		default:
			more = false
		}
	}
	line, err := json.Marshal(struct {
		Events []call.Event `json:"events"`
	}{events})
	if err != nil {
		return err
	}
	if err := v.s.put(ctx, v.conn, line); err != nil {
		return err
	}
	v.next = last + 1
	return nil
}

// bye tells the browser why it is over, where it still listens.
func (v *viewer) bye(taken, written error) {
	code, why := websocket.StatusGoingAway, "the gateway is stopping"
	switch {
	case v.slow.Load():
		code, why = closeTooSlow, fmt.Sprintf("this page was too slow: reconnect with from=%d", v.next)
		v.s.cfg.Log.Info("slow browser dropped", zap.String("call", string(v.call.ID)),
			zap.String("user", v.who.Name), zap.Uint64("next", v.next))
	case errors.Is(written, errSignedOut):
		code, why = closeSignedOut, "sign in again"
	case taken == nil:
		code, why = websocket.StatusNormalClosure, "the call is over"
	case !errors.Is(taken, context.Canceled):
		code, why = websocket.StatusInternalError, "the events stopped: reconnect"
		v.s.cfg.Log.Warn("live events stopped", zap.String("call", string(v.call.ID)), zap.Error(taken))
	}
	_ = v.conn.Close(code, why) // it may be gone already
}
