// Package embed turns sentences into vectors whose dot product is how much they
// mean the same.
//
// It exists so that moments are matched by meaning. The model runs in a worker
// process; this package must never compute one in the caller's.
package embed

import (
	"container/list"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/sidetone/sidetone/models/worker"
)

// Embedder makes vectors, each of length 1, one per text in the same order. An
// empty text gets a vector of zeros: it means nothing. Safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, language string, texts []string) ([][]float32, error)
}

// ErrLanguage is wrapped when no model serves the language.
var ErrLanguage = errors.New("no model of meaning for this language")

const (
	// MaxTexts is how many texts go to the worker at once; more are split.
	MaxTexts = 64
	// maxRunes of a text are looked at; an utterance is far shorter.
	maxRunes = 1500
	// cached is how many vectors are remembered.
	cached = 4096
)

// Local embeds through the "embed" worker, remembering recent texts.
type Local struct {
	w *worker.Worker

	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // front = newest
}

type entry struct {
	key    string
	vector []float32
}

// NewLocal makes an embedder over a worker that somebody runs.
func NewLocal(w *worker.Worker) *Local {
	return &Local{w: w, byKey: make(map[string]*list.Element), order: list.New()}
}

var _ Embedder = (*Local)(nil)

// request is the setup of one stream: its texts are embedded and it ends.
type request struct {
	Language string   `json:"language"`
	Texts    []string `json:"texts"`
}

// Embed implements Embedder. The vectors are shared: do not write to them.
func (l *Local) Embed(ctx context.Context, language string, texts []string) ([][]float32, error) {
	language = baseLanguage(language)
	out := make([][]float32, len(texts))
	var missing []int
	for i, t := range texts {
		if out[i] = l.recall(language + "\x00" + t); out[i] == nil {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		n := min(len(missing), MaxTexts)
		if err := l.ask(ctx, language, texts, missing[:n], out); err != nil {
			return nil, fmt.Errorf("meaning: %w", err)
		}
		missing = missing[n:]
	}
	return out, nil
}

func (l *Local) ask(ctx context.Context, language string, texts []string, which []int, out [][]float32) error {
	req := request{Language: language}
	for _, i := range which {
		req.Texts = append(req.Texts, clip(texts[i]))
	}
	setup, err := json.Marshal(req)
	if err != nil {
		return err
	}
	st, err := l.w.Open(ctx, setup)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.End(ctx); err != nil {
		return err
	}
	for _, i := range which {
		b, err := st.Receive(ctx)
		var failure *worker.Failure
		switch {
		case errors.As(err, &failure) && strings.Contains(failure.Why, ErrLanguage.Error()):
			return fmt.Errorf("%w: %q", ErrLanguage, language)
		case errors.Is(err, io.EOF):
			return errors.New("the worker left vectors out")
		case err != nil:
			return err
		}
		if out[i], err = readVector(b); err != nil {
			return err
		}
		l.remember(language+"\x00"+texts[i], out[i])
	}
	return nil
}

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxRunes {
			return s[:i]
		}
	}
	return s
}

func (l *Local) recall(key string) []float32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byKey[key]
	if e == nil {
		return nil
	}
	l.order.MoveToFront(e)
	return e.Value.(*entry).vector
}

func (l *Local) remember(key string, v []float32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey[key] != nil {
		return
	}
	l.byKey[key] = l.order.PushFront(&entry{key, v})
	for l.order.Len() > cached {
		last := l.order.Back()
		delete(l.byKey, last.Value.(*entry).key)
		l.order.Remove(last)
	}
}

func appendVector(dst []byte, v []float32) []byte {
	for _, x := range v {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
	}
	return dst
}

func readVector(b []byte) ([]float32, error) {
	if len(b) == 0 || len(b)%4 != 0 {
		return nil, fmt.Errorf("a vector of %d bytes came from the worker", len(b))
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if v[i] != v[i] || math.IsInf(float64(v[i]), 0) {
			return nil, errors.New("a vector with no number in it came from the worker")
		}
	}
	return v, nil
}

func baseLanguage(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}
