package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/web"
	"go.uber.org/zap/zaptest"
)

// dial opens a live connection as that user.
func (s *site) dial(path, as string) *websocket.Conn {
	s.t.Helper()
	conn, _, err := websocket.Dial(s.t.Context(), "ws://console.test"+path, &websocket.DialOptions{HTTPClient: s.Client(),
		HTTPHeader: http.Header{"Authorization": {"Bearer " + s.tokens[as]}}})
	s.must(err)
	conn.SetReadLimit(1 << 20)
	s.t.Cleanup(func() { conn.CloseNow() })
	return conn
}

// next reads one message of events.
func next(ctx context.Context, conn *websocket.Conn) ([]call.Event, error) {
	_, b, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	var m struct{ Events []call.Event }
	return m.Events, json.Unmarshal(b, &m)
}

// readAll reads until the connection is closed.
func readAll(t *testing.T, conn *websocket.Conn) (got []call.Event, code websocket.StatusCode) {
	t.Helper()
	for {
		events, err := next(t.Context(), conn)
		if err != nil {
			return got, websocket.CloseStatus(err)
		}
		got = append(got, events...)
	}
}

func utterance(i int) call.Body {
	return call.Utterance{Party: call.Customer, Text: fmt.Sprint("line ", i)}
}

// A page that comes and goes sees every event once, in order.
func TestResumeWithoutGap(t *testing.T) {
	s := newSite(t)
	s.live("c1", "mei", call.Started{Call: "c1"})
	const total = 3000
	go func() {
		for i := range total - 2 {
			s.gateway.say("c1", utterance(i))
		}
		s.gateway.say("c1", call.Ended{Ending: call.EndAgentHungUp})
	}()
	from, visits := uint64(1), 0
	for from <= total {
		visits++
		conn := s.dial(fmt.Sprintf("/api/calls/c1/live?from=%d", from), "mei")
		for reads := 0; reads < 5; reads++ { // leave after a few messages
			events, err := next(t.Context(), conn)
			if websocket.CloseStatus(err) == websocket.StatusNormalClosure && from == total+1 {
				break
			}
			s.must(err)
			for _, e := range events {
				if e.Seq != from {
					t.Fatalf("event %d came where %d was due", e.Seq, from)
				}
				from++
			}
		}
		conn.CloseNow()
	}
	if visits < 2 {
		t.Errorf("the page never came back: %d visits", visits)
	}
}

func TestFinishedCallIsReadFromTheStore(t *testing.T) {
	s := newSite(t)
	s.finished("c1", "mei")
	got, code := readAll(t, s.dial("/api/calls/c1/live?from=100", "quinn"))
	if len(got) != 501 || code != websocket.StatusNormalClosure {
		t.Errorf("%d events, closed with %d", len(got), code)
	}
}

// What belongs to the agent reaches nobody else.
func TestPrivateReachesTheAgentAlone(t *testing.T) {
	s := newSite(t)
	secret := []call.Body{
		call.Stress{Party: call.Agent, Tension: 0.9}, call.Moment{ID: "tense", Private: true},
		call.Advice{ID: "p", Line: "breathe", Private: true}, call.Whisper{Text: "breathe", Private: true},
		call.Held{Private: true}, call.Feedback{Advice: "p", Private: true},
	}
	log := append([]call.Body{call.Started{Call: "c1"}}, secret...)
	log = append(log, call.Stress{Party: call.Customer, Anger: 0.8}, call.Ended{Ending: call.EndAgentHungUp})
	s.live("c1", "mei", log...)
	for who, want := range map[string]int{"mei": len(log), "sue": 3, "quinn": 3, "tara": 3, "ada": 3} {
		got, _ := readAll(t, s.dial("/api/calls/c1/live", who))
		if len(got) != want {
			t.Errorf("%s got %d events, want %d", who, len(got), want)
		}
		for _, e := range got {
			if e.Private() && who != "mei" {
				t.Errorf("%s got private %+v", who, e)
			}
		}
	}
	s.wants(404, "GET", "/api/calls/c1/live", "tom", "")
	s.wants(401, "GET", "/api/calls/c1/live", "", "")
}

