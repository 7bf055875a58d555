package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// Config says which process to keep alive and how. Zero values take defaults.
type Config struct {
	// Kind names the worker in logs and errors: "hear", "embed", "second".
	Kind string
	// Path, Args and Env start the process; Env is added to the owner's.
	Path string
	Args []string
	Env  []string

	StartWithin time.Duration // from start to hello, models loaded; default 60 s
	Beat        time.Duration // between health questions; default 1 s
	Silent      time.Duration // without an answer it is killed; default 4 s
	Stuck       time.Duration // in one native call it is killed; default 20 s
	BackOff     time.Duration // first pause before a restart, doubling to 30 s; default 250 ms
	MaxStreams  int           // default 512
	MaxMemory   int64         // resident bytes beyond which it is restarted; default 3 GiB
}

// Validate fills in defaults and rejects what cannot work.
func (c *Config) Validate() error {
	if c.Kind == "" || c.Path == "" {
		return errors.New("a worker needs a kind and a program")
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.StartWithin, time.Minute)
	def(&c.Beat, time.Second)
	def(&c.Silent, 4*time.Second)
	def(&c.Stuck, 20*time.Second)
	def(&c.BackOff, 250*time.Millisecond)
	if c.MaxStreams <= 0 {
		c.MaxStreams = 512
	}
	if c.MaxMemory <= 0 {
		c.MaxMemory = 3 << 30
	}
	return nil
}

const maxBackOff = 30 * time.Second

// Worker is a supervised process. Run keeps it alive; everything else is safe
// for concurrent use.
type Worker struct {
	cfg Config
	log *zap.Logger

	mu    sync.Mutex
	link  *link         // nil while there is no ready process
	state State         // what Status reports
	turn  chan struct{} // closed and replaced at each change of link
}

// State is what an operator may know about a worker.
type State struct {
	Kind     string        `json:"kind"`
	Ready    bool          `json:"ready"`
	PID      int           `json:"pid,omitempty"`
	Restarts int           `json:"restarts"`
	Loaded   time.Duration `json:"loaded_ns"`     // start to ready, last time
	Why      string        `json:"why,omitempty"` // the last loss
}

// New makes a worker that Run will start.
func New(cfg Config, log *zap.Logger) (*Worker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Worker{cfg: cfg, log: log.Named("worker").With(zap.String("kind", cfg.Kind)),
		state: State{Kind: cfg.Kind, Why: "not started"}, turn: make(chan struct{})}, nil
}

// Status reports the present state.
func (w *Worker) Status() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Ready waits until the worker serves, or ctx ends.
func (w *Worker) Ready(ctx context.Context) error {
	_, err := w.current(ctx)
	return err
}

// Open starts a stream, waiting for the worker to be ready until ctx ends.
func (w *Worker) Open(ctx context.Context, setup []byte) (*Stream, error) {
	for {
		l, err := w.current(ctx)
		if err != nil {
			return nil, err
		}
		s, err := l.open(ctx, setup, w.cfg.MaxStreams)
		if errors.Is(err, ErrLost) {
			continue // lost just now: wait for the next life
		}
		if err != nil {
			return nil, fmt.Errorf("%s worker: %w", w.cfg.Kind, err)
		}
		return s, nil
	}
}

func (w *Worker) current(ctx context.Context) (*link, error) {
	for {
		w.mu.Lock()
		l, turn, why := w.link, w.turn, w.state.Why
		w.mu.Unlock()
		if l != nil && !l.over() {
			return l, nil
		}
		select {
		case <-turn:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s worker is not ready (%s): %w", w.cfg.Kind, why, ctx.Err())
		}
	}
}

func (w *Worker) set(change func(*State), l *link) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.state)
	w.link = l
	close(w.turn)
	w.turn = make(chan struct{})
}

// Run starts the process and restarts it whenever it is lost, until ctx ends.
// It returns after the process is gone.
func (w *Worker) Run(ctx context.Context) error {
	pause := w.cfg.BackOff
	for {
		began := time.Now()
		err := w.live(ctx)
		if ctx.Err() != nil {
			w.set(func(s *State) { s.Ready, s.PID, s.Why = false, 0, "stopped" }, nil)
			return ctx.Err()
		}
		if time.Since(began) > time.Minute {
			pause = w.cfg.BackOff
		}
		w.log.Warn("worker lost; it is started again", zap.Error(err), zap.Duration("in", pause))
		w.set(func(s *State) { s.Ready, s.PID, s.Restarts, s.Why = false, 0, s.Restarts+1, err.Error() }, nil)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, maxBackOff)
	}
}

// live is one life of the process; it returns why it ended.
func (w *Worker) live(ctx context.Context) error {
	began := time.Now()
	cmd, conn, err := w.start()
	if err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	defer unhook()

	r := bufio.NewReaderSize(conn, 64<<10)
	if err := w.hello(conn, r); err != nil {
		conn.Close()
		return w.reap(cmd, exited, err)
	}
	h := &health{cfg: w.cfg, pid: cmd.Process.Pid, heard: time.Now()}
	l := newLink(conn, h.pong)
	var loops sync.WaitGroup
	loops.Go(l.writeLoop)
	loops.Go(func() { l.readLoop(r) })
	took := time.Since(began)
	w.log.Info("worker ready", zap.Int("pid", h.pid), zap.Duration("loaded", took))
	w.set(func(s *State) { s.Ready, s.PID, s.Loaded, s.Why = true, h.pid, took, "" }, l)

	why := h.watch(ctx, l)
	w.set(func(s *State) { s.Ready = false }, nil)
	l.fail(fmt.Errorf("%w: %w", ErrLost, why))
	loops.Wait()
	return w.reap(cmd, exited, why)
}

func (w *Worker) start() (*exec.Cmd, net.Conn, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socket pair: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "worker"), os.NewFile(uintptr(fds[1]), "worker")
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, nil, fmt.Errorf("socket pair: %w", err)
	}
	cmd := exec.Command(w.cfg.Path, w.cfg.Args...)
	// One thread per native call: the pool of calls is what shares the cores.
	cmd.Env = append(append(os.Environ(), "OMP_NUM_THREADS=1", "OMP_WAIT_POLICY=passive"), w.cfg.Env...)
	cmd.Stderr = &lastLines{}
	cmd.ExtraFiles = []*os.File{theirs}
	// Its own group: a Ctrl-C on the terminal is for us, we then stop it in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("start: %w", err)
	}
	return cmd, conn, nil
}

func (w *Worker) hello(conn net.Conn, r *bufio.Reader) error {
	_ = conn.SetReadDeadline(time.Now().Add(w.cfg.StartWithin))
	m, err := readMessage(r)
	if err != nil {
		return fmt.Errorf("no hello: %w", err)
	}
	if m.kind != kindHello {
		return fmt.Errorf("%w: kind %d instead of hello", errProtocol, m.kind)
	}
	return conn.SetReadDeadline(time.Time{})
}

// reap makes sure the process is gone: a moment to leave by itself after its
// socket closed, then the kill. It adds what the process last said.
func (w *Worker) reap(cmd *exec.Cmd, exited <-chan error, why error) error {
	var exit error
	select {
	case exit = <-exited:
	case <-time.After(500 * time.Millisecond):
		_ = cmd.Process.Kill()
		exit = <-exited
	}
	if said := cmd.Stderr.(*lastLines).String(); said != "" {
		return fmt.Errorf("%w (%v: %s)", why, exit, said)
	}
	if exit != nil {
		return fmt.Errorf("%w (%v)", why, exit)
	}
	return why
}
