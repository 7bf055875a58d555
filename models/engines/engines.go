// Package engines puts the embedded engines together: which worker processes
// run, with which files, and the seams over them.
//
// It exists so that every command that hears, embeds or revises is wired the
// same way. Nothing runs until Run is called, and a missing model must only
// switch off its own part.
package engines

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/sidetone/sidetone/models"
	"github.com/sidetone/sidetone/models/embed"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/speech/hear"
	"github.com/sidetone/sidetone/models/worker"
)

// The kinds of worker.
const (
	KindHear  = "hear"
	KindEmbed = "embed"
)

// Kinds lists them.
func Kinds() []string { return []string{KindHear, KindEmbed} }

// Config says where things are. Zero values take defaults.
type Config struct {
	Dir     models.Dir // default: models.Find("")
	Program string     // the sidetone binary; default: this process' own
	Args    []string   // before the kind; default: "worker"
	Env     []string   // added to the workers' environment
}

// Engines are the supervised workers and the seams over them. A nil seam means
// that its models are missing; Missing says which.
type Engines struct {
	Speech   *speech.Local
	Embedder *embed.Local
	// Missing: part name -> why and how to mend it.
	Missing map[string]string

	workers []*worker.Worker
}

// New prepares the workers the models allow.
func New(cfg Config, log *zap.Logger) (*Engines, error) {
	if cfg.Dir == "" {
		cfg.Dir = models.Find("")
	}
	if cfg.Program == "" {
		exe, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("the workers' program: %w", err)
		}
		cfg.Program = exe
	}
	if cfg.Args == nil {
		cfg.Args = []string{"worker"}
	}
	e := &Engines{Missing: make(map[string]string)}
	for _, p := range models.Inventory(cfg.Dir) {
		if !p.Present && p.Needed {
			e.Missing[p.Name] = p.Why + "; mend it with: " + p.Mend
		}
	}
	langs := cfg.Dir.SpeechLanguages()
	if e.have("onnxruntime", "vad", "vosk") && len(langs) > 0 {
		w, err := e.add(cfg, KindHear, log)
		if err != nil {
			return nil, err
		}
		e.Speech = speech.NewLocal(w, langs)
	}
	if e.have("onnxruntime") && (e.have("embed-en") || e.have("embed-zh")) {
		w, err := e.add(cfg, KindEmbed, log)
		if err != nil {
			return nil, err
		}
		e.Embedder = embed.NewLocal(w)
	}
	return e, nil
}

func (e *Engines) have(parts ...string) bool {
	for _, p := range parts {
		if e.Missing[p] != "" {
			return false
		}
	}
	return true
}

func (e *Engines) add(cfg Config, kind string, log *zap.Logger) (*worker.Worker, error) {
	args := append(append([]string(nil), cfg.Args...), kind, "--models", string(cfg.Dir))
	w, err := worker.New(worker.Config{Kind: kind, Path: cfg.Program, Args: args, Env: cfg.Env}, log)
	if err == nil {
		e.workers = append(e.workers, w)
	}
	return w, err
}

// Run keeps every worker alive until ctx ends, then waits for them to be gone.
func (e *Engines) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, w := range e.workers {
		all.Go(func() { _ = w.Run(ctx) }) // it only ever ends with ctx
	}
	<-ctx.Done() // also where there is nothing to keep alive
	all.Wait()
	return ctx.Err()
}

// Status reports every worker.
func (e *Engines) Status() []worker.State {
	var out []worker.State
	for _, w := range e.workers {
		out = append(out, w.Status())
	}
	return out
}

// Work is the body of a worker process: it loads the kind's models and serves
// the inherited socket until the owner closes it.
func Work(ctx context.Context, kind string, dir models.Dir) error {
	conn, err := worker.Inherited()
	if err != nil {
		return err
	}
	defer conn.Close()
	stepBack()
	busy := &worker.Busy{}
	h, err := load(kind, dir, busy)
	if err != nil {
		return err
	}
	return serve(ctx, conn, h, busy)
}

// niceness of the workers: when the machine is short of time, words may come
// late, the packets of the gateway may not.
const niceness = 10

// stepBack lowers this process' claim to the processor. A system that refuses
// leaves it as it was.
func stepBack() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness) }

// serve leaves the process even when a native call never comes back after the
// owner has gone.
func serve(ctx context.Context, conn net.Conn, h worker.Handler, busy *worker.Busy) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	gone := &watched{Conn: conn, lost: func() { time.AfterFunc(3*time.Second, func() { os.Exit(3) }) }}
	return worker.Serve(ctx, gone, h, busy)
}

// watched calls lost once, when reading first fails.
type watched struct {
	net.Conn
	once sync.Once
	lost func()
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err != nil {
		w.once.Do(w.lost)
	}
	return n, err
}

func load(kind string, dir models.Dir, busy *worker.Busy) (worker.Handler, error) {
	switch kind {
	case KindHear:
		files := hear.Files{Runtime: dir.Runtime(), VAD: dir.VAD(), Vosk: dir.Vosk(), Models: make(map[string]string)}
		for _, lang := range dir.SpeechLanguages() {
			files.Models[lang] = dir.Speech(lang)
		}
		return hear.Load(files, busy)
	case KindEmbed:
		files := embed.Files{Runtime: dir.Runtime(), Models: make(map[string]string)}
		for _, lang := range []string{"en", "zh"} {
			if _, err := os.Stat(dir.Embed(lang)); err == nil {
				files.Models[lang] = dir.Embed(lang)
			}
		}
		return embed.Load(files, busy)
	}
	return nil, fmt.Errorf("no worker of kind %q; kinds are %v", kind, Kinds())
}
