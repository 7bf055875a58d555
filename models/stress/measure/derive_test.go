package measure_test

import (
	"math"
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/models/stress"
	"github.com/sidetone/sidetone/models/stress/measure"
)

// effects are those of the coefficients file's comment: published, not fitted.
func effects() map[stress.Score]map[stress.Feature]float64 {
	const (
		pitch, level, alpha, hammarberg = stress.Pitch, stress.Level, stress.Alpha, stress.Hammarberg
		slope, f1, hnr, tempo           = stress.Slope, stress.F1, stress.HNR, stress.Tempo
	)
	return map[stress.Score]map[stress.Feature]float64{
		stress.Anger:   {pitch: 1.4, level: 0.8, alpha: -1.5, hammarberg: -1.5, slope: 1.2, f1: 1.1, hnr: -0.5, tempo: 0.3},
		stress.Tension: {pitch: 1.3, level: 0.3, alpha: -0.5, hammarberg: -0.5, slope: 0.5, f1: 0.4, hnr: 0.6, tempo: 0.2},
		stress.Arousal: {pitch: 1.35, level: 0.55, alpha: -1, hammarberg: -1, slope: 0.85, f1: 0.75, hnr: 0, tempo: 0.25},
	}
}

// The file says where its numbers come from; this test takes it at its word.
func TestShippedCoefficientsAreDerivedNotFitted(t *testing.T) {
	c, err := measure.Calmness(devdata.Shared(t, "telephone_en"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := stress.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for f := range stress.FeatureCount {
		t.Logf("%-12s low %.2f high %.2f between %.3f within %.3f", f, c.Low[f], c.High[f], c.Between[f], c.Within[f])
		if r := m.Within(f) / c.Within[f]; r < 0.8 || r > 1.25 {
			t.Errorf("%s: within is %.3f in the file and %.3f in the recordings", f, m.Within(f), c.Within[f])
		}
	}
	for s, d := range effects() {
		w, err := c.Weights(d)
		if err != nil {
			t.Fatal(err)
		}
		bias := 0.0
		for f, v := range w {
			t.Logf("%s %s: %.2f", s, f, v)
			if math.Abs(v-m.Weight(s, f)) > 0.06 {
				t.Errorf("%s: %s weighs %.2f in the file and %.2f by its derivation", s, f, m.Weight(s, f), v)
			}
			if f != stress.Level {
				bias -= v * d[f] / 2
			}
		}
		t.Logf("%s bias %.2f", s, bias)
		if math.Abs(bias-m.Bias(s)) > 0.1 {
			t.Errorf("%s: bias is %.2f in the file and %.2f by its derivation", s, m.Bias(s), bias)
		}
	}
	t.Logf("%d sentences of %d speakers", c.Sentences, c.Speakers)
}
