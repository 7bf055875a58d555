package meaning

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

//go:embed background.en.txt
var backgroundEN string

//go:embed background.zh.txt
var backgroundZH string

// Embedder turns texts into vectors of length 1, in the same order.
// models/embed.Embedder satisfies it.
type Embedder interface {
	Embed(ctx context.Context, language string, texts []string) ([][]float32, error)
}

// ErrNotReady is returned until the examples of a language are embedded.
var ErrNotReady = errors.New("the examples are still being read")

// Scorer scores utterances. Safe for concurrent use.
type Scorer struct {
	embedder Embedder
	examples map[string]map[string][]string

	mu    sync.RWMutex
	ready map[string]*space
	why   map[string]error
}

// New makes a scorer for examples by language and id; what stands under the id
// "" resembles nothing. Nothing is computed before Prepare or Run.
func New(e Embedder, examples map[string]map[string][]string) *Scorer {
	s := &Scorer{embedder: e, ready: map[string]*space{}, why: map[string]error{}, examples: map[string]map[string][]string{}}
	for lang, ids := range examples {
		s.examples[base(lang)] = maps.Clone(ids)
	}
	return s
}

const (
	retryMin = 500 * time.Millisecond
	retryMax = 30 * time.Second
)

// Run embeds the examples of every language, again and again where the embedder
// fails, and then waits for ctx to end.
func (s *Scorer) Run(ctx context.Context) error {
	wait := retryMin
	for !s.prepareAll(ctx) {
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		wait = min(2*wait, retryMax)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *Scorer) prepareAll(ctx context.Context) bool {
	all := true
	for _, lang := range slices.Sorted(maps.Keys(s.examples)) {
		all = s.Prepare(ctx, lang) == nil && all
	}
	return all
}

// Prepare embeds the examples of one language now. A language without examples
// needs none.
func (s *Scorer) Prepare(ctx context.Context, language string) error {
	lang := base(language)
	s.mu.RLock()
	done := s.ready[lang] != nil
	s.mu.RUnlock()
	if done || len(s.examples[lang]) == 0 {
		return nil
	}
	sp, err := newSpace(ctx, s.embedder, lang, s.examples[lang])
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.why[lang] = err
		return fmt.Errorf("examples of language %q: %w", lang, err)
	}
	s.ready[lang] = sp
	return nil
}

const (
	// span is how many words are compared at once: examples are sentences, and a
	// long turn would blur into none of them.
	span, stride = 18, 9
	// mostSpans bounds the work for one utterance.
	mostSpans = 8
	// worth is the least score that is kept.
	worth = 0.2
)

// Score tells what text resembles: the ids with scores from 0.2, rounded to
// three decimals, and always the best one. It obeys the deadline of ctx.
func (s *Scorer) Score(ctx context.Context, language, text string) (map[string]float64, error) {
	lang := base(language)
	if len(s.examples[lang]) == 0 {
		return nil, nil
	}
	s.mu.RLock()
	sp, why := s.ready[lang], s.why[lang]
	s.mu.RUnlock()
	if sp == nil {
		if why != nil {
			return nil, why
		}
		return nil, ErrNotReady
	}
	pieces := cut(text)
	if len(pieces) == 0 {
		return nil, nil
	}
	vectors, err := s.embedder.Embed(ctx, lang, pieces)
	if err != nil {
		return nil, err
	}
	best := map[string]float64{}
	for _, v := range vectors {
		sp.score(v, best)
	}
	top := ""
	for id, p := range best {
		best[id] = math.Round(p*1000) / 1000
		if top == "" || best[id] > best[top] || best[id] == best[top] && id < top {
			top = id
		}
	}
	maps.DeleteFunc(best, func(id string, p float64) bool { return p < worth && id != top })
	return best, nil
}

// least is how many words (Chinese: characters) an utterance needs to mean
// something by itself.
const leastWords, leastHan = 3, 4

// cut makes overlapping pieces of a long utterance; none of a very short one.
func cut(text string) []string {
	words := strings.Fields(text)
	han := 0
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			han++
		}
	}
	if han > 0 {
		text = strings.Join(words, "")
		return cutHan([]rune(text), han)
	}
	if len(words) < leastWords {
		return nil
	}
	var out []string
	for from := 0; from < len(words) && len(out) < mostSpans; from += stride {
		to := min(len(words), from+span)
		out = append(out, strings.Join(words[from:to], " "))
		if to == len(words) {
			break
		}
	}
	return out
}

func cutHan(r []rune, han int) []string {
	if han < leastHan {
		return nil
	}
	const span, stride = 30, 15
	var out []string
	for from := 0; from < len(r) && len(out) < mostSpans; from += stride {
		to := min(len(r), from+span)
		out = append(out, string(r[from:to]))
		if to == len(r) {
			break
		}
	}
	return out
}

// space is the embedded examples of one language.
type space struct {
	ids   []string
	like  [][][]float32 // by id
	other [][]float32   // what resembles nothing
	curve curve
}

// curve is how similarity becomes a score. The vectors of this model lie close
// together: unrelated sentences reach 0.63 in the middle and 0.74 in one of a
// hundred (English). Fitted by hand on the built-in examples left out one by one
// and 1,500 sentences of other business.
type curve struct{ middle, steep, gap, lean float64 }

func curveOf(lang string) curve {
	if lang == "zh" {
		return curve{middle: 0.68, steep: 25, gap: 0.05, lean: 25}
	}
	return curve{middle: 0.735, steep: 25, gap: 0.04, lean: 25}
}

func newSpace(ctx context.Context, e Embedder, lang string, examples map[string][]string) (*space, error) {
	sp := &space{curve: curveOf(lang)}
	var others []string
	switch lang {
	case "en":
		others = strings.Split(strings.TrimSpace(backgroundEN), "\n")
	case "zh":
		others = strings.Split(strings.TrimSpace(backgroundZH), "\n")
	}
	others = append(others, examples[""]...)
	var err error
	if sp.other, err = e.Embed(ctx, lang, others); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(examples)) {
		if id == "" {
			continue
		}
		v, err := e.Embed(ctx, lang, examples[id])
		if err != nil {
			return nil, err
		}
		sp.ids, sp.like = append(sp.ids, id), append(sp.like, v)
	}
	return sp, nil
}

// score raises best to the scores of one vector.
func (sp *space) score(v []float32, best map[string]float64) {
	nothing := nearest(v, sp.other)
	for i, id := range sp.ids {
		s := nearest(v, sp.like[i])
		x := sp.curve.steep*(s-sp.curve.middle) + sp.curve.lean*(s-nothing-sp.curve.gap)
		best[id] = max(best[id], 1/(1+math.Exp(-x)))
	}
}

func nearest(v []float32, among [][]float32) float64 {
	best := 0.0
	for _, o := range among {
		best = max(best, dot(v, o))
	}
	return best
}

func dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var s float32
	for i, x := range a {
		s += x * b[i]
	}
	return float64(s)
}

func base(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}
