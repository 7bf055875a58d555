package stress

import (
	_ "embed"
	"fmt"
	"math"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed coefficients.yaml
var shipped []byte

// A Score is one of the three quantities.
type Score int

// The scores.
const (
	Arousal Score = iota
	Anger
	Tension
	scoreCount
)

var scoreNames = [scoreCount]string{"arousal", "anger", "tension"}

// String is the score's name in the coefficients file.
func (s Score) String() string { return scoreNames[s] }

// prior is the population's figure for one feature.
type prior struct{ low, high, between, within float64 }

// Model is the coefficients: a few priors per feature, and per score a line of
// weights. Read only once made; estimators share it.
type Model struct {
	features [FeatureCount]prior
	weights  [scoreCount]Vector
	bias     [scoreCount]float64
}

// fileMost bounds a coefficients file: two hundred figures and their story.
const fileMost = 32 << 10

// modelFile is the readable form.
type modelFile struct {
	Features map[string]struct {
		Low     float64 `yaml:"low"`
		High    float64 `yaml:"high"`
		Between float64 `yaml:"between"`
		Within  float64 `yaml:"within"`
	} `yaml:"features"`
	Scores map[string]map[string]float64 `yaml:"scores"`
}

// Shipped is the model that comes with the program.
func Shipped() (*Model, error) { return ParseModel(shipped) }

// ParseModel reads a coefficients file. An error says which entry is wrong.
func ParseModel(b []byte) (*Model, error) {
	if len(b) > fileMost {
		return nil, fmt.Errorf("coefficients: %d bytes: a file has %d at most", len(b), fileMost)
	}
	var f modelFile
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("coefficients: %w", err)
	}
	m := &Model{}
	for name, p := range f.Features {
		i, ok := featureNamed(name)
		if !ok {
			return nil, fmt.Errorf("coefficients: features has %q, which is none of %v", name, names)
		}
		if !(p.Within > 0) || !(p.Between >= 0) || !finite(p.Low, p.High, p.Between, p.Within) {
			return nil, fmt.Errorf("coefficients: features %s: within must be above 0 and between 0 or more", name)
		}
		m.features[i] = prior{p.Low, p.High, p.Between, p.Within}
	}
	for s := range scoreCount {
		line, ok := f.Scores[s.String()]
		if !ok {
			return nil, fmt.Errorf("coefficients: scores has no %s", s)
		}
		for name, w := range line {
			i, ok := featureNamed(name)
			switch {
			case !finite(w):
				return nil, fmt.Errorf("coefficients: scores %s: %s is not a number", s, name)
			case name == "bias":
				m.bias[s] = w
			case !ok || m.features[i].within == 0:
				return nil, fmt.Errorf("coefficients: scores %s: %q has no entry under features", s, name)
			default:
				m.weights[s][i] = w
			}
		}
	}
	if len(f.Scores) > int(scoreCount) {
		return nil, fmt.Errorf("coefficients: scores holds more than %v", scoreNames)
	}
	return m, nil
}

func finite(list ...float64) bool {
	for _, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func featureNamed(name string) (Feature, bool) {
	for i, n := range names {
		if n == name {
			return Feature(i), true
		}
	}
	return 0, false
}

// score is the quantity for a distance from the baseline, 0..1.
func (m *Model) score(s Score, z *Vector) float64 {
	sum := m.bias[s]
	for f, w := range m.weights[s] {
		sum += w * z[f]
	}
	return 1 / (1 + math.Exp(-sum))
}

// words say what a feature's move sounds like: up, down.
var words = [FeatureCount][2]string{
	Pitch: {"higher", "lower"}, PitchRange: {"livelier", "flatter"}, Level: {"louder", "quieter"},
	Alpha: {"softer", "harder"}, Hammarberg: {"softer", "harder"}, Slope: {"harder", "softer"},
	F1: {"more open", "less open"}, HNR: {"clearer", "rougher"}, Jitter: {"less steady", "steadier"},
	Shimmer: {"less steady", "steadier"}, Flux: {"choppier", "smoother"}, Teager: {"sharper", "duller"},
	Tempo: {"faster", "slower"}, Pause: {"more pauses", "fewer pauses"},
}

// whyMost is how many words a window gives, whyLeast what a word must have
// moved the score by.
const (
	whyMost  = 3
	whyLeast = 0.35
)

// reasons keeps each list of words once made: windows are logged, so a list may
// not change, and a stream may not allocate for what it said before.
type reasons map[[whyMost]string][]string

// of is the words that moved the arousal most, the strongest first.
func (r reasons) of(m *Model, z *Vector) []string {
	var list [whyMost]string
	n := m.why(z, &list)
	if n == 0 {
		return nil
	}
	if _, ok := r[list]; !ok {
		r[list] = slices.Clone(list[:n])
	}
	return r[list]
}

func (m *Model) why(z *Vector, to *[whyMost]string) (n int) {
	var used [FeatureCount]bool
	for n < whyMost {
		best, most := -1, whyLeast
		for f, w := range m.weights[Arousal] {
			if v := math.Abs(w * z[f]); !used[f] && v > most {
				best, most = f, v
			}
		}
		if best < 0 {
			return n
		}
		used[best] = true
		word := words[best][0]
		if z[best] < 0 {
			word = words[best][1]
		}
		if !slices.Contains(to[:n], word) {
			to[n] = word
			n++
		}
	}
	return n
}

// Size is how many coefficients there are.
func (m *Model) Size() int {
	n := 0
	for _, f := range m.features {
		if f.within > 0 {
			n += 4
		}
	}
	for s := range m.weights {
		n++
		for _, w := range m.weights[s] {
			if w != 0 {
				n++
			}
		}
	}
	return n
}

// Weight is what one unit of distance of a feature adds to a score's logit.
func (m *Model) Weight(s Score, f Feature) float64 { return m.weights[s][f] }

// Bias is the logit of a score for a voice right on its baseline.
func (m *Model) Bias(s Score) float64 { return m.bias[s] }

// Within is the deviation of a feature between one calm speaker's sentences.
func (m *Model) Within(f Feature) float64 { return m.features[f].within }
