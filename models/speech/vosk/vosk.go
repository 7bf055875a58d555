// Package vosk binds libvosk, the Kaldi recogniser, without cgo.
//
// It exists to be loaded in worker processes only: the library can abort the
// process it lives in. A Recogniser must never be used by two goroutines at once.
package vosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is the loaded native code.
type Library struct {
	setLogLevel     func(level int32)
	modelNew        func(path string) uintptr
	modelFree       func(model uintptr)
	recogniserNew   func(model uintptr, rate float32) uintptr
	recogniserFree  func(rec uintptr)
	setWords        func(rec uintptr, on int32)
	accept          func(rec uintptr, pcm unsafe.Pointer, bytes int32) int32
	result          func(rec uintptr) string
	partialResult   func(rec uintptr) string
	finalResult     func(rec uintptr) string
	recogniserReset func(rec uintptr)
}

// Open loads libvosk from path.
func Open(path string) (*Library, error) {
	h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("speech library %s: %w; mend it with 'make models'", path, err)
	}
	l := &Library{}
	for name, fn := range map[string]any{
		"vosk_set_log_level":              &l.setLogLevel,
		"vosk_model_new":                  &l.modelNew,
		"vosk_model_free":                 &l.modelFree,
		"vosk_recognizer_new":             &l.recogniserNew,
		"vosk_recognizer_free":            &l.recogniserFree,
		"vosk_recognizer_set_words":       &l.setWords,
		"vosk_recognizer_accept_waveform": &l.accept,
		"vosk_recognizer_result":          &l.result,
		"vosk_recognizer_partial_result":  &l.partialResult,
		"vosk_recognizer_final_result":    &l.finalResult,
		"vosk_recognizer_reset":           &l.recogniserReset,
	} {
		if _, err := purego.Dlsym(h, name); err != nil {
			return nil, fmt.Errorf("speech library %s: %w", path, err)
		}
		purego.RegisterLibFunc(fn, h, name)
	}
	l.setLogLevel(-1)
	return l, nil
}

// Model is a loaded model, shared by any number of recognisers.
type Model struct {
	lib *Library
	ptr uintptr
}

// LoadModel loads a Vosk model folder.
func (l *Library) LoadModel(dir string) (*Model, error) {
	// libvosk aborts on some broken folders: look before it does.
	for _, name := range []string{"am/final.mdl", "conf/mfcc.conf"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("%s is not a Vosk model folder: %s is missing; give the unpacked model, or run 'make models'", dir, name)
		}
	}
	ptr := l.modelNew(dir)
	if ptr == 0 {
		return nil, fmt.Errorf("the Vosk model in %s could not be loaded", dir)
	}
	return &Model{lib: l, ptr: ptr}, nil
}

// Close frees the model, after its recognisers.
func (m *Model) Close() { m.lib.modelFree(m.ptr) }

// Recogniser decodes one channel.
type Recogniser struct {
	lib *Library
	ptr uintptr
}

// Rate is what the recognisers take, in samples per second.
const Rate = 16000

// NewRecogniser makes a recogniser for 16 kHz audio.
func (m *Model) NewRecogniser() (*Recogniser, error) {
	ptr := m.lib.recogniserNew(m.ptr, Rate)
	if ptr == 0 {
		return nil, errors.New("libvosk refused to make a recogniser")
	}
	m.lib.setWords(ptr, 1)
	return &Recogniser{lib: m.lib, ptr: ptr}, nil
}

// Close frees the recogniser.
func (r *Recogniser) Close() { r.lib.recogniserFree(r.ptr) }

// Accept takes the next samples and reports whether the recogniser thinks an
// utterance ended with them.
func (r *Recogniser) Accept(pcm []int16) (bool, error) {
	if len(pcm) == 0 {
		return false, nil
	}
	n := r.lib.accept(r.ptr, unsafe.Pointer(&pcm[0]), int32(2*len(pcm)))
	runtime.KeepAlive(pcm)
	if n < 0 {
		return false, errors.New("libvosk could not decode")
	}
	return n > 0, nil
}

// Word is one word, seconds counted in audio accepted since the beginning.
type Word struct {
	Text       string  `json:"word"`
	Start      float64 `json:"start"`
	End        float64 `json:"end"`
	Confidence float64 `json:"conf"`
}

// Result is a finished utterance.
type Result struct {
	Text  string `json:"text"`
	Words []Word `json:"result"`
}

// Partial is the present guess.
func (r *Recogniser) Partial() (string, error) {
	var p struct {
		Partial string `json:"partial"`
	}
	if err := json.Unmarshal([]byte(r.lib.partialResult(r.ptr)), &p); err != nil {
		return "", fmt.Errorf("libvosk partial: %w", err)
	}
	return p.Partial, nil
}

// Result ends the utterance but keeps what was learned about the speaker.
func (r *Recogniser) Result() (Result, error) { return parse(r.lib.result(r.ptr)) }

// Final ends the utterance, flushing the decoder's look-ahead; the next one
// starts afresh.
func (r *Recogniser) Final() (Result, error) { return parse(r.lib.finalResult(r.ptr)) }

func parse(s string) (Result, error) {
	var out Result
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		return Result{}, fmt.Errorf("libvosk result: %w", err)
	}
	return out, nil
}
