package measure

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/models/stress"
)

// Acted is one labelled clip of acted speech, ready to be heard by telephone.
type Acted struct {
	Speaker, Label string // label: "neutral", "anger", "fear", ...
	Clip           Clip
}

// labels maps what folders and files are called.
var labels = map[string]string{"angry": "anger", "anger": "anger", "neutral": "neutral", "fear": "fear", "happy": "happy", "sad": "sad"}

// Emotions loads a corpus: folders Angry, Neutral, ... of WAV files whose first
// two letters name the speaker, or files SPEAKER_LABEL_NUMBER.ulaw. Each is
// levelled at -26 dBFS and brought through the telephone, sharp edges included
// where it was recorded wide.
func Emotions(dir string) ([]Acted, error) {
	var out []Acted
	wavs, _ := filepath.Glob(filepath.Join(dir, "*", "*.wav"))
	raws, _ := filepath.Glob(filepath.Join(dir, "*_*_*.ulaw"))
	list := append(wavs, raws...)
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no LABEL/NAME.wav and no SPEAKER_LABEL_NUMBER.ulaw: give a corpus of emotion", dir)
	}
	sort.Strings(list)
	out = make([]Acted, len(list))
	err := each(len(list), func(i int) error {
		name := filepath.Base(list[i])
		c, err := Load(list[i], 8000)
		if err != nil {
			return err
		}
		a := Acted{Clip: Normalised(c)}
		if strings.HasSuffix(name, ".wav") {
			a.Speaker, a.Label = name[:2], labels[strings.ToLower(filepath.Base(filepath.Dir(list[i])))]
			a.Clip = Telephone(a.Clip)
		} else {
			part := strings.Split(name, "_")
			a.Speaker, a.Label = part[0], labels[part[1]]
			a.Clip = MuLaw(a.Clip)
		}
		out[i] = a
		return nil
	})
	return out, err
}

// Split takes every second neutral clip of each speaker as the baseline; what
// remains is to be told apart.
func Split(all []Acted) (base map[string]*stress.Baseline, rest []Acted, err error) {
	base = map[string]*stress.Baseline{}
	count := map[string]int{}
	for _, a := range all {
		if base[a.Speaker] == nil {
			base[a.Speaker] = &stress.Baseline{}
		}
		if a.Label == "neutral" {
			count[a.Speaker]++
			if count[a.Speaker]%2 == 1 {
				e, err := stress.New(stress.Config{})
				if err != nil {
					return nil, nil, err
				}
				Play(e, a.Clip)
				if err := e.Enroll(base[a.Speaker]); err != nil {
					return nil, nil, fmt.Errorf("neutral clip of %s: %w", a.Speaker, err)
				}
				continue
			}
		}
		rest = append(rest, a)
	}
	return base, rest, nil
}

// Scored is a clip's scores with the truth.
type Scored struct {
	Label string
	call.Stress
}

// Scores runs clips against their speakers' baselines; change, when not nil,
// spoils each clip first (noise, gain).
func Scores(base map[string]*stress.Baseline, rest []Acted, change func(i int, c Clip) Clip) ([]Scored, error) {
	out := make([]Scored, len(rest))
	err := each(len(rest), func(i int) error {
		e, err := stress.New(stress.Config{Baseline: base[rest[i].Speaker]})
		if err != nil {
			return err
		}
		c := rest[i].Clip
		if change != nil {
			c = change(i, c)
		}
		Play(e, c)
		out[i] = Scored{rest[i].Label, e.Whole()}
		return nil
	})
	return out, err
}

// Value is the named score: "arousal", "anger" or "tension".
func (s Scored) Value(name string) float64 {
	switch name {
	case "anger":
		return s.Anger
	case "tension":
		return s.Tension
	}
	return s.Arousal
}

// Told is how well a score tells a label from neutral.
type Told struct {
	Hit, Reject float64 // shares at the threshold 0.5
	AUC         float64
	N, Neutral  int
}

// UAR is the unweighted average recall.
func (t Told) UAR() float64 { return (t.Hit + t.Reject) / 2 }

// Tell counts a score's verdict on a label against neutral. A clip without an
// estimate counts as 0.
func Tell(all []Scored, score, label string) Told {
	var yes, no []float64
	for _, s := range all {
		switch s.Label {
		case label:
			yes = append(yes, s.Value(score))
		case "neutral":
			no = append(no, s.Value(score))
		}
	}
	t := Told{N: len(yes), Neutral: len(no), AUC: AUC(yes, no)}
	for _, v := range yes {
		if v >= 0.5 {
			t.Hit += 1 / float64(len(yes))
		}
	}
	for _, v := range no {
		if v < 0.5 {
			t.Reject += 1 / float64(len(no))
		}
	}
	return t
}

// AUC is the probability that a positive ranks over a negative.
func AUC(yes, no []float64) float64 {
	sum := 0.0
	for _, a := range yes {
		for _, b := range no {
			if a > b {
				sum++
			} else if a == b {
				sum += 0.5
			}
		}
	}
	return sum / float64(max(1, len(yes)*len(no)))
}
