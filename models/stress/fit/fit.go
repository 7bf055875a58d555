// Package fit refits the coefficients of voice stress on a user's own labelled
// clips and says honestly what that is worth.
//
// It exists because acted speech and published effects only go so far: a call
// centre's own labelled calls are the one route to a real figure. It must never
// test on a speaker it has learnt from, and never move further from the
// published coefficients than the clips can carry.
package fit

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sidetone/sidetone/models/stress"
)

// Clip is one labelled clip, heard.
type Clip struct {
	File, Speaker, Label string
	Vector               stress.Vector
	Voiced               float64 // seconds
}

// ErrData is wrapped when the clips cannot carry a fit.
var ErrData = errors.New("these clips cannot carry a fit")

const (
	// hold is how strongly the weights are held at the shipped ones: as many
	// clips as it takes to move them half way.
	hold = 8.0
	// holdBias holds the bias less: where the line lies is what differs most
	// from one place to another.
	holdBias = 0.5
	// rounds bounds Newton's method; it needs about ten.
	rounds = 100
	// speakersLeast is how many speakers a figure takes.
	speakersLeast = 3
)

// Calm is the label of the clips that make the baseline and the negatives.
const Calm = "neutral"

// positive are the labels that count for a score.
func positive(s stress.Score, label string) bool {
	switch s {
	case stress.Anger:
		return label == "anger"
	case stress.Tension:
		return label == "fear" || label == "tension"
	}
	return label == "anger" || label == "fear" || label == "tension" || label == "happy"
}

// Labels lists what a clip may be labelled.
func Labels() []string { return []string{Calm, "anger", "fear", "tension", "happy", "sad"} }

// Line is one score's figures, each over speakers that were not learnt from.
type Line struct {
	Score           stress.Score
	Yes, No         int // clips
	Speakers        int
	Shipped, Fitted Figure
}

// Figure is how well a score tells its label from neutral.
type Figure struct{ UAR, AUC float64 }

// point is a clip as the regression sees it.
type point struct {
	speaker string
	z       stress.Vector
	yes     bool
}

// Fit refits every score that the clips have labels for. Half of each
// speaker's calm clips become the baseline and are counted nowhere.
func Fit(clips []Clip, m *stress.Model) (*stress.Model, []Line, error) {
	base, rest, err := split(clips)
	if err != nil {
		return nil, nil, err
	}
	out := m
	var lines []Line
	for _, s := range stress.Scores() {
		var points []point
		speakers := map[string]bool{}
		line := Line{Score: s}
		for _, c := range rest {
			yes := positive(s, c.Label)
			if !yes && c.Label != Calm {
				continue
			}
			points = append(points, point{c.Speaker, base[c.Speaker].Distance(m, c.Vector), yes})
			if yes {
				line.Yes++
				speakers[c.Speaker] = true
			} else {
				line.No++
			}
		}
		if line.Speakers = len(speakers); line.Yes < 10 || line.No < 10 || line.Speakers < speakersLeast {
			continue
		}
		line.Shipped, line.Fitted = cross(points, m, s)
		bias, w := regress(points, m, s)
		out = out.With(s, bias, w)
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("%w: a score takes 10 clips of its label and 10 calm ones besides the baseline, of %d speakers", ErrData, speakersLeast)
	}
	return out, lines, nil
}

// split makes the baselines.
func split(clips []Clip) (map[string]*stress.Baseline, []Clip, error) {
	base := map[string]*stress.Baseline{}
	count := map[string]int{}
	var rest []Clip
	for _, c := range clips {
		if base[c.Speaker] == nil {
			base[c.Speaker] = &stress.Baseline{}
		}
		if c.Label == Calm {
			count[c.Speaker]++
			if count[c.Speaker]%2 == 1 {
				base[c.Speaker].Enroll(c.Vector, c.Voiced)
				continue
			}
		}
		rest = append(rest, c)
	}
	for speaker := range base {
		if count[speaker] == 0 {
			return nil, nil, fmt.Errorf("%w: speaker %q has no clip labelled %s to compare with", ErrData, speaker, Calm)
		}
	}
	return base, rest, nil
}

// cross leaves each speaker out in turn: what the others teach is tried on the
// one left out, beside the shipped coefficients.
func cross(points []point, m *stress.Model, s stress.Score) (shipped, fitted Figure) {
	var speakers []string
	for _, p := range points {
		if !slices.Contains(speakers, p.speaker) {
			speakers = append(speakers, p.speaker)
		}
	}
	var a, b [2][]float64 // logits of no, yes
	for _, out := range speakers {
		var learn []point
		for _, p := range points {
			if p.speaker != out {
				learn = append(learn, p)
			}
		}
		bias, w := regress(learn, m, s)
		own := m.With(s, bias, w)
		for _, p := range points {
			if p.speaker != out {
				continue
			}
			k := 0
			if p.yes {
				k = 1
			}
			a[k] = append(a[k], m.Logit(s, p.z))
			b[k] = append(b[k], own.Logit(s, p.z))
		}
	}
	return figure(a), figure(b)
}

func figure(x [2][]float64) Figure {
	var f Figure
	for _, v := range x[1] {
		if v >= 0 {
			f.UAR += 0.5 / float64(len(x[1]))
		}
		for _, w := range x[0] {
			if v > w {
				f.AUC++
			} else if v == w {
				f.AUC += 0.5
			}
		}
	}
	for _, v := range x[0] {
		if v < 0 {
			f.UAR += 0.5 / float64(len(x[0]))
		}
	}
	f.AUC /= float64(max(1, len(x[0])*len(x[1])))
	return f
}

// regress is a logistic regression with both classes weighed alike, held at the
// shipped coefficients (a normal prior round them), by Newton's method.
func regress(points []point, m *stress.Model, s stress.Score) (float64, stress.Vector) {
	var use []stress.Feature
	for f := range stress.FeatureCount {
		if m.Weight(s, f) != 0 && f != stress.Level { // clips differ in gain
			use = append(use, f)
		}
	}
	n := len(use) + 1
	prior, w := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	prior.SetVec(0, m.Bias(s))
	for i, f := range use {
		prior.SetVec(i+1, m.Weight(s, f))
	}
	w.CopyVec(prior)
	yes := 0
	for _, p := range points {
		if p.yes {
			yes++
		}
	}
	x := mat.NewVecDense(n, nil)
	for range rounds {
		g, h := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		for i := range n {
			by := hold
			if i == 0 {
				by = holdBias
			}
			g.SetVec(i, by*(w.AtVec(i)-prior.AtVec(i)))
			h.SetSym(i, i, by)
		}
		for _, p := range points {
			x.SetVec(0, 1)
			for i, f := range use {
				x.SetVec(i+1, p.z[f])
			}
			weight, want := float64(len(points))/2/float64(len(points)-yes), 0.0
			if p.yes {
				weight, want = float64(len(points))/2/float64(yes), 1
			}
			q := 1 / (1 + math.Exp(-mat.Dot(w, x)))
			g.AddScaledVec(g, weight*(q-want), x)
			h.SymRankOne(h, weight*q*(1-q), x)
		}
		var step mat.VecDense
		if step.SolveVec(h, g) != nil {
			break
		}
		length := mat.Norm(&step, 2)
		w.AddScaledVec(w, -1/max(1, length), &step) // where the curve is flat a whole step leads astray
		if length < 1e-6 {
			break
		}
	}
	var out stress.Vector
	out[stress.Level] = m.Weight(s, stress.Level)
	for i, f := range use {
		out[f] = w.AtVec(i + 1)
	}
	return w.AtVec(0), out
}
