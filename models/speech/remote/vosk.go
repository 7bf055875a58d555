// Package remote hears through a recogniser on another machine.
//
// It exists because heavy and other-language models belong on their own
// machines (no registry carries a Chinese one). It must never let a slow, broken
// or lying server hold up a call: every wait has a limit.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech"
)

// Config of a vosk-server. Zero values take defaults.
type Config struct {
	URL       string        // ws://host:2700 or wss://
	Languages []string      // what its model understands
	Dial      time.Duration // default 5 s
	Answer    time.Duration // longest wait for an answer while audio is sent; default 5 s
	BackOff   time.Duration // before the next attempt after a failure, doubling to 30 s; default 500 ms
}

// Validate fills in defaults and rejects what cannot work.
func (c *Config) Validate() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
		return fmt.Errorf("vosk server address %q: give one like ws://host:2700", c.URL)
	}
	if len(c.Languages) == 0 {
		return errors.New("vosk server: say which languages its model understands")
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Dial, 5*time.Second)
	def(&c.Answer, 5*time.Second)
	def(&c.BackOff, 500*time.Millisecond)
	return nil
}

const maxBackOff = 30 * time.Second

// Vosk is a speech.Engine over a vosk-server's WebSocket.
type Vosk struct {
	cfg Config

	mu       sync.Mutex
	failures int
	notUntil time.Time
}

// NewVosk makes the engine; it connects when it is told to listen.
func NewVosk(cfg Config) (*Vosk, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Vosk{cfg: cfg}, nil
}

var (
	_ speech.Engine     = (*Vosk)(nil)
	_ speech.Positioned = (*Vosk)(nil)
)

// Listen implements speech.Engine. After a failure it first waits out the
// back-off, so that calling it again in a loop does no harm.
func (v *Vosk) Listen(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Body)) error {
	return v.ListenAt(ctx, s, src, func(e call.Event) { sink(e.Body) })
}

// ListenAt implements speech.Positioned.
func (v *Vosk) ListenAt(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Event)) error {
	if !v.speaks(s.Language) {
		return fmt.Errorf("%w: %q; the server at %s is configured for %s", speech.ErrLanguage, s.Language, v.cfg.URL, strings.Join(v.cfg.Languages, ", "))
	}
	if err := v.wait(ctx); err != nil {
		return err
	}
	err := v.session(ctx, s, src, sink)
	v.note(err)
	return err
}

func (v *Vosk) speaks(tag string) bool {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, l := range v.cfg.Languages {
		if b, _, _ := strings.Cut(strings.ToLower(l), "-"); b == base {
			return true
		}
	}
	return false
}

func (v *Vosk) wait(ctx context.Context) error {
	v.mu.Lock()
	pause := time.Until(v.notUntil)
	v.mu.Unlock()
	if pause <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// note opens and closes the circuit.
func (v *Vosk) note(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !errors.Is(err, speech.ErrLost) && !errors.Is(err, speech.ErrEngine) {
		v.failures, v.notUntil = 0, time.Time{}
		return
	}
	pause := min(v.cfg.BackOff<<min(v.failures, 10), maxBackOff)
	v.failures++
	v.notUntil = time.Now().Add(pause)
}

// answer is anything a vosk-server says.
type answer struct {
	Partial *string `json:"partial"`
	Text    *string `json:"text"`
	Result  []struct {
		Word  string  `json:"word"`
		Start float64 `json:"start"`
		End   float64 `json:"end"`
		Conf  float64 `json:"conf"`
	} `json:"result"`
}

// maxAnswer bounds one message of the server.
const maxAnswer = 1 << 20

func (v *Vosk) session(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Event)) error {
	dctx, cancel := context.WithTimeout(ctx, v.cfg.Dial)
	conn, resp, err := websocket.Dial(dctx, v.cfg.URL, nil)
	cancel()
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err != nil {
		return v.lost(ctx, "connect", err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxAnswer)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ses := newSession(s.Party, sink)
	answers := make(chan answer, 64)
	var reading sync.WaitGroup
	var readErr error
	reading.Go(func() {
		defer close(answers)
		readErr = v.read(ctx, conn, answers)
	})
	err = v.talk(ctx, conn, src, ses, answers)
	stop()
	conn.CloseNow()
	for range answers { // let the reader finish
	}
	reading.Wait()
	if errors.Is(err, errEnded) {
		return v.lost(context.WithoutCancel(ctx), "listen", readErr)
	}
	return err
}

// errEnded: the reader stopped; its error says why.
var errEnded = errors.New("the server stopped answering")

func (v *Vosk) lost(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	kind := speech.ErrLost
	if errors.Is(err, errGarbage) {
		kind = speech.ErrEngine
	}
	return fmt.Errorf("%w: vosk server %s: %s: %w", kind, v.cfg.URL, what, err)
}

// errGarbage: the server answers, but not as a vosk-server does.
var errGarbage = errors.New("it does not answer as a vosk server does")

func (v *Vosk) read(ctx context.Context, conn *websocket.Conn, out chan<- answer) error {
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var a answer
		if err := json.Unmarshal(b, &a); err != nil || a.Partial == nil && a.Text == nil {
			return fmt.Errorf("%w: %.60q", errGarbage, b)
		}
		select {
		case out <- a:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
