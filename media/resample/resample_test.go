package resample

import (
	"math"
	"testing"
)

func tone(rate int, hz, amp float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(math.Round(amp * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return out
}

// level returns the amplitude at hz in dB against ref, and the rest's.
func level(x []int16, rate int, hz, ref float64) (at, rest float64) {
	var s, c, total float64
	for i, v := range x {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		s += float64(v) * math.Sin(w)
		c += float64(v) * math.Cos(w)
		total += float64(v) * float64(v)
	}
	n := float64(len(x))
	amp := 2 * math.Hypot(s, c) / n
	restPower := math.Max(total/n-amp*amp/2, 1e-9)
	return 20 * math.Log10(amp/ref), 10 * math.Log10(2*restPower/(ref*ref))
}

func convert(t *testing.T, from, to int, in []int16) []int16 {
	t.Helper()
	r, err := New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	for len(in) > 0 { // odd chunks, as packets come
		n := min(len(in), 157)
		out = r.Push(out, in[:n])
		in = in[n:]
	}
	return r.Flush(out)
}

func TestPassBandIsFlatAndImagesAreGone(t *testing.T) {
	for _, c := range []struct{ from, to int }{{8000, 16000}, {16000, 8000}, {48000, 16000}, {44100, 16000}, {11025, 16000}, {22050, 8000}} {
		top := float64(min(c.from, c.to)) / 2
		for _, share := range []float64{0.02, 0.1, 0.3, 0.6, 0.8, 0.87} {
			hz := math.Round(top*share/4) * 4 // whole cycles in the part measured
			out := convert(t, c.from, c.to, tone(c.from, hz, 10000, c.from))
			mid := out[c.to/8 : c.to*7/8]
			at, rest := level(mid, c.to, hz, 10000)
			if math.Abs(at) > 0.1 {
				t.Errorf("%d -> %d: %.0f Hz is %.2f dB off", c.from, c.to, hz, at)
			}
			if rest > -65 {
				t.Errorf("%d -> %d: %.0f Hz leaves %.1f dB of other sound", c.from, c.to, hz, rest)
			}
		}
	}
}

func TestStopBandIsSilent(t *testing.T) {
	for _, hz := range []float64{4400, 5000, 6000, 7900} {
		out := convert(t, 16000, 8000, tone(16000, hz, 20000, 16000))
		_, power := level(out[1000:7000], 8000, 1, 20000)
		if power > -60 {
			t.Errorf("%.0f Hz comes through 16 -> 8 kHz at %.1f dB", hz, power)
		}
	}
}

func TestOutputLinesUpWithInput(t *testing.T) {
	in := make([]int16, 1600)
	in[800] = 20000
	out := convert(t, 8000, 16000, in)
	if len(out) < 3199 || len(out) > 3201 {
		t.Fatalf("1600 samples became %d", len(out))
	}
	best := 0
	for i, v := range out {
		if v > out[best] {
			best = i
		}
	}
	if best != 1600 {
		t.Errorf("the click at 800 came out at %d, expected 1600", best)
	}
}

func TestPushAllocatesNothing(t *testing.T) {
	r, err := New(8000, 16000)
	if err != nil {
		t.Fatal(err)
	}
	in, out := make([]int16, 160), make([]int16, 0, 400)
	if n := testing.AllocsPerRun(200, func() { out = r.Push(out[:0], in) }); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func TestChunksDoNotMatter(t *testing.T) {
	in := tone(44100, 700, 9000, 8000)
	whole, _ := New(44100, 16000)
	a := whole.Flush(whole.Push(nil, in))
	b := convert(t, 44100, 16000, in)
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			t.Fatalf("sample %d differs", i)
		}
	}
}

func TestRatesAreChecked(t *testing.T) {
	for _, c := range [][2]int{{0, 8000}, {8000, 0}, {-1, 8000}, {8000, 1 << 30}} {
		if _, err := New(c[0], c[1]); err == nil {
			t.Errorf("%v was accepted", c)
		}
	}
}

func BenchmarkTelephoneFrame(b *testing.B) {
	r, _ := New(8000, 16000)
	in, out := tone(8000, 700, 9000, 160), make([]int16, 0, 400)
	b.ReportAllocs()
	for b.Loop() {
		out = r.Push(out[:0], in)
	}
}
