package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/gateway"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/sim"
	"github.com/sidetone/sidetone/sim/phone"
	"github.com/sidetone/sidetone/sip"
	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/web"
)

// simulationHeader carries the run's secret from the simulated customer's phone
// through the gateway's front door.
const simulationHeader = "X-Sidetone-Simulation"

// mostRuns is how many simulations run at once.
const mostRuns = 20

// training rings trainees' phones with simulated customers. It is the web's
// Simulations, and a Router that knows its own calls before asking the next.
type training struct {
	scenarios []*sim.Scenario
	next      gateway.Router
	dir       string // DATA/simulations
	log       *zap.Logger

	// Set by app before Run.
	endpoint *sip.Endpoint // the customers' phones
	gateway  *gateway.Gateway
	target   func() string // the gateway's SIP address
	store    *store.SQLite
	senses   func(context.Context, *sim.Scenario) (sim.Senses, error)

	mu      sync.Mutex
	runs    map[string]*drill // by secret, while they run
	ctx     context.Context   // Run's
	running sync.WaitGroup
}

// drill is one run under way.
type drill struct {
	web.SimulationRun
	order    web.Order
	scenario *sim.Scenario
	ringing  chan struct{} // closed when the gateway has taken the call
}

func newTraining(dir string, next gateway.Router, log *zap.Logger) (*training, error) {
	scenarios, err := sim.BuiltIn()
	if err != nil {
		return nil, err
	}
	return &training{scenarios: scenarios, next: next, dir: filepath.Join(dir, "simulations"), log: log, runs: map[string]*drill{}}, nil
}

