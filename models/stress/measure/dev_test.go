package measure

import (
	"context"
	"fmt"
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
)

func TestPraatDev(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		var clips []Clip
		var real []Train
		for _, tr := range []Train{{F0: 120}, {F0: 120, HNR: 5}, {F0: 120, HNR: 10}, {F0: 120, HNR: 20}, {F0: 120, HNR: 30}, {F0: 220, HNR: 10}, {F0: 220, HNR: 20}, {F0: 220, HNR: 30},
			{F0: 120, Jitter: 0.005}, {F0: 120, Jitter: 0.01}, {F0: 120, Jitter: 0.02}, {F0: 220, Jitter: 0.01}, {F0: 220, Jitter: 0.02}, {F0: 120, Shimmer: 0.3}, {F0: 120, Shimmer: 0.6}, {F0: 120, Shimmer: 1}, {F0: 220, Shimmer: 0.5}, {F0: 220, Shimmer: 1}} {
			c, r := tr.Make(rate, 3)
			clips, real = append(clips, c), append(real, r)
		}
		p, err := Praat(context.Background(), clips, false)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range real {
			m, _ := Measure(clips[i])
			fmt.Printf("%d f0 %.0f hnr %4.0f: %5.1f praat %5.1f | jitter %.4f: %.4f %.4f | shimmer %.2f: %.2f %.2f\n", rate, r.F0, r.HNR, m.HNR, p[i].HNR, r.Jitter, m.Jitter, p[i].Jitter, r.Shimmer, m.Shimmer, p[i].Shimmer)
		}
	}
	list, _ := PitchClips(devdata.Shared(t, "pitch_ref"))
	for _, rate := range []int{8000, 16000} {
		var clips []Clip
		for i := 0; i < len(list); i += 2 {
			c, _ := Load(list[i]+".wav", rate)
			clips = append(clips, c)
		}
		p, err := Praat(context.Background(), clips, false)
		if err != nil {
			t.Fatal(err)
		}
		var a, b [3][]float64
		for i, c := range clips {
			m, _ := Measure(c)
			for k, v := range []float64{m.HNR, m.Jitter, m.Shimmer} {
				a[k] = append(a[k], v)
			}
			for k, v := range []float64{p[i].HNR, p[i].Jitter, p[i].Shimmer} {
				b[k] = append(b[k], v)
			}
		}
		for k, n := range []string{"hnr", "jitter", "shimmer"} {
			fmt.Printf("%d %s rank %.3f means %.4f %.4f\n", rate, n, RankCorrelation(a[k], b[k]), mean(a[k]), mean(b[k]))
		}
	}
}
