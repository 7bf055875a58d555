package measure_test

import (
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/models/stress/measure"
)

// Acted speech by telephone, half of each speaker's neutral clips as baseline.
// Natural calls are harder: this holds the promise, it does not describe a call.
func TestActedSpeechIsToldFromNeutral(t *testing.T) {
	for set, promised := range map[string][]struct {
		score, label string
		least        float64
	}{
		"emotion_de": {{"anger", "anger", 0.95}},
		"emotion_pl": {{"anger", "anger", 0.80}, {"tension", "fear", 0.82}},
	} {
		all, err := measure.Emotions(devdata.Shared(t, set))
		if err != nil {
			t.Fatal(err)
		}
		base, rest, err := measure.Split(all)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := measure.Scores(base, rest, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range promised {
			got := measure.Tell(scores, p.score, p.label)
			t.Logf("%s: %s tells %s with UAR %.3f (%.2f, %.2f), AUC %.3f", set, p.score, p.label, got.UAR(), got.Hit, got.Reject, got.AUC)
			if got.UAR() < p.least {
				t.Errorf("%s: %s tells %s with UAR %.3f, promised %.2f", set, p.score, p.label, got.UAR(), p.least)
			}
		}
	}
}