// Route implements gateway.Router.
func (t *training) Route(c gateway.Caller) (gateway.Route, error) {
	secret := c.Header(simulationHeader)
	if secret == "" {
		return t.next.Route(c)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.runs[secret]
	if d == nil {
		return gateway.Route{}, fmt.Errorf("%w: an unknown simulation", gateway.ErrNoRoute)
	}
	close(d.ringing)
	delete(t.runs, secret)
	return gateway.Route{ID: d.Call, Targets: []string{d.order.Address}, Agent: d.Trainee, Queue: "training",
		Language: d.scenario.Language, Simulation: true,
		Fields: map[string]string{"scenario": d.scenario.ID}}, nil
}

// Run keeps the training ground open until ctx ends, then waits for its calls.
func (t *training) Run(ctx context.Context) error {
	t.mu.Lock()
	t.ctx = ctx
	t.mu.Unlock()
	<-ctx.Done()
	t.running.Wait()
	return ctx.Err()
}

// Scenarios implements web.Simulations.
func (t *training) Scenarios(context.Context) ([]web.Scenario, error) {
	var out []web.Scenario
	for _, s := range t.scenarios {
		out = append(out, web.Scenario{ID: s.ID, Title: s.Title, Description: s.Description, Language: s.Language, Difficulty: s.Difficulty, Minutes: s.Minutes})
	}
	return out, nil
}

// Start implements web.Simulations.
func (t *training) Start(ctx context.Context, o web.Order) (web.SimulationRun, error) {
	i := slices.IndexFunc(t.scenarios, func(s *sim.Scenario) bool { return s.ID == o.Scenario })
	if i < 0 {
		return web.SimulationRun{}, web.ErrUnknown
	}
	if _, err := sip.ParseURI(o.Address); err != nil || o.Address == "" {
		return web.SimulationRun{}, fmt.Errorf("%w: %q is not a phone's address; it looks like sip:alice@192.0.2.7", web.ErrOff, o.Address)
	}
	senses, err := t.senses(ctx, t.scenarios[i])
	if err != nil {
		return web.SimulationRun{}, fmt.Errorf("%w: %v", web.ErrOff, err)
	}
	now := time.Now()
	d := &drill{order: o, scenario: t.scenarios[i], ringing: make(chan struct{})}
	d.SimulationRun = web.SimulationRun{ID: string(call.NewID(now)), Scenario: d.scenario.ID, Title: d.scenario.Title,
		Trainee: o.Trainee, Call: call.NewID(now), State: "ringing", Started: now}
	secret := string(call.NewID(now))
	t.mu.Lock()
	run := t.ctx
	full := len(t.runs) >= mostRuns
	if !full && run != nil && run.Err() == nil {
		t.runs[secret] = d
		t.running.Add(1)
	}
	t.mu.Unlock()
	if full || run == nil || run.Err() != nil {
		return web.SimulationRun{}, fmt.Errorf("%w: %d simulations are starting", web.ErrBusy, mostRuns)
	}
	failed := make(chan error, 1)
	go func() {
		defer t.running.Done()
		failed <- t.play(run, d, secret, senses)
	}()
	select {
	case <-d.ringing:
		return d.SimulationRun, nil
	case err := <-failed:
		return web.SimulationRun{}, fmt.Errorf("%w: the call could not be placed: %v", web.ErrOff, err)
	case <-ctx.Done():
		return web.SimulationRun{}, ctx.Err()
	}
}

// play carries one run from the first ring to the conclusion on disk.
func (t *training) play(ctx context.Context, d *drill, secret string, senses sim.Senses) error {
	defer func() {
		t.mu.Lock()
		delete(t.runs, secret)
		t.mu.Unlock()
	}()
	run := d.SimulationRun
	result, err := t.call(ctx, d, secret, senses)
	if err != nil {
		run.State, run.Reason = "failed", err.Error()
	} else {
		run.State = "finished"
		report := t.report(ctx, d.Call)
		if report != nil {
			run.Score = report.Scored()
		}
		run.Conclusion = sim.Conclude(d.scenario, result, report)
	}
	if saved := t.save(run, result); saved != nil {
		t.log.Error("simulation not kept", zap.Error(saved))
	}
	return err
}

func (t *training) call(ctx context.Context, d *drill, secret string, senses sim.Senses) (sim.Result, error) {
	target, err := sip.ParseURI("sip:" + cmp.Or(d.Trainee, "trainee") + "@" + t.target())
	if err != nil {
		return sim.Result{}, err
	}
	from, err := sip.ParseURI("sip:customer@" + t.endpoint.Addr())
	if err != nil {
		return sim.Result{}, err
	}
	line, err := phone.Dial(ctx, t.endpoint, sip.Target{URI: target}, from, sip.Header{Name: simulationHeader, Value: secret})
	if err != nil {
		return sim.Result{}, err
	}
	return sim.Play(ctx, d.scenario, line, senses)
}

// report waits until the gateway has finished with the call and scored it.
func (t *training) report(ctx context.Context, id call.ID) *qc.Report {
	for {
		changed := t.gateway.Changed()
		if !slices.ContainsFunc(t.gateway.Calls(), func(s gateway.Status) bool { return s.ID == id }) {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
	r, err := t.store.Report(ctx, id)
	if err != nil {
		return nil
	}
	return &r
}

// kept is what is left of a run on disk.
type kept struct {
	web.SimulationRun
	Result sim.Result `json:"result"`
}

func (t *training) save(run web.SimulationRun, r sim.Result) error {
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(kept{run, r}, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(t.dir, run.ID+".json")
	if err := os.WriteFile(path+".part", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// Runs implements web.Simulations.
func (t *training) Runs(_ context.Context, trainee string, limit int) ([]web.SimulationRun, error) {
	names, err := os.ReadDir(t.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.Reverse(names) // ids sort by time
	var out []web.SimulationRun
	for _, n := range names {
		if len(out) >= limit {
			break
		}
		if !strings.HasSuffix(n.Name(), ".json") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(t.dir, n.Name()))
		if err != nil {
			return nil, err
		}
		var k kept
		if err := json.Unmarshal(b, &k); err != nil {
			t.log.Warn("simulation file is not readable", zap.String("file", n.Name()), zap.Error(err))
			continue
		}
		if trainee == "" || k.Trainee == trainee {
			out = append(out, k.SimulationRun)
		}
	}
	return out, nil
}
