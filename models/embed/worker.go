package embed

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/sidetone/sidetone/models/internal/ort"
	"github.com/sidetone/sidetone/models/worker"
)

// Files says where the runtime and the models are.
type Files struct {
	Runtime string            // libonnxruntime
	Models  map[string]string // language -> folder
}

// Worker serves embedding requests with models loaded at first use.
type Worker struct {
	rt    *ort.Runtime
	files Files
	busy  *worker.Busy

	mu     sync.Mutex // one text at a time: a request is a few milliseconds
	models map[string]*model
}

// Load loads the runtime and the models.
func Load(files Files, busy *worker.Busy) (*Worker, error) {
	rt, err := ort.Open(files.Runtime)
	if err != nil {
		return nil, err
	}
	w := &Worker{rt: rt, files: files, busy: busy, models: make(map[string]*model)}
	for lang, dir := range files.Models {
		if w.models[lang], err = loadModel(rt, dir); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Handle serves one request.
func (w *Worker) Handle(ctx context.Context, setup []byte, _ *worker.Inlet, out func([]byte) error) error {
	var req request
	if err := json.Unmarshal(setup, &req); err != nil {
		return fmt.Errorf("embedding request: %w", err)
	}
	m := w.models[req.Language]
	if m == nil {
		return ErrLanguage
	}
	for _, text := range req.Texts {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := w.one(m, text)
		if err != nil {
			return err
		}
		if err := out(appendVector(nil, v)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) one(m *model, text string) (v []float32, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	empty := strings.TrimSpace(text) == ""
	if empty {
		text = "."
	}
	w.busy.Do(func() { v, err = m.embed(text) })
	if empty {
		clear(v)
	}
	return v, err
}
