package stress_test

import (
	"testing"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/models/stress"
)

func TestCueTakesAgreementAndCalmsDown(t *testing.T) {
	hot := call.Stress{Span: 3, Anger: 0.99, Arousal: 0.95, Quality: 0.8}
	calm := call.Stress{Span: 3, Anger: 0.1, Arousal: 0.1, Quality: 0.8}
	unsure, faint, none, slow := hot, hot, hot, hot
	unsure.Arousal, faint.Quality, none.Absent, slow.Span = 0.5, 0.1, stress.AbsentSilence, 30
	for _, test := range []struct {
		name    string
		windows []call.Stress
		cues    []int // by index
	}{
		{"one is not enough", []call.Stress{hot, calm, hot, calm}, nil},
		{"two agree", []call.Stress{calm, hot, hot, hot, hot}, []int{2}},
		{"one feature alone", []call.Stress{unsure, unsure, unsure}, nil},
		{"too faint", []call.Stress{faint, faint, faint}, nil},
		{"silence between", []call.Stress{hot, none, hot}, nil},
		{"slow windows do not count", []call.Stress{hot, slow, slow}, nil},
		{"cooling down first", append([]call.Stress{hot, hot, calm, hot, hot}, repeat(calm, 30, hot, hot)...), []int{1, 36}},
	} {
		var c stress.Cue
		var got []int
		for i, w := range test.windows {
			w.End = call.Position(i+3) * call.Position(1e9)
			if c.Window(&w) {
				got = append(got, i)
			}
		}
		if len(got) != len(test.cues) {
			t.Errorf("%s: cues at %v, want %v", test.name, got, test.cues)
			continue
		}
		for i := range got {
			if got[i] != test.cues[i] {
				t.Errorf("%s: cues at %v, want %v", test.name, got, test.cues)
			}
		}
	}
}

func repeat(s call.Stress, n int, then ...call.Stress) []call.Stress {
	var out []call.Stress
	for range n {
		out = append(out, s)
	}
	return append(out, then...)
}
