package measure

import (
	"fmt"
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
)

func TestEmo(t *testing.T) {
	for _, set := range []string{"emotion_de", "emotion_pl"} {
		all, err := Emotions(devdata.Shared(t, set))
		if err != nil {
			t.Fatal(err)
		}
		base, rest, err := Split(all)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Scores(base, rest, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][2]string{{"anger", "anger"}, {"tension", "fear"}, {"arousal", "anger"}, {"arousal", "fear"}, {"anger", "fear"}, {"anger", "happy"}, {"tension", "anger"}} {
			r := Tell(s, p[0], p[1])
			fmt.Printf("%s %s: %s UAR %.3f (%.2f %.2f) AUC %.3f n %d %d\n", set, p[0], p[1], r.UAR(), r.Hit, r.Reject, r.AUC, r.N, r.Neutral)
		}
	}
}
