package meaning_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidetone/sidetone/coach/meaning"
)

// bag is an embedder of which words are in a sentence.
type bag struct{ fail int }

func (b *bag) Embed(ctx context.Context, _ string, texts []string) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b.fail > 0 {
		b.fail--
		return nil, errors.New("the worker is gone")
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := make([]float32, 512)
		for w := range strings.FieldsSeq(t) {
			h := uint32(2166136261)
			for _, c := range w {
				h = (h ^ uint32(c)) * 16777619
			}
			v[h%512]++
		}
		n := 0.0
		for _, x := range v {
			n += float64(x * x)
		}
		for j := range v {
			if n > 0 {
				v[j] = float32(float64(v[j]) / math.Sqrt(n))
			}
		}
		out[i] = v
	}
	return out, nil
}

var examples = map[string]map[string][]string{"en": {
	"manager": {"i want to speak to your manager", "give me your supervisor now"},
	"late":    {"my parcel has not arrived yet"},
	"":        {"my manager told me to order this"},
}}

func TestScore(t *testing.T) {
	ctx := context.Background()
	s := meaning.New(&bag{}, examples)
	if _, err := s.Score(ctx, "en", "i want to speak to your manager"); !errors.Is(err, meaning.ErrNotReady) {
		t.Fatalf("before the examples are read: %v", err)
	}
	if err := s.Prepare(ctx, "en-GB"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text, id string
		yes      bool
	}{
		{"well i want to speak to your manager", "manager", true},
		{"so listen " + strings.Repeat("then there was this other thing ", 6) + "and now my parcel has not arrived yet", "late", true},
		{"my manager told me to order this", "manager", false},
		{"what lovely weather today in town", "late", false},
	} {
		got, err := s.Score(ctx, "en-US", test.text)
		if err != nil {
			t.Fatal(err)
		}
		if (got[test.id] >= 0.6) != test.yes {
			t.Errorf("%q: %v", test.text, got)
		}
		for id, p := range got {
			if p < 0 || p > 1 || math.Round(p*1000)/1000 != p || id == "" {
				t.Errorf("score %v of %q", p, id)
			}
		}
	}
	for _, text := range []string{"", "yes", "to your"} {
		if got, err := s.Score(ctx, "en", text); err != nil || len(got) > 0 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if got, err := s.Score(ctx, "tlh", "qapla batlh je"); err != nil || got != nil {
		t.Errorf("a language without examples: %v, %v", got, err)
	}
	if a, b := must(s.Score(ctx, "en", "speak to your manager")), must(s.Score(ctx, "en", "speak to your manager")); a["manager"] != b["manager"] {
		t.Error("two answers to one question")
	}
}

func must(m map[string]float64, err error) map[string]float64 {
	if err != nil {
		panic(err)
	}
	return m
}

// Run tries again until the examples are read, and a call never waits for it.
func TestRunTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meaning.New(&bag{fail: 3}, examples)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		if _, err := s.Score(ctx, "en", "i want to speak"); err == nil {
			t.Fatal("scored without examples")
		}
		time.Sleep(time.Minute) // of the fake clock
		if _, err := s.Score(ctx, "en", "i want to speak"); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestDeadlineIsObeyed(t *testing.T) {
	s := meaning.New(&bag{}, examples)
	if err := s.Prepare(context.Background(), "en"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Score(ctx, "en", "i want to speak to your manager"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
