package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	rungroup "github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach"
	"github.com/sidetone/sidetone/coach/meaning"
	"github.com/sidetone/sidetone/gateway"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models"
	"github.com/sidetone/sidetone/models/engines"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/voice"
	"github.com/sidetone/sidetone/sim"
	"github.com/sidetone/sidetone/sip"
	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/web"
)

// app is a whole gateway, wired: what serve runs and what demo and the tests
// drive.
type app struct {
	settings   settings
	log        *zap.Logger
	store      *store.SQLite
	engines    *engines.Engines // nil with --ai off
	hearing    speech.Engine    // nil when nothing can hear
	meaning    *meaning.Scorer  // nil without an embedder
	voice      *voice.Local
	gateway    *gateway.Gateway
	endpoint   *sip.Endpoint
	phones     *sip.Endpoint // simulated customers call from here
	training   *training
	understood *understanding
	web        *web.Server
	http       net.Listener
	metrics    *prometheus.Registry
	missing    map[string]string // parts that are off for the whole process
	// Admin is the first administrator's password, set once on the first start.
	admin string
}

// options are what the command line may say besides the config file.
type options struct {
	models string
	route  string
	noAI   bool
	noRec  bool
}

// newApp opens everything; run starts it. After an error nothing is left open.
func newApp(ctx context.Context, s settings, o options, log *zap.Logger) (*app, error) {
	a := &app{settings: s, log: log, metrics: prometheus.NewRegistry()}
	if err := a.open(ctx, o); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *app) open(ctx context.Context, o options) (err error) {
	s, log := a.settings, a.log
	if a.store, err = store.Open(ctx, s.Data); err != nil {
		return err
	}
	broken, err := a.store.Recover(ctx)
	if err != nil {
		return err
	}
	for _, b := range broken {
		log.Warn("call was broken off when the gateway died", zap.String("call", string(b.ID)))
		a.repair(b.ID)
	}
	parts, err := a.parts(o)
	if err != nil {
		return err
	}
	conf, err := s.gatewayConfig()
	if err != nil {
		return err
	}
	conf.NoAI, conf.NoRecord = o.noAI, o.noRec
	if a.gateway, err = gateway.New(conf, parts, log.Named("gateway")); err != nil {
		return err
	}
	a.missing = parts.Missing
	if a.endpoint, err = sip.Listen(sip.Config{UDP: s.SIP.UDP, TCP: s.SIP.TCP, Advertise: s.SIP.Advertise}, log.Named("sip")); err != nil {
		return err
	}
	if err = a.openTraining(); err != nil {
		return err
	}
	return a.openConsole(ctx)
}

// openTraining gives the simulated customers a phone and ears of their own.
func (a *app) openTraining() (err error) {
	t := a.training
	host, _, err := net.SplitHostPort(a.endpoint.Addr())
	if err != nil {
		return err
	}
	if a.phones, err = sip.Listen(sip.Config{UDP: net.JoinHostPort(host, "0")}, a.log.Named("customers")); err != nil {
		return err
	}
	t.endpoint, t.gateway, t.store = a.phones, a.gateway, a.store
	t.target = a.endpoint.Addr
	t.senses = a.senses
	return nil
}

// senses are what a simulated customer hears and speaks with.
func (a *app) senses(ctx context.Context, s *sim.Scenario) (sim.Senses, error) {
	if a.hearing == nil || a.voice == nil {
		return sim.Senses{}, errors.New("the customer cannot hear: the speech models are missing or --ai is off (make models)")
	}
	if a.settings.Speech.Remote[s.Language] == "" && !a.engines.Speech.Hears(s.Language) {
		return sim.Senses{}, fmt.Errorf("no speech model for %q is configured; sidetone sim run --text %s works without one", s.Language, s.ID)
	}
	senses := sim.Senses{Hearing: a.hearing, Voice: a.voice}
	understood, err := a.understood.of(ctx, s)
	if understood != nil {
		senses.Meaning = understood
	}
	return senses, err
}

// openConsole binds the console and makes the first administrator.
func (a *app) openConsole(ctx context.Context) (err error) {
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.web, err = web.New(web.Config{Store: a.store, Live: live{a.gateway}, Log: a.log.Named("web"),
		Simulations: a.training, Health: a.health, Metrics: a.metrics})
	if err != nil {
		return err
	}
	if a.admin, err = store.FirstAdmin(ctx, a.store, time.Now()); err != nil {
		return err
	}
	if a.http, err = net.Listen("tcp", a.settings.HTTP); err != nil {
		return fmt.Errorf("console: %w (choose another address with --http)", err)
	}
	return nil
}

