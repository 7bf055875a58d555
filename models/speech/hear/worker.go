package hear

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/internal/ort"
	"github.com/sidetone/sidetone/models/speech/vosk"
	"github.com/sidetone/sidetone/models/speech/wire"
	"github.com/sidetone/sidetone/models/vad"
	"github.com/sidetone/sidetone/models/worker"
)

// Files says where the native parts and models are.
type Files struct {
	Runtime string            // libonnxruntime
	VAD     string            // Silero model
	Vosk    string            // libvosk
	Models  map[string]string // language -> Vosk model folder
}

// Worker serves hearing streams with models loaded once.
type Worker struct {
	rt     *ort.Runtime
	net    *vad.Network
	models map[string]*vosk.Model
	busy   *worker.Busy
	cores  chan struct{} // native calls at once: the cores are shared call by call
}

// Load loads everything.
func Load(files Files, busy *worker.Busy) (*Worker, error) {
	if len(files.Models) == 0 {
		return nil, errors.New("the hearing worker has no speech model; run 'make models'")
	}
	rt, err := ort.Open(files.Runtime)
	if err != nil {
		return nil, err
	}
	w := &Worker{rt: rt, models: make(map[string]*vosk.Model), busy: busy, cores: make(chan struct{}, runtime.NumCPU())}
	if w.net, err = vad.LoadNetwork(rt, files.VAD); err != nil {
		return nil, err
	}
	lib, err := vosk.Open(files.Vosk)
	if err != nil {
		return nil, err
	}
	for lang, dir := range files.Models {
		if w.models[lang], err = lib.LoadModel(dir); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Language reduces a BCP 47 tag to what models are kept by.
func Language(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}

// Handle serves one stream.
func (w *Worker) Handle(ctx context.Context, setup []byte, in *worker.Inlet, out func([]byte) error) (err error) {
	var s wire.Setup
	if err := json.Unmarshal(setup, &s); err != nil {
		return fmt.Errorf("setup of a hearing stream: %w", err)
	}
	model := w.models[Language(s.Language)]
	if model == nil {
		return fmt.Errorf("no speech model for language %q", s.Language)
	}
	sink := func(e call.Event) error {
		msg, err := wire.Event(e)
		if err != nil {
			return err
		}
		return out(msg)
	}
	var f media.Frame
	var st *Stream
	var silero *vad.Silero
	defer func() {
		if st != nil {
			w.native(func() { err = errors.Join(err, st.Close()) })
			silero.Close()
		}
	}()
	for {
		b, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := wire.ReadFrame(b, &f); err != nil {
			return err
		}
		if st == nil {
			if st, silero, err = w.stream(s.Party, f.Rate, model, sink); err != nil {
				return err
			}
		}
		w.native(func() { err = st.Push(&f) })
		if err != nil {
			return err
		}
	}
}

// native runs f on one of the cores' shares, under the eye of the health check.
func (w *Worker) native(f func()) {
	w.cores <- struct{}{}
	defer func() { <-w.cores }()
	w.busy.Do(f)
}

func (w *Worker) stream(party call.Party, rate int, model *vosk.Model, sink func(call.Event) error) (*Stream, *vad.Silero, error) {
	silero, err := w.net.Stream(rate)
	if err != nil {
		return nil, nil, err
	}
	det, err := vad.New(silero, rate, vad.Config{})
	if err != nil {
		return nil, nil, err
	}
	st, err := NewStream(party, rate, det, func() (Recogniser, error) { return model.NewRecogniser() }, sink)
	return st, silero, err
}
