package stress

import (
	"bytes"
	"fmt"
)

// Logit is a score's sum before it becomes a share, for a distance from the
// baseline.
func (m *Model) Logit(s Score, z Vector) float64 {
	sum := m.bias[s]
	for f, w := range m.weights[s] {
		sum += w * z[f]
	}
	return sum
}

// With is a copy with other weights for one score.
func (m *Model) With(s Score, bias float64, weights Vector) *Model {
	c := *m
	c.bias[s], c.weights[s] = bias, weights
	return &c
}

// File is the model in the form ParseModel reads, under a comment of one line.
func (m *Model) File(comment string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\nfeatures:\n", comment)
	for f, p := range m.features {
		if p.within > 0 {
			fmt.Fprintf(&b, "  %s: {low: %g, high: %g, between: %g, within: %g}\n", Feature(f), p.low, p.high, p.between, p.within)
		}
	}
	b.WriteString("scores:\n")
	for s := range scoreCount {
		fmt.Fprintf(&b, "  %s: {bias: %.3f", s, m.bias[s])
		for f, w := range m.weights[s] {
			if w != 0 {
				fmt.Fprintf(&b, ", %s: %.3f", Feature(f), w)
			}
		}
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// Scores lists the scores.
func Scores() []Score { return []Score{Arousal, Anger, Tension} }
