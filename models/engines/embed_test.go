package engines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sidetone/sidetone/models/embed"
)

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func TestMeaningIsNearerThanWords(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("embed", func(t *testing.T) {
		e := start(t)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for lang, c := range map[string][3]string{
			"en-GB": {"i want to talk to your manager", "please put me through to a supervisor", "i want to talk about the weather"},
			"zh":    {"我要找你们经理", "请让你们主管接电话", "今天天气很好"},
		} {
			v, err := e.Embedder.Embed(ctx, lang, append(c[:], "", c[0]))
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range v {
				if n := math.Sqrt(dot(x, x)); i != 3 && math.Abs(n-1) > 1e-3 || i == 3 && n != 0 {
					t.Errorf("%s %d has length %v", lang, i, n)
				}
			}
			if near, far := dot(v[0], v[1]), dot(v[0], v[2]); near <= far+0.05 {
				t.Errorf("%s: near %.3f, far %.3f", lang, near, far)
			}
			if dot(v[0], v[4]) < 0.9999 {
				t.Errorf("%s: the same text has two meanings", lang)
			}
		}
		if _, err := e.Embedder.Embed(ctx, "tlh", []string{"x"}); !errors.Is(err, embed.ErrLanguage) {
			t.Error(err)
		}
		odd := []string{"\x00\xff\xfe", "😀😀", "[PAD] [MASK] ##", string(make([]byte, 5000)), "\u200b"}
		if _, err := e.Embedder.Embed(ctx, "en", odd); err != nil {
			t.Errorf("odd text: %v", err)
		}
	})
}

func BenchmarkEmbed(b *testing.B) {
	e := start(b)
	for _, lang := range []string{"en", "zh"} {
		text := "i have been waiting two weeks for this parcel and nobody calls me %d"
		if lang == "zh" {
			text = "我等这个包裹两个星期了没有人给我打电话 %d"
		}
		n := 0
		b.Run(lang, func(b *testing.B) {
			for b.Loop() {
				n++
				if _, err := e.Embedder.Embed(context.Background(), lang, []string{fmt.Sprintf(text, n)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
