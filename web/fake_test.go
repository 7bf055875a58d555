package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/store/storetest"
	"github.com/sidetone/sidetone/web"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway is a Live that keeps logs in memory, as the real one does.
type gateway struct {
	mu     sync.Mutex
	grown  chan struct{} // closed and replaced when anything changed
	calls  []web.LiveCall
	logs   map[call.ID][]call.Event
	acts   []string
	ended  chan error // what each Watch returned
	refuse error
}

func newGateway() *gateway {
	return &gateway{grown: make(chan struct{}), logs: map[call.ID][]call.Event{}, ended: make(chan error, 100)}
}

func (g *gateway) change(do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do()
	close(g.grown)
	g.grown = make(chan struct{})
}

func (g *gateway) start(c web.LiveCall) { g.change(func() { g.calls = append(g.calls, c) }) }

func (g *gateway) say(id call.ID, bodies ...call.Body) {
	g.change(func() {
		for _, b := range bodies {
			seq := uint64(len(g.logs[id]) + 1)
			g.logs[id] = append(g.logs[id], call.Event{Seq: seq, At: call.Seconds(float64(seq)), Body: b})
		}
	})
}

func (g *gateway) Calls() []web.LiveCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]web.LiveCall(nil), g.calls...)
}

func (g *gateway) Watch(ctx context.Context, id call.ID, from uint64, sink func(call.Event) error) (err error) {
	defer func() { g.ended <- err }()
	for {
		g.mu.Lock()
		log, known := g.logs[id]
		grown := g.grown
		g.mu.Unlock()
		if !known {
			return web.ErrNotLive
		}
		for ; from <= uint64(len(log)); from++ {
			if err := sink(log[from-1]); err != nil {
				return err
			}
			if _, over := log[from-1].Body.(call.Ended); over {
				return nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *gateway) Act(_ context.Context, id call.ID, by string, a web.Action) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acts = append(g.acts, fmt.Sprintf("%s %s %T%+v", id, by, a, a))
	return g.refuse
}

// drills is a training ground that remembers its orders.
type drills struct{ orders []web.Order }

func (d *drills) Scenarios(context.Context) ([]web.Scenario, error) {
	return []web.Scenario{{ID: "late-parcel", Title: "Late parcel", Description: "Anna Berger waits for a coffee machine since nine days. She is polite until she hears the word “unfortunately”.", Language: "en", Difficulty: "hard", Minutes: 4}}, nil
}

func (d *drills) Start(_ context.Context, o web.Order) (web.SimulationRun, error) {
	if o.Scenario != "late-parcel" {
		return web.SimulationRun{}, fmt.Errorf("scenario %q: %w", o.Scenario, web.ErrUnknown)
	}
	d.orders = append(d.orders, o)
	return web.SimulationRun{ID: "r1", Scenario: o.Scenario, Trainee: o.Trainee, State: "ringing"}, nil
}

func (d *drills) Runs(_ context.Context, trainee string, _ int) ([]web.SimulationRun, error) {
	score := 71.0
	all := []web.SimulationRun{
		{ID: "r1", Trainee: "mei", Title: "Late parcel", Call: "finished1", State: "finished", Started: storetest.Noon(), Score: &score,
			Conclusion: "You stayed calm and gave a date. Next time say sorry once, early."},
		{ID: "r2", Trainee: "tom", Title: "Late parcel", State: "failed", Started: storetest.Noon(),
			Reason: "the phone at sip:tom@10.0.0.5 did not answer: check that it is registered"}}
	kept := all[:0:0]
	for _, r := range all {
		if trainee == "" || r.Trainee == trainee {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// site is a whole server with one user per role, each with a token.
type site struct {
	*httptest.Server
	t       *testing.T
	store   *store.SQLite
	gateway *gateway
	drills  *drills
	clock   time.Time
	tokens  map[string]string // user name -> token
}

const goodPassword = "correct horse battery"

func newSite(t *testing.T, tune ...func(*web.Config)) *site {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, store: st, gateway: newGateway(), drills: &drills{}, clock: storetest.Noon(), tokens: map[string]string{}}
	for name, role := range map[string]store.Role{"mei": store.RoleAgent, "tom": store.RoleAgent, "sue": store.RoleSupervisor,
		"quinn": store.RoleQC, "tara": store.RoleTrainer, "ada": store.RoleAdmin} {
		s.must(st.PutUser(t.Context(), store.User{Name: name, Display: name, Role: role,
			Address: "sip:" + name + "@10.0.0.5", Created: s.clock}))
		s.tokens[name], _, err = st.AddToken(t.Context(), store.Token{Role: role, User: name, Created: s.clock})
		s.must(err)
	}
	s.must(st.SetPassword(t.Context(), "mei", goodPassword))
	cfg := web.Config{Store: st, Live: s.gateway, Log: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)), Simulations: s.drills,
		Metrics: prometheus.NewRegistry(), BoardEvery: 2 * time.Millisecond,
		Now: func() time.Time { return s.clock }, Console: fstest.MapFS{"index.html": {Data: []byte("page __CSP_NONCE__")},
			"assets/app-1.js": {Data: []byte("x")}},
		Health: func() []call.Part { return []call.Part{{Name: "voice", Why: "flite is not at /usr/bin/flite"}} }}
	for _, f := range tune {
		f(&cfg)
	}
	srv, err := web.New(cfg)
	s.must(err)
	s.Server = httptest.NewUnstartedServer(srv.Handler())
	l := newPipeListener()
	s.Server.Listener = l
	s.Server.Start()
	s.Server.Client().Transport = l.transport()
	s.URL = "http://console.test"
	t.Cleanup(func() {
		l.closeIdle()
		s.Server.Close()
		s.must(st.Close())
	})
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// finished puts a call that is over, with a log and a report.
func (s *site) finished(id call.ID, agent string) {
	s.t.Helper()
	sum := storetest.LiveCall(id, agent, s.clock)
	sum.State, sum.Ending = call.Finished, call.EndAgentHungUp
	s.must(s.store.PutCall(s.t.Context(), sum))
	s.must(s.store.Append(s.t.Context(), id, storetest.Talk(id, 600)...))
}

// live starts a call in the gateway and in the store.
func (s *site) live(id call.ID, agent string, bodies ...call.Body) {
	s.t.Helper()
	sum := storetest.LiveCall(id, agent, s.clock)
	s.must(s.store.PutCall(s.t.Context(), sum))
	s.gateway.say(id, bodies...)
	s.gateway.start(web.LiveCall{Summary: sum})
}

// do sends one request and returns status, headers and body.
func (s *site) do(method, path, as, body string, headers ...string) (int, http.Header, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, bytes.NewReader([]byte(body)))
	s.must(err)
	if as != "" {
		req.Header.Set("Authorization", "Bearer "+s.tokens[as])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.Client().Do(req)
	s.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	s.must(err)
	return res.StatusCode, res.Header, string(b)
}

// wants sends a request and checks the status; it returns the body.
func (s *site) wants(status int, method, path, as, body string, headers ...string) string {
	s.t.Helper()
	got, h, answer := s.do(method, path, as, body, headers...)
	if got != status {
		s.t.Fatalf("%s %s as %q: status %d, want %d: %s", method, path, as, got, status, answer)
	}
	if got >= 400 && h.Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("%s %s: a %d as %s", method, path, got, h.Get("Content-Type"))
	}
	return answer
}

func decode[T any](t *testing.T, doc string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}

// pipeListener connects clients in memory: a pipe holds nothing, so a client
// that does not read makes the server's write wait at once.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	idle  *http.Transport
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (l *pipeListener) closeIdle()     { l.idle.CloseIdleConnections() }

func (l *pipeListener) transport() *http.Transport {
	l.idle = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case l.conns <- there:
			return here, nil
		case <-l.done:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	return l.idle
}
