package fit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/models/stress"
	"github.com/sidetone/sidetone/models/stress/fit"
)

// people makes clips of speakers whose anger shows as the vector says, in units
// of within.
func people(n int, anger map[stress.Feature]float64, m *stress.Model) (out []fit.Clip) {
	random := rand.New(rand.NewPCG(3, 4))
	for s := range n {
		var own stress.Vector
		for f := range own {
			own[f] = random.NormFloat64()
		}
		own[stress.Pitch] += 85
		for i := range 24 {
			c := fit.Clip{File: fmt.Sprint(i), Speaker: fmt.Sprint("s", s), Label: fit.Calm, Voiced: 2, Vector: own}
			if i%3 == 0 {
				c.Label = "anger"
			}
			for f := range c.Vector {
				c.Vector[f] += m.Within(stress.Feature(f)) * random.NormFloat64()
				if c.Label == "anger" {
					c.Vector[f] += m.Within(stress.Feature(f)) * anger[stress.Feature(f)]
				}
			}
			out = append(out, c)
		}
	}
	return out
}

// People whose anger goes down in pitch are not served by the shipped
// coefficients; the fit learns it and says so on speakers it has not heard.
func TestFitLearnsAnotherAnger(t *testing.T) {
	m, err := stress.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	fitted, lines, err := fit.Fit(people(8, map[stress.Feature]float64{stress.Pitch: -1.5, stress.F1: 1}, m), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || lines[1].Score != stress.Anger || lines[1].Speakers != 8 || lines[1].Yes != 64 || lines[1].No != 64 {
		t.Fatalf("%+v", lines)
	}
	l := lines[1]
	if l.Shipped.AUC > 0.6 || l.Fitted.AUC < 0.8 || l.Fitted.UAR < 0.72 {
		t.Errorf("%+v", l)
	}
	if fitted.Weight(stress.Anger, stress.Pitch) > 0 || m.Weight(stress.Anger, stress.Pitch) < 1 {
		t.Errorf("pitch weighs %v", fitted.Weight(stress.Anger, stress.Pitch))
	}
	if fitted.Weight(stress.Tension, stress.Pitch) != m.Weight(stress.Tension, stress.Pitch) {
		t.Error("a score without labels was moved")
	}
	again, err := stress.ParseModel(fitted.File("fitted"))
	if err != nil {
		t.Fatal(err)
	}
	if d := again.Weight(stress.Anger, stress.Pitch) - fitted.Weight(stress.Anger, stress.Pitch); d > 1e-3 || d < -1e-3 {
		t.Errorf("the file says %v", again.Weight(stress.Anger, stress.Pitch))
	}
}

func TestTooLittleIsRefused(t *testing.T) {
	m, err := stress.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fit.Fit(people(2, nil, m), m); !errors.Is(err, fit.ErrData) {
		t.Errorf("two speakers: %v", err)
	}
	if _, _, err := fit.Fit([]fit.Clip{{Speaker: "x", Label: "anger"}}, m); !errors.Is(err, fit.ErrData) || !strings.Contains(err.Error(), "neutral") {
		t.Errorf("no calm clip: %v", err)
	}
}

func TestList(t *testing.T) {
	got, err := fit.List(strings.NewReader("\ufeffLabel,note,file,speaker\nAnger,x,a b.wav, s1\nneutral,,c.ulaw,s1\n"))
	if err != nil || len(got) != 2 || got[0].Label != "anger" || got[0].File != "a b.wav" || got[0].Speaker != "s1" {
		t.Errorf("%+v %v", got, err)
	}
	for text, says := range map[string]string{
		"":                                "header",
		"file,label\n":                    "speaker",
		"file,speaker,label\na,b,cross\n": "line 2",
		"file,speaker,label\na,b,fear\n,b,fear\n": "line 3",
		"file,speaker,label\na,b\n":               "line 2",
	} {
		if _, err := fit.List(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add("file,speaker,label\na.wav,s,neutral\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := fit.List(strings.NewReader(text))
		if err != nil && list != nil {
			t.Fatal("clips beside an error")
		}
		for _, c := range list {
			if c.File == "" || c.Speaker == "" || c.Label == "" {
				t.Fatalf("%+v", c)
			}
		}
	})
}
