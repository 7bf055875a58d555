package meaning

import (
	"context"
	"slices"
)

// rejected is the share of texts in scope that a gate may turn away.
const rejected = 0.03

// Gate learns below which Known a text is about none of the labels. A fifth of
// the examples, left out of a trial, says how well known the unseen is; three of
// a hundred of those are turned away, which with all examples learned is near five.
func Gate(ctx context.Context, e Embedder, language string, examples []Example) (float64, error) {
	var learn, ask []Example
	seen := map[string]int{}
	for _, x := range examples {
		if seen[x.Label]++; seen[x.Label]%5 == 0 {
			ask = append(ask, x)
		} else {
			learn = append(learn, x)
		}
	}
	if len(ask) < 20 { // too few to tell: turn nothing away that is near at all
		return 0, nil
	}
	trial, err := Train(ctx, e, language, learn)
	if err != nil {
		return 0, err
	}
	texts := make([]string, len(ask))
	for i, x := range ask {
		texts[i] = x.Text
	}
	answers, err := trial.Rank(ctx, texts)
	if err != nil {
		return 0, err
	}
	known := make([]float64, len(answers))
	for i, a := range answers {
		known[i] = a.Known
	}
	slices.Sort(known)
	return known[int(float64(len(known))*rejected)], nil
}
