package meaning

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Example is a sentence and what it is about.
type Example struct{ Text, Label string }

// Classifier tells apart many labels by many examples each: a logistic
// regression over what sentences mean, multiplied with one over how they are
// spelled. Safe for concurrent use.
type Classifier struct {
	embedder Embedder
	language string
	labels   []string
	mean     []float32
	meant    *softmax
	lex      *lexicon
	spelled  *softmax
	centres  [][]float32 // by label
	Share    float64     // of meaning in the product, 0..1
}

// Ranked is a label with its probability.
type Ranked struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// Answer is what a text is about, best first.
type Answer struct {
	Ranked []Ranked
	// Known is how much the text looks like anything that was learned; compare it
	// with a Gate.
	Known float64
}

// ErrExamples is returned for examples that nothing can be learned from.
var ErrExamples = errors.New("at least two labels with an example each are needed")

// scaleUp brings the centred vectors to a length that learns quickly.
const scaleUp = 12

// Train learns. It embeds every example once.
func Train(ctx context.Context, e Embedder, language string, examples []Example) (*Classifier, error) {
	return train(ctx, e, language, examples, len(examples))
}

// TrainSpoken learns from every example as written and once more as a recogniser
// might have misheard it. With three of ten words wrong it is right about five
// times in a hundred more often, on clean text about once less.
func TrainSpoken(ctx context.Context, e Embedder, language string, examples []Example) (*Classifier, error) {
	texts := make([]string, len(examples))
	for i, x := range examples {
		texts[i] = x.Text
	}
	both := slices.Clone(examples)
	for i, t := range misheard(texts) {
		both = append(both, Example{Text: t, Label: examples[i].Label})
	}
	return train(ctx, e, language, both, len(examples))
}

// train learns from examples of which so many were written by people.
func train(ctx context.Context, e Embedder, language string, examples []Example, written int) (*Classifier, error) {
	texts := make([]string, len(examples))
	for i, x := range examples {
		texts[i] = x.Text
	}
	vectors, err := e.Embed(ctx, language, texts)
	if err != nil {
		return nil, fmt.Errorf("examples: %w", err)
	}
	c := &Classifier{embedder: e, language: language, Share: 0.8}
	at := map[string]int{}
	for _, x := range examples {
		if _, ok := at[x.Label]; !ok {
			at[x.Label] = 0
			c.labels = append(c.labels, x.Label)
		}
	}
	slices.Sort(c.labels)
	if len(c.labels) < 2 {
		return nil, ErrExamples
	}
	for i, l := range c.labels {
		at[l] = i
	}
	labels := make([]int, len(examples))
	for i, x := range examples {
		labels[i] = at[x.Label]
	}
	c.centre(vectors, labels)
	return c, c.fit(ctx, texts, vectors, labels, written < 20*len(c.labels))
}

// fit learns both parts at once.
func (c *Classifier) fit(ctx context.Context, texts []string, vectors [][]float32, labels []int, few bool) error {
	var wait sync.WaitGroup
	var errMeant, errSpelled error
	wait.Go(func() {
		rows := make([]row, len(vectors))
		for i, v := range vectors {
			rows[i] = c.dense(v)
		}
		l := learning{epochs: 25, rate: 0.12, smooth: 0.1}
		if few {
			l = learning{epochs: 60, rate: 0.12, smooth: 0.05}
			c.Share = 0.95
		}
		c.meant, errMeant = fit(ctx, rows, labels, len(c.mean), len(c.labels), l)
	})
	wait.Go(func() {
		c.lex = newLexicon(texts)
		rows := make([]row, len(texts))
		for i, t := range texts {
			rows[i] = c.lex.row(t)
		}
		l := learning{epochs: 25, rate: 1, smooth: 0.1}
		if few {
			l.epochs = 40
		}
		c.spelled, errSpelled = fit(ctx, rows, labels, len(c.lex.idf), len(c.labels), l)
	})
	wait.Wait()
	return errors.Join(errMeant, errSpelled)
}

// centre finds the mean of all vectors and of each label's.
func (c *Classifier) centre(vectors [][]float32, labels []int) {
	c.mean = make([]float32, len(vectors[0]))
	c.centres = make([][]float32, len(c.labels))
	for i, v := range vectors {
		axpy(1/float32(len(vectors)), v, c.mean)
		if c.centres[labels[i]] == nil {
			c.centres[labels[i]] = make([]float32, len(v))
		}
		axpy(1, v, c.centres[labels[i]])
	}
	for _, m := range c.centres {
		shrink(m)
	}
}

func shrink(v []float32) {
	n := math.Sqrt(dot(v, v))
	for i := range v {
		if n > 0 {
			v[i] = float32(float64(v[i]) / n)
		}
	}
}

// dense is an embedded text as a row: centred and scaled.
func (c *Classifier) dense(v []float32) row {
	r := row{at: make([]int32, len(v)), v: make([]float32, len(v))}
	for i, x := range v {
		r.at[i], r.v[i] = int32(i), scaleUp*(x-c.mean[i])
	}
	return r
}

// Labels are those that were learned, sorted.
func (c *Classifier) Labels() []string { return slices.Clone(c.labels) }

// Rank answers for several texts at once.
func (c *Classifier) Rank(ctx context.Context, texts []string) ([]Answer, error) {
	vectors, err := c.embedder.Embed(ctx, c.language, texts)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(texts))
	for i, t := range texts {
		out[i] = c.rank(t, vectors[i])
	}
	return out, nil
}

func (c *Classifier) rank(text string, v []float32) Answer {
	meant, spelled := make([]float32, len(c.labels)), make([]float32, len(c.labels))
	c.meant.logits(c.dense(v), meant)
	energy := logSum(meant)
	normalise(meant)
	c.spelled.logits(c.lex.row(text), spelled)
	normalise(spelled)
	both := make([]float32, len(c.labels))
	for i := range both {
		both[i] = float32(2 * (c.Share*math.Log(float64(meant[i])+1e-9) + (1-c.Share)*math.Log(float64(spelled[i])+1e-9)))
	}
	normalise(both)
	a := Answer{Ranked: make([]Ranked, len(c.labels))}
	for i, l := range c.labels {
		a.Ranked[i] = Ranked{l, math.Round(float64(both[i])*1e6) / 1e6}
	}
	slices.SortStableFunc(a.Ranked, func(x, y Ranked) int {
		switch {
		case x.Score > y.Score:
			return -1
		case x.Score < y.Score:
			return 1
		}
		return 0
	})
	near := 0.0
	for _, m := range c.centres {
		near = max(near, dot(v, m))
	}
	a.Known = 0.25*energy + 10*near + 2*a.Ranked[0].Score
	return a
}

func logSum(v []float32) float64 {
	top := v[0]
	for _, x := range v {
		top = max(top, x)
	}
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(float64(x - top))
	}
	return float64(top) + math.Log(sum)
}
