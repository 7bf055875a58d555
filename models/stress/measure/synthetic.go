package measure

import (
	"math"
	"math/rand/v2"
)

// Train is a synthetic voice with known figures.
type Train struct {
	F0      float64
	Jitter  float64 // mean |difference of periods| over the mean period
	Shimmer float64 // mean |difference of amplitudes|, dB
	HNR     float64 // dB; 0 takes no noise
}

// Make synthesises two seconds: a band-limited pulse per period, brought through
// one resonance at 700 Hz. It returns the clip and the figures it really has.
func (t Train) Make(rate int, seed uint64) (Clip, Train) {
	random := rand.New(rand.NewPCG(seed, 7))
	const seconds = 2.0
	n := int(seconds * float64(rate))
	x := make([]float64, n)
	real := t
	var periods, amps []float64
	// The mean |difference| of two normal numbers is 2/sqrt(pi) deviations.
	sdT, sdA := t.Jitter*math.Sqrt(math.Pi)/2, t.Shimmer*math.Sqrt(math.Pi)/2
	for at := 0.01 * float64(rate); at < float64(n); {
		period := float64(rate) / t.F0 * (1 + sdT*random.NormFloat64())
		db := sdA * random.NormFloat64()
		resonance(x, at, math.Pow(10, db/20), rate)
		periods, amps = append(periods, period), append(amps, db)
		at += period
	}
	real.Jitter, real.Shimmer = 0, 0
	mean := 0.0
	for i, p := range periods {
		mean += p / float64(len(periods))
		if i > 0 {
			real.Jitter += math.Abs(p-periods[i-1]) / float64(len(periods)-1)
			real.Shimmer += math.Abs(amps[i]-amps[i-1]) / float64(len(periods)-1)
		}
	}
	real.Jitter /= mean
	power := 0.0
	for _, v := range x {
		power += v * v / float64(n)
	}
	if t.HNR != 0 {
		sd := math.Sqrt(power * math.Pow(10, -t.HNR/10))
		for i := range x {
			x[i] += sd * random.NormFloat64()
		}
	}
	out := Clip{Rate: rate, Samples: make([]int16, n)}
	gain := 32768 * math.Pow(10, -26.0/20) / math.Sqrt(power)
	for i, v := range x {
		out.Samples[i] = clip16(gain * v)
	}
	return out, real
}

// resonance adds a damped 700 Hz ringing that begins at a position between
// samples.
func resonance(x []float64, at, amp float64, rate int) {
	const hz, width = 700, 120
	for i := int(math.Ceil(at)); i < len(x); i++ {
		s := (float64(i) - at) / float64(rate)
		decay := math.Exp(-math.Pi * width * s)
		if decay < 1e-4 {
			return
		}
		rise := 1 - math.Exp(-s*3000) // no edge, so that the sampling does not fold
		x[i] += amp * decay * rise * math.Sin(2*math.Pi*hz*s)
	}
}

// RankCorrelation is Spearman's, over the pairs where both are numbers.
func RankCorrelation(a, b []float64) float64 {
	var x, y []float64
	for i := range a {
		if a[i] == a[i] && b[i] == b[i] {
			x, y = append(x, a[i]), append(y, b[i])
		}
	}
	x, y = ranks(x), ranks(y)
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}

func ranks(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		for _, w := range x {
			if w < v {
				out[i]++
			} else if w == v {
				out[i] += 0.5
			}
		}
	}
	return out
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v / float64(len(x))
	}
	return s
}
