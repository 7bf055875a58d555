// Package resample changes the sample rate of a stream of 16-bit audio with a
// polyphase low-pass filter.
//
// It exists because recognisers trained at 16 kHz are fed 8 kHz telephone audio,
// and a careless resampler costs them words. It must never allocate per frame
// and never hold back more than its filter's half length.
package resample

import (
	"fmt"
	"math"
)

// Rates accepted, in samples per second.
const (
	MinRate = 4000
	MaxRate = 192000
)

const (
	// half is the filter's reach in samples of the lower rate, on each side.
	half = 32
	// beta shapes the Kaiser window for about 80 dB of stop band.
	beta = 8.0
	// cut is the pass band's share of the lower rate's half: flat to 0.88 of it.
	cut = 0.94
)

// Resampler is one stream's state; not safe for concurrent use.
type Resampler struct {
	up, down int       // output/input = up/down in lowest terms
	taps     int       // per phase
	phases   []float32 // up x taps, each phase's taps newest input last
	hist     []float32 // the last inputs, taps-1 kept between calls
	phase    int       // of the next output
	skip     int       // inputs to take in before it
}

// New makes a resampler. Equal rates give one that copies.
func New(from, to int) (*Resampler, error) {
	if from < MinRate || from > MaxRate || to < MinRate || to > MaxRate {
		return nil, fmt.Errorf("cannot resample %d Hz to %d Hz: rates go from %d to %d", from, to, MinRate, MaxRate)
	}
	g := gcd(from, to)
	r := &Resampler{up: to / g, down: from / g}
	if r.up == r.down {
		return r, nil
	}
	// In input samples, the lower rate's sample is max(1, from/to) wide.
	wide := math.Max(1, float64(from)/float64(to))
	reach := int(math.Ceil(half * wide))
	r.taps = 2 * reach
	r.phases = make([]float32, r.up*r.taps)
	fc := cut / wide // of the input's half rate
	for p := range r.up {
		frac := float64(p) / float64(r.up)
		sum := 0.0
		row := r.phases[p*r.taps : (p+1)*r.taps]
		for k := range row {
			t := float64(k-reach+1) - frac // distance from the output point, in inputs
			v := fc * sinc(fc*t) * kaiser(t/float64(reach))
			row[k] = float32(v)
			sum += v
		}
		for k := range row { // exactly unity at 0 Hz in every phase: no ripple at the input rate
			row[k] /= float32(sum)
		}
	}
	r.Reset()
	return r, nil
}

// Reset forgets the past; the next sample begins a new stream. The first
// outputs line up with the first inputs: the filter's delay is taken off.
func (r *Resampler) Reset() {
	if r.taps == 0 {
		return
	}
	if cap(r.hist) < r.taps {
		r.hist = make([]float32, 0, r.taps+4096)
	}
	r.hist = append(r.hist[:0], make([]float32, r.taps/2-1)...)
	r.phase, r.skip = 0, 0
}

// Delay is how many input samples must follow one before its output comes.
func (r *Resampler) Delay() int { return r.taps / 2 }

// Push takes src and appends what can be computed to dst.
func (r *Resampler) Push(dst, src []int16) []int16 {
	if r.taps == 0 {
		return append(dst, src...)
	}
	for _, s := range src {
		r.hist = append(r.hist, float32(s))
	}
	at := r.skip
	for at+r.taps <= len(r.hist) {
		dst = append(dst, r.dot(at))
		r.phase += r.down
		at += r.phase / r.up
		r.phase %= r.up
	}
	// Keep what the next output still needs.
	drop := min(at, len(r.hist))
	n := copy(r.hist, r.hist[drop:])
	r.hist = r.hist[:n]
	r.skip = at - drop
	return dst
}

// Flush appends what the filter still holds, as if silence followed.
func (r *Resampler) Flush(dst []int16) []int16 {
	if r.taps == 0 {
		return dst
	}
	zeros := [64]int16{}
	for left := r.Delay(); left > 0; left -= len(zeros) {
		dst = r.Push(dst, zeros[:min(left, len(zeros))])
	}
	return dst
}

func (r *Resampler) dot(at int) int16 {
	row := r.phases[r.phase*r.taps : (r.phase+1)*r.taps]
	in := r.hist[at : at+r.taps]
	var a, b, c, d float32
	for k := 0; k+3 < len(row); k += 4 {
		a += row[k] * in[k]
		b += row[k+1] * in[k+1]
		c += row[k+2] * in[k+2]
		d += row[k+3] * in[k+3]
	}
	for k := len(row) &^ 3; k < len(row); k++ {
		a += row[k] * in[k]
	}
	v := math.Round(float64(a + b + c + d))
	return int16(max(math.MinInt16, min(math.MaxInt16, v)))
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window at x in -1..1.
func kaiser(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel0(beta*math.Sqrt(1-x*x)) / bessel0(beta)
}

// bessel0 is the modified Bessel function of order zero, by its series.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}
