package meaning_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/sidetone/sidetone/coach/meaning"
)

// shop makes n examples of each of three labels.
func shop(n int) []meaning.Example {
	var out []meaning.Example
	for i := range n {
		out = append(out,
			meaning.Example{Text: fmt.Sprintf("my parcel number %d has not arrived at home", i), Label: "late"},
			meaning.Example{Text: fmt.Sprintf("please cancel order %d for me today", i), Label: "cancel"},
			meaning.Example{Text: fmt.Sprintf("i want my money back for item %d", i), Label: "refund"})
	}
	return out
}

func TestClassifier(t *testing.T) {
	ctx := context.Background()
	c, err := meaning.Train(ctx, &bag{}, "en", shop(40))
	if err != nil {
		t.Fatal(err)
	}
	gate, err := meaning.Gate(ctx, &bag{}, "en", shop(40))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"the parcel has not arrived", "could you cancel the order", "money back please", "what a lovely sunny weather"}
	answers, err := c.Rank(ctx, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"late", "cancel", "refund"} {
		if got := answers[i].Ranked[0]; got.Label != want || got.Score < 0.4 {
			t.Errorf("%q: %+v", texts[i], got)
		}
		sum := 0.0
		for _, r := range answers[i].Ranked {
			sum += r.Score
		}
		if math.Abs(sum-1) > 1e-3 {
			t.Errorf("%q: probabilities sum to %v", texts[i], sum)
		}
	}
	if answers[3].Known >= gate {
		t.Errorf("the weather is known: %v, gate %v", answers[3].Known, gate)
	}
	again, err := meaning.Train(ctx, &bag{}, "en", shop(40))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := again.Rank(ctx, texts[:1]); b[0].Ranked[0] != answers[0].Ranked[0] {
		t.Errorf("two trainings differ: %v, %v", b[0].Ranked[0], answers[0].Ranked[0])
	}
	spoken, err := meaning.TrainSpoken(ctx, &bag{}, "en", shop(40))
	if err != nil {
		t.Fatal(err)
	}
	if a, err := spoken.Rank(ctx, texts[:1]); err != nil || a[0].Ranked[0].Label != "late" {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := meaning.Train(ctx, &bag{}, "en", shop(3)[:1]); !errors.Is(err, meaning.ErrExamples) {
		t.Errorf("one label: %v", err)
	}
}
