package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/web/console"
	"go.uber.org/zap"
)

const (
	// maxBody is more than any request of this API needs.
	maxBody = 64 << 10
	// readTimeout bounds a request's headers and body, not its answer.
	readTimeout = 15 * time.Second
	// drain is how long a stopping server waits for answers in progress.
	drain = 5 * time.Second
)

// Config is what a Server needs. Store, Live and Log are required.
type Config struct {
	Store Store
	Live  Live
	Log   *zap.Logger

	// Simulations is the training ground; nil: there is none, and the pages say so.
	Simulations Simulations
	// Health returns the parts of the gateway and whether they are on; nil: none known.
	Health func() []call.Part
	// Metrics is what /metrics shows; nil: /metrics is absent.
	Metrics prometheus.Gatherer
	// Console holds the built pages; nil: those in the binary.
	Console fs.FS
	// Version is shown in the API document. Default "dev".
	Version string
	// BehindTLS marks cookies Secure although this server speaks plain HTTP,
	// because a proxy in front of it speaks TLS.
	BehindTLS bool
	// Now is the wall clock. Default time.Now.
	Now func() time.Time
	// BoardEvery is how often an open board is brought up to date. Default 250 ms:
	// an alert must be seen within a second.
	BoardEvery time.Duration
	// Stall is how long a browser may take no event before it is dropped, and
	// again how long it then has to be told. Default 5 s.
	Stall time.Duration
	// Heartbeat is how often an idle live connection is written to and its
	// right to be there is looked at again. Default 15 s.
	Heartbeat time.Duration
}

// Validate fills in the defaults and says what is missing.
func (c *Config) Validate() error {
	if c.Store == nil || c.Live == nil || c.Log == nil {
		return errors.New("web: Store, Live and Log are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Console == nil {
		c.Console = console.Files()
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Health == nil {
		c.Health = func() []call.Part { return nil }
	}
	setDefault(&c.BoardEvery, 250*time.Millisecond)
	setDefault(&c.Stall, 5*time.Second)
	setDefault(&c.Heartbeat, 15*time.Second)
	return nil
}

func setDefault(d *time.Duration, to time.Duration) {
	if *d <= 0 {
		*d = to
	}
}

// Server answers people and programs.
type Server struct {
	cfg     Config
	api     huma.API
	router  chi.Router
	guess   *guessing
	console *pages
	open    sync.WaitGroup // live connections
}

// New builds the server; it starts nothing.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	pages, err := newPages(cfg.Console)
	if err != nil {
		return nil, fmt.Errorf("web: console: %w", err)
	}
	s := &Server{cfg: cfg, guess: newGuessing(cfg.Now), console: pages, router: chi.NewRouter()}
	s.router.Use(s.survive, s.guard, s.whoIsIt)
	s.api = humachi.New(s.router, apiConfig(cfg.Version))
	s.api.UseMiddleware(s.admit)
	s.sessionRoutes()
	s.callRoutes()
	s.actionRoutes()
	s.peopleRoutes()
	s.simulationRoutes()
	s.liveRoutes()
	if cfg.Metrics != nil {
		s.router.Handle("/metrics", promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{}))
	}
	s.router.NotFound(s.notFound)
	s.router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusMethodNotAllowed, "this address does not take "+r.Method+": see /api/openapi.json")
	})
	return s, nil
}

// Handler returns the whole site.
func (s *Server) Handler() http.Handler { return s.router }

// Serve answers on l until ctx is over, then lets answers in progress finish,
// closes live connections with "going away", and returns nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	hs := &http.Server{
		Handler:           s.router,
		ReadHeaderTimeout: readTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          zap.NewStdLog(s.cfg.Log.Named("http")),
	}
	failed := make(chan error, 1)
	go func() { failed <- hs.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("web: serve: %w", err)
	case <-ctx.Done():
	}
	cut() // live connections end themselves on this
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := hs.Shutdown(wait)
	if err != nil {
		err = hs.Close()
	}
	<-failed
	s.open.Wait() // bounded: a goodbye takes seconds at most
	return err
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if isAPI(r.URL.Path) {
		writeProblem(w, http.StatusNotFound, "there is nothing at this address: see /api/openapi.json")
		return
	}
	s.console.ServeHTTP(w, r)
}
