package speech

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech/wire"
	"github.com/sidetone/sidetone/models/worker"
)

// Local is the embedded engine: voice activity and Vosk in the hearing worker.
type Local struct {
	w         *worker.Worker
	languages map[string]bool
}

// NewLocal makes the engine over a "hear" worker that somebody runs; languages
// are those the worker has models for.
func NewLocal(w *worker.Worker, languages []string) *Local {
	l := &Local{w: w, languages: make(map[string]bool)}
	for _, name := range languages {
		l.languages[baseLanguage(name)] = true
	}
	return l
}

var (
	_ Engine = (*Local)(nil)
	_ Waiter = (*Local)(nil)
)

// Ready waits for the worker.
func (l *Local) Ready(ctx context.Context) error { return l.w.Ready(ctx) }

// Hears tells whether there is a model for the language.
func (l *Local) Hears(language string) bool { return l != nil && l.languages[baseLanguage(language)] }

// Listen implements Engine.
func (l *Local) Listen(ctx context.Context, s Setup, src media.Reader, sink func(call.Body)) error {
	return l.ListenAt(ctx, s, src, func(e call.Event) { sink(e.Body) })
}

// ListenAt is Listen whose events carry the position of the audio that showed
// them (Seq is 0): what a recording, read faster than it was spoken, needs.
func (l *Local) ListenAt(ctx context.Context, s Setup, src media.Reader, sink func(call.Event)) error {
	if !l.Hears(s.Language) {
		return fmt.Errorf("%w: %q; configure a Vosk model folder or a remote engine for it", ErrLanguage, s.Language)
	}
	setup, err := json.Marshal(wire.Setup{Party: s.Party, Language: s.Language, Vocabulary: s.Vocabulary})
	if err != nil {
		return err
	}
	st, err := l.w.Open(ctx, setup)
	if err != nil {
		return engineError(ctx, err)
	}
	defer st.Close()

	both, cancel := context.WithCancel(ctx)
	defer cancel()
	var feeding sync.WaitGroup
	var fed error
	feeding.Go(func() {
		if fed = feed(both, st, src); fed != nil {
			cancel()
		}
	})
	err = receive(both, st, sink)
	cancel()
	feeding.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.Canceled):
		return fed // what stopped the feeding is the cause
	}
	return err
}

func feed(ctx context.Context, st *worker.Stream, src media.Reader) error {
	var f media.Frame
	var buf []byte
	for {
		err := src.ReadFrame(ctx, &f)
		if errors.Is(err, media.ErrClosed) {
			return engineError(ctx, st.End(ctx))
		}
		if err != nil {
			return err
		}
		buf = wire.AppendFrame(buf[:0], &f)
		if err := st.Send(ctx, buf); err != nil {
			if errors.Is(err, io.ErrClosedPipe) {
				return nil
			}
			return engineError(ctx, err)
		}
	}
}

func receive(ctx context.Context, st *worker.Stream, sink func(call.Event)) error {
	for {
		b, err := st.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return engineError(ctx, err)
		}
		e, err := wire.ReadEvent(b)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEngine, err)
		}
		sink(e)
	}
}

// engineError puts the worker's errors into this package's words.
func engineError(ctx context.Context, err error) error {
	var failure *worker.Failure
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, worker.ErrLost):
		return fmt.Errorf("%w: %w", ErrLost, err)
	case errors.As(err, &failure), errors.Is(err, worker.ErrFull):
		return fmt.Errorf("%w: %w", ErrEngine, err)
	}
	return err
}