// A page that stops reading is dropped, told so once it reads again, and the
// gateway's log is left alone meanwhile.
func TestSlowPageIsDroppedAndToldSo(t *testing.T) {
	s := newSite(t, func(c *web.Config) { c.Stall = 400 * time.Millisecond })
	s.live("c1", "mei", call.Started{Call: "c1"})
	conn := s.dial("/api/calls/c1/live", "mei") // and does not read
	for i := range 1000 {
		s.gateway.say("c1", utterance(i)) // never waits for the page
	}
	if err := <-s.gateway.ended; err == nil || errors.Is(err, context.Canceled) {
		t.Fatalf("the gateway was told %v", err)
	}
	last := uint64(0)
	for {
		events, err := next(t.Context(), conn)
		if err != nil {
			if websocket.CloseStatus(err) != 4008 || !strings.Contains(err.Error(), fmt.Sprintf("from=%d", last+1)) {
				t.Errorf("after event %d the page was told: %v", last, err)
			}
			break
		}
		last = events[len(events)-1].Seq
	}
	if last == 0 || last > 400 {
		t.Errorf("the page got %d events", last)
	}
}

// A page that never reads again costs nothing for long.
func TestDeadPageIsLetGo(t *testing.T) {
	s := newSite(t, func(c *web.Config) { c.Stall = 10 * time.Millisecond })
	s.live("c1", "mei", call.Started{Call: "c1"})
	s.dial("/api/calls/c1/live", "mei")
	for i := range 1000 {
		s.gateway.say("c1", utterance(i))
	}
	if err := <-s.gateway.ended; err == nil {
		t.Error("the gateway was not told")
	} // and no goroutine is left, which TestMain checks
}

func TestBoard(t *testing.T) {
	s := newSite(t)
	s.live("c1", "mei", call.Started{})
	s.live("c2", "tom", call.Started{})
	type message struct {
		Calls []web.LiveCall
		Gone  []call.ID
		Full  bool
	}
	conn, hers := s.dial("/api/live", "sue"), s.dial("/api/live", "mei")
	read := func(conn *websocket.Conn) message {
		t.Helper()
		_, b, err := conn.Read(t.Context())
		s.must(err)
		return decode[message](t, string(b))
	}
	if m := read(conn); len(m.Calls) != 2 || !m.Full {
		t.Fatalf("first message is %+v", m)
	}
	if m := read(hers); len(m.Calls) != 1 || m.Calls[0].Agent != "mei" {
		t.Fatalf("mei's first message is %+v", m)
	}
	s.gateway.change(func() {
		s.gateway.calls[1].Duration = call.Seconds(99) // no news
		s.gateway.calls[1].Escalation = &call.Escalation{Level: 0.9, Raised: true, Why: []string{"asks for the manager"}}
	})
	if m := read(conn); len(m.Calls) != 1 || m.Calls[0].Escalation == nil || m.Calls[0].ID != "c2" || m.Full {
		t.Fatalf("the alert is %+v", m)
	}
	s.gateway.change(func() { s.gateway.calls = s.gateway.calls[:1] })
	if m := read(conn); len(m.Gone) != 1 || m.Gone[0] != "c2" {
		t.Fatalf("the end is %+v", m)
	}
}

func TestSwitchedOffUserStopsWatching(t *testing.T) {
	s := newSite(t, func(c *web.Config) { c.Heartbeat = 5 * time.Millisecond })
	s.live("c1", "mei", call.Started{Call: "c1"})
	conn := s.dial("/api/calls/c1/live", "sue")
	sue, err := s.store.User(t.Context(), "sue")
	s.must(err)
	sue.Disabled = true
	s.must(s.store.PutUser(t.Context(), sue))
	if _, code := readAll(t, conn); code != 4401 {
		t.Errorf("closed with %d", code)
	}
}

// A stopping server says goodbye to open pages and leaves nothing behind.
func TestServeStops(t *testing.T) {
	s := newSite(t)
	s.live("c1", "mei", call.Started{Call: "c1"})
	srv, err := web.New(web.Config{Store: s.store, Live: s.gateway, Log: zaptest.NewLogger(t)})
	s.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, l) }()
	conn, _, err := websocket.Dial(t.Context(), "ws://"+l.Addr().String()+"/api/calls/c1/live",
		&websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + s.tokens["mei"]}}})
	s.must(err)
	defer conn.CloseNow()
	if _, err := next(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, code := readAll(t, conn); code != websocket.StatusGoingAway {
		t.Errorf("the page was told %d", code)
	}
	s.must(<-served)
	http.DefaultClient.CloseIdleConnections()
}
