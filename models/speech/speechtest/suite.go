// Package speechtest is the conformance suite of the speech seam: every engine
// passes it. Tests only; the product must never import it.
package speechtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech"
)

// Clip is speech an engine is expected to understand.
type Clip struct {
	Rate    int
	Samples []int16
	// Word is said in it.
	Word string
}

// Source is a media.Reader over samples: first frame at From, then as fast as
// it is read. Blocked, when not nil, is waited for after the last frame.
type Source struct {
	From    time.Duration
	Rate    int
	Samples []int16
	Blocked <-chan struct{}

	at   int
	read atomic.Int64
}

// ReadFrame implements media.Reader.
func (s *Source) ReadFrame(ctx context.Context, f *media.Frame) error {
	n := s.Rate / 50
	if s.at+n > len(s.Samples) {
		if s.Blocked != nil {
			select {
			case <-s.Blocked:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return media.ErrClosed
	}
	f.At = s.From + time.Duration(s.at)*time.Second/time.Duration(s.Rate)
	f.Rate, f.Gap = s.Rate, false
	f.Samples = append(f.Samples[:0], s.Samples[s.at:s.at+n]...)
	s.at += n
	s.read.Add(1)
	return nil
}

// heard collects what an engine says and holds it to the seam's promises.
type heard struct {
	t          *testing.T
	from, to   time.Duration
	over       atomic.Bool
	speaking   bool
	edges      int
	partials   int
	utterances []call.Utterance
}

func (h *heard) sink(b call.Body) {
	if h.over.Load() {
		h.t.Error("the sink was called after Listen returned")
	}
	switch b := b.(type) {
	case call.Speech:
		h.edges++
		if b.On == h.speaking || b.Party != call.Agent {
			h.t.Errorf("edge %+v while speaking is %v", b, h.speaking)
		}
		h.speaking = b.On
	case call.Partial:
		h.partials++
		if b.Text == "" || !strings.HasPrefix(b.Text, b.Stable) || b.Start > b.End {
			h.t.Errorf("partial %+v", b)
		}
	case call.Utterance:
		h.utterance(b)
	default:
		h.t.Errorf("an engine says %T", b)
	}
}

func (h *heard) utterance(u call.Utterance) {
	const slack = 300 * time.Millisecond
	if u.Text == "" || u.Party != call.Agent || u.Start > u.End || u.Confidence < 0 || u.Confidence > 1 {
		h.t.Errorf("utterance %+v", u)
	}
	if time.Duration(u.Start) < h.from-slack || time.Duration(u.End) > h.to+slack {
		h.t.Errorf("utterance %v-%v lies outside the audio %v-%v", u.Start, u.End, h.from, h.to)
	}
	last := u.Start
	for _, w := range u.Words {
		if w.Start < last || w.End < w.Start || w.Text == "" || w.Confidence < 0 || w.Confidence > 1 {
			h.t.Errorf("word %+v after %v", w, last)
		}
		last = w.Start
	}
	h.utterances = append(h.utterances, u)
}

func (h *heard) text() string {
	var all []string
	for _, u := range h.utterances {
		all = append(all, u.Text)
	}
	return strings.Join(all, " ")
}

func listen(t *testing.T, eng speech.Engine, src *Source) *heard {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	h := &heard{t: t, from: src.From, to: src.From + time.Duration(len(src.Samples))*time.Second/time.Duration(src.Rate)}
	err := eng.Listen(ctx, setup("en-US"), src, h.sink)
	h.over.Store(true)
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	if h.speaking {
		t.Error("the last edge left the party speaking")
	}
	return h
}

func setup(language string) speech.Setup {
	return speech.Setup{Party: call.Agent, Language: language, Vocabulary: []string{"operator"}}
}

// Run holds an engine to the seam.
func Run(t *testing.T, eng speech.Engine, clip Clip) {
	t.Run("hears words with their times", func(t *testing.T) {
		h := listen(t, eng, &Source{Rate: clip.Rate, Samples: clip.Samples})
		if !strings.Contains(h.text(), clip.Word) || h.edges < 2 || h.partials == 0 {
			t.Errorf("heard %q with %d edges and %d partials", h.text(), h.edges, h.partials)
		}
	})
	t.Run("positions are those of the frames", func(t *testing.T) {
		h := listen(t, eng, &Source{From: 100 * time.Second, Rate: clip.Rate, Samples: clip.Samples})
		if len(h.utterances) == 0 {
			t.Error("nothing was heard")
		}
	})
	t.Run("silence says nothing", func(t *testing.T) {
		h := listen(t, eng, &Source{Rate: 8000, Samples: make([]int16, 8000*20)})
		if len(h.utterances) != 0 || h.edges != 0 {
			t.Errorf("heard %q with %d edges", h.text(), h.edges)
		}
	})
	t.Run("an empty source is no error", func(t *testing.T) {
		listen(t, eng, &Source{Rate: 8000})
	})
	t.Run("a foreign language is refused", func(t *testing.T) {
		err := eng.Listen(context.Background(), setup("tlh"), &Source{Rate: 8000}, func(call.Body) {})
		if !errors.Is(err, speech.ErrLanguage) {
			t.Errorf("%v", err)
		}
	})
	t.Run("the context ends it", func(t *testing.T) { cancelled(t, eng, clip) })
	t.Run("many at once", func(t *testing.T) { crowd(t, eng, clip) })
}

func cancelled(t *testing.T, eng speech.Engine, clip Clip) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	h := &heard{t: t, to: time.Hour}
	src := &Source{Rate: clip.Rate, Samples: clip.Samples, Blocked: make(chan struct{})}
	err := eng.Listen(ctx, setup("en"), src, func(b call.Body) {
		h.sink(b)
		cancel() // at the first sign of speech
	})
	h.over.Store(true)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func crowd(t *testing.T, eng speech.Engine, clip Clip) {
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			h := listen(t, eng, &Source{Rate: clip.Rate, Samples: clip.Samples})
			if !strings.Contains(h.text(), clip.Word) {
				t.Errorf("heard %q in a crowd", h.text())
			}
		})
	}
	all.Wait()
}
