package measure

import (
	"errors"
	"math"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/sidetone/sidetone/models/stress"
)

// Calm is what telephone speech without a label shows of calm speakers: the
// spread between one speaker's sentences and how the features move together.
type Calm struct {
	Sentences, Speakers int
	Low, High           stress.Vector // means of low and high voices
	Between, Within     stress.Vector // deviations
	Correlation         *mat.SymDense // within speakers, FeatureCount square
}

// Calmness measures sentences named SPEAKER_NUMBER.ulaw in a folder. It is what
// the priors and correlations of the shipped coefficients come from.
func Calmness(dir string) (*Calm, error) {
	list, err := filepath.Glob(filepath.Join(dir, "*.ulaw"))
	if err != nil || len(list) == 0 {
		return nil, errors.New(dir + " holds no .ulaw sentences")
	}
	vectors := make([]stress.Vector, len(list))
	err = each(len(list), func(i int) error {
		c, err := Load(list[i], 8000)
		if err != nil {
			return err
		}
		e, err := stress.New(stress.Config{})
		if err != nil {
			return err
		}
		Play(e, c)
		vectors[i] = e.Vector()
		return nil
	})
	if err != nil {
		return nil, err
	}
	by := map[string][]stress.Vector{}
	for i, v := range vectors {
		speaker := filepath.Base(list[i])[:10]
		if complete(&v) {
			by[speaker] = append(by[speaker], v)
		}
	}
	return calm(by), nil
}

func complete(v *stress.Vector) bool {
	for _, x := range v {
		if math.IsNaN(x) {
			return false
		}
	}
	return true
}

func calm(by map[string][]stress.Vector) *Calm {
	const n = int(stress.FeatureCount)
	c := &Calm{Correlation: mat.NewSymDense(n, nil)}
	var class [2][]stress.Vector
	free := 0
	for _, list := range by {
		if len(list) < 2 {
			continue
		}
		m := centre(list)
		high := 0
		if m[stress.Pitch] > 12*math.Log2(157) {
			high = 1
		}
		class[high] = append(class[high], m)
		c.Speakers++
		c.Sentences += len(list)
		free += len(list) - 1
		for _, v := range list {
			for i := range n {
				for j := range i + 1 {
					c.Correlation.SetSym(i, j, c.Correlation.At(i, j)+(v[i]-m[i])*(v[j]-m[j]))
				}
			}
		}
	}
	c.Low, c.High = centre(class[0]), centre(class[1])
	for i := range n {
		c.Within[i] = math.Sqrt(c.Correlation.At(i, i) / float64(free))
		for k, m := range []stress.Vector{c.Low, c.High} {
			for _, v := range class[k] {
				c.Between[i] += (v[i] - m[i]) * (v[i] - m[i]) / float64(c.Speakers-2)
			}
		}
		c.Between[i] = math.Sqrt(c.Between[i])
	}
	for i := range n {
		for j := range i {
			c.Correlation.SetSym(i, j, c.Correlation.At(i, j)/float64(free)/c.Within[i]/c.Within[j])
		}
	}
	for i := range n {
		c.Correlation.SetSym(i, i, 1)
	}
	return c
}

func centre(list []stress.Vector) (m stress.Vector) {
	for _, v := range list {
		for f := range v {
			m[f] += v[f] / float64(len(list))
		}
	}
	return m
}

// Weights are (R/2 + I/2)^-1 d for published effects d: what a linear
// discriminant weighs the features, with the correlations half believed.
func (c *Calm) Weights(effects map[stress.Feature]float64) (map[stress.Feature]float64, error) {
	var use []stress.Feature
	for f := range stress.FeatureCount {
		if _, ok := effects[f]; ok {
			use = append(use, f)
		}
	}
	r, d := mat.NewDense(len(use), len(use), nil), mat.NewVecDense(len(use), nil)
	for i, f := range use {
		d.SetVec(i, effects[f])
		for j, g := range use {
			r.Set(i, j, c.Correlation.At(int(f), int(g))/2)
		}
		r.Set(i, i, 1)
	}
	var w mat.VecDense
	if err := w.SolveVec(r, d); err != nil {
		return nil, err
	}
	out := map[stress.Feature]float64{}
	for i, f := range use {
		out[f] = w.AtVec(i)
	}
	return out, nil
}
