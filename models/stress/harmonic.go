package stress

import "math"

// harmonics measures how much of a frame repeats from one period to the next,
// by the cross-correlation of neighbouring windows at the rate the audio came
// in, in the manner of Praat's harmonicity (cc).
type harmonics struct {
	rate   int
	window int // 20 ms
	cc     [2*ccReach + 1]float64
}

// ccReach is how far from the pitch the best lag may lie, in samples.
const ccReach = 3

func newHarmonics(rate int) *harmonics { return &harmonics{rate: rate, window: rate / 50} }

// hnr is the harmonics-to-noise ratio in dB of the frame at a position, at a
// pitch; NaN where the stream does not reach.
func (h *harmonics) hnr(x *history, at int, f0 float64) float64 {
	lag := int(float64(h.rate)/f0 + 0.5)
	n := h.window
	reach := min(ccReach, lag-1)
	from := at - (n+lag)/2
	s, ok := x.stretch(from, n+lag+reach)
	if !ok {
		return math.NaN()
	}
	mean := float32(0)
	for _, v := range s {
		mean += v
	}
	mean /= float32(len(s))
	a := s[:n]
	xx := energy(a, mean)
	if xx <= 0 {
		return math.NaN()
	}
	top := 0
	for i := -reach; i <= reach; i++ {
		b := s[lag+i : lag+i+n]
		xy := float32(0)
		for k, v := range b {
			xy += (a[k] - mean) * (v - mean)
		}
		h.cc[reach+i] = float64(xy) / math.Sqrt(xx*energy(b, mean)+1e-9)
		if h.cc[reach+i] > h.cc[reach+top] {
			top = i
		}
	}
	return harmonicity(h.peak(reach+top, 2*reach+1))
}

func energy(x []float32, mean float32) float64 {
	e := float32(0)
	for _, v := range x {
		e += (v - mean) * (v - mean)
	}
	return float64(e)
}

// peak is the correlation's maximum near lag i, between samples too.
func (h *harmonics) peak(i, n int) float64 {
	if i < 1 || i > n-2 {
		return h.cc[i]
	}
	l, m, r := h.cc[i-1], h.cc[i], h.cc[i+1]
	shift := 0.0
	if d := l - 2*m + r; d < 0 {
		shift = max(-0.6, min(0.6, 0.5*(l-r)/d))
	}
	return m - 0.25*(l-r)*shift // a short sinc's ripple would show as noise here
}

// harmonicity is the periodic share of the energy over the rest, in dB.
func harmonicity(r float64) float64 {
	r = max(1e-5, min(1-1e-6, r))
	return 10 * math.Log10(r/(1-r))
}