// health lists the parts of the process and whether they work.
func (a *app) health() []call.Part {
	var out []call.Part
	for name, why := range a.missing {
		out = append(out, call.Part{Name: name, Why: why})
	}
	if a.engines != nil {
		for _, w := range a.engines.Status() {
			out = append(out, call.Part{Name: "worker " + w.Kind, On: w.Ready, Why: w.Why})
		}
	}
	slices.SortFunc(out, func(a, b call.Part) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// parts assembles what calls are made of; a part whose models or programs are
// missing stays off and says why.
func (a *app) parts(o options) (gateway.Parts, error) {
	rules := a.settings.Routes
	if o.route != "" {
		rules = append(rules, gateway.Rule{Targets: []string{o.route}})
	}
	router, err := gateway.NewRules(rules)
	if err != nil {
		return gateway.Parts{}, fmt.Errorf("config: %w", err)
	}
	if a.training, err = newTraining(a.settings.Data, router, a.log.Named("training")); err != nil {
		return gateway.Parts{}, err
	}
	p := gateway.Parts{Archive: a.store, Router: a.training, Missing: map[string]string{}, Vocabulary: a.settings.Speech.Vocabulary, Metrics: a.metrics,
		NewRecorder: func(path string) (gateway.Recorder, error) { return wav.NewRecorder(path, 8000, 2) }}
	if o.noAI {
		return p, nil
	}
	if a.engines, err = engines.New(engines.Config{Dir: models.Find(o.models)}, a.log.Named("models")); err != nil {
		return p, err
	}
	for name, why := range a.engines.Missing {
		a.log.Warn("models are missing: that part is off", zap.String("part", name), zap.String("why", why))
	}
	if a.hearing, err = newHearing(a.engines.Speech, a.settings.Speech.Remote); err != nil {
		return p, err
	}
	if a.hearing != nil {
		p.Hearing = a.hearing
	} else {
		p.Missing["hearing"] = "the speech models are missing; run make models"
	}
	if err := a.coach(&p); err != nil {
		return p, err
	}
	if p.NewFeeling, err = feelings(a.settings.Coach.AgentVoice); err != nil {
		return p, err
	}
	a.voice = voice.NewLocal(voice.Config{})
	p.Voice = a.voice
	return p, nil
}

// coach gives calls a coach, a scorecard and a sense for meaning.
func (a *app) coach(p *gateway.Parts) error {
	c, err := newCoaching(a.settings.Coach.Playbooks, a.settings.QC.Scorecard, a.settings.Coach.AgentVoice == "private")
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	p.Scorer = c.deck
	p.NewCoach = func(s call.Summary, fields map[string]string) gateway.Coach { return coach.New(c.of(s, fields)) }
	a.understood = &understanding{embedder: a.engines.Embedder, scorers: map[string]*meaning.Scorer{}}
	if a.engines.Embedder == nil {
		p.Missing["meaning"] = "the embedding models are missing; run make models"
		return nil
	}
	a.meaning = c.meaning(a.engines.Embedder)
	p.Meaning = a.meaning
	return nil
}

// repair makes the recording of a call that was cut off playable.
func (a *app) repair(id call.ID) {
	path, err := a.store.RecordingPath(id)
	if err == nil {
		err = wav.Repair(path)
	}
	if err != nil {
		a.log.Info("no recording of the broken-off call", zap.Error(err))
	}
}

// run serves until ctx ends or a part that calls need fails.
func (a *app) run(ctx context.Context) error {
	var g rungroup.Group
	actor := func(f func(context.Context) error) {
		ctx, cancel := context.WithCancel(ctx)
		g.Add(func() error { return f(ctx) }, func(error) { cancel() })
	}
	actor(func(ctx context.Context) error { return a.endpoint.Serve(ctx, a.gateway) })
	actor(func(ctx context.Context) error { return a.web.Serve(ctx, a.http) })
	actor(func(ctx context.Context) error { return a.phones.Serve(ctx, nil) })
	actor(a.training.Run)
	if a.engines != nil {
		actor(a.engines.Run)
	}
	if a.meaning != nil {
		actor(a.meaning.Run)
	}
	err := g.Run()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, a.close())
}

func (a *app) close() error {
	if a.http != nil {
		_ = a.http.Close() // Serve has closed it, unless it never ran
	}
	for _, e := range []*sip.Endpoint{a.endpoint, a.phones} {
		if e != nil {
			e.Close()
		}
	}
	if a.store == nil {
		return nil
	}
	return a.store.Close()
}

// newLogger logs for people on a terminal, as JSON elsewhere. What libraries
// write through slog goes the same way, at debug level.
func newLogger(level zapcore.Level, human bool, to zapcore.WriteSyncer) *zap.Logger {
	var enc zapcore.Encoder
	if human {
		c := zap.NewDevelopmentEncoderConfig()
		c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		enc = zapcore.NewConsoleEncoder(c)
	} else {
		enc = zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	}
	log := zap.New(zapcore.NewCore(enc, to, level))
	library := log.WithOptions(zap.IncreaseLevel(zapcore.ErrorLevel))
	slog.SetDefault(slog.New(zapslog.NewHandler(library.Core())))
	return log
}
