package stress

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

const (
	rate = 8000 // of the analysis; faster input is brought down to it
	hop  = 80   // 10 ms

	span    = 320 // 40 ms: three periods of the lowest voice
	fftSize = 512 // span and the longest lag, without wrapping round
	up      = 2   // lags are in half samples, so that a parabola finds a high voice's peak
	lagSize = fftSize * up

	floorHz   = 62.0
	ceilingHz = 520.0
	lagLow    = rate * up / 520
	lagHigh   = rate * up / 62

	candidates = 8
)

// candidate is one pitch a frame could have.
type candidate struct {
	f0    float64 // Hz
	merit float64 // what the path search weighs: periodicity less the octave cost
	r     float64 // autocorrelation of the signal itself, 0..1
}

// pitcher finds a frame's pitch candidates. It adds two autocorrelations, each
// divided by the window's own (Boersma 1993): that of the signal, and that of
// the signal with its spectrum flattened, which finds the period in the upper
// harmonics when the telephone has cut the fundamental off.
type pitcher struct {
	window [span]float64
	fft    *fourier.FFT
	ifft   *fourier.CmplxFFT
	frame  []float64    // fftSize
	spec   []complex128 // fftSize/2+1
	power  []float64    // fftSize/2+1
	flat   []float64
	both   []complex128 // lagSize
	norm   []float64    // of the window, per lag
	raw    []float64    // normalised autocorrelation per lag
	white  []float64
	found  [candidates]candidate
	n      int
}

func newPitcher() *pitcher {
	p := &pitcher{fft: fourier.NewFFT(fftSize), ifft: fourier.NewCmplxFFT(lagSize),
		frame: make([]float64, fftSize), spec: make([]complex128, fftSize/2+1),
		power: make([]float64, fftSize/2+1), flat: make([]float64, fftSize/2+1), both: make([]complex128, lagSize),
		norm: make([]float64, lagHigh+3), raw: make([]float64, lagHigh+3), white: make([]float64, lagHigh+3)}
	for i := range p.window {
		p.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/span)
	}
	copy(p.frame, p.window[:])
	p.spectrum()
	copy(p.flat, p.power)
	p.correlate()
	for i := range p.norm {
		p.norm[i] = real(p.both[i]) / real(p.both[0])
	}
	return p
}

// transform takes span samples and leaves their power spectrum.
func (p *pitcher) transform(x []float32) {
	mean := 0.0
	for _, v := range x {
		mean += float64(v)
	}
	mean /= span
	for i, v := range x {
		p.frame[i] = (float64(v) - mean) * p.window[i]
	}
	clear(p.frame[span:])
	p.spectrum()
}

func (p *pitcher) spectrum() {
	p.fft.Coefficients(p.spec, p.frame)
	for i, c := range p.spec {
		p.power[i] = real(c)*real(c) + imag(c)*imag(c)
	}
}

const (
	flatLow, flatHigh = 100.0, 3400.0 // Hz that the flattened spectrum keeps
	flatReach         = 8             // bins to each side of its shape: 125 Hz
	flatShare         = 0.5           // of the flattened spectrum in the merit
	octaveCost        = 0.02          // so that the shorter of two like periods wins
)

// flatten divides the spectrum by its own smoothed shape, in the band.
func (p *pitcher) flatten() {
	lo, hi := bin(flatLow), bin(flatHigh)
	sum := 0.0
	for i := 0; i < flatReach; i++ {
		sum += p.power[i]
	}
	floor := 0.0
	for _, v := range p.power {
		floor = max(floor, v)
	}
	floor *= 1e-7
	for i := range p.flat {
		if j := i + flatReach; j < len(p.power) {
			sum += p.power[j]
		}
		if j := i - flatReach - 1; j >= 0 {
			sum -= p.power[j]
		}
		if i < lo || i > hi {
			p.flat[i] = 0
			continue
		}
		p.flat[i] = p.power[i] / lift(max(sum, 0)/float64(2*flatReach+1)+floor+1e-9)
	}
}

// lift is x to the three quarters: enough to level the formants, not so much
// that the noise between harmonics counts as much as they do.
func lift(x float64) float64 {
	r := math.Sqrt(x)
	return r * math.Sqrt(r)
}

// correlate turns both power spectra into autocorrelations at once: each is
// real and even, so one rides in the real and one in the imaginary part.
func (p *pitcher) correlate() {
	clear(p.both)
	p.both[0] = complex(p.power[0], p.flat[0])
	for i := 1; i < fftSize/2; i++ {
		c := complex(p.power[i], p.flat[i])
		p.both[i], p.both[lagSize-i] = c, c
	}
	p.ifft.Coefficients(p.both, p.both)
}

// search fills found with the best candidates of the transformed frame.
func (p *pitcher) search() {
	p.flatten()
	p.correlate()
	p.n = 0
	zero, white := real(p.both[0]), imag(p.both[0])
	if zero <= 0 || white <= 0 {
		return
	}
	for i := lagLow - 2; i < len(p.raw); i++ {
		p.raw[i] = real(p.both[i]) / zero / p.norm[i]
		p.white[i] = imag(p.both[i]) / white / p.norm[i]
	}
	for i := lagLow; i <= lagHigh; i++ {
		a, b, c := p.mixed(i-1), p.mixed(i), p.mixed(i+1)
		if b < 0.1 || b < a || b <= c {
			continue
		}
		d := a - 2*b + c
		shift := 0.0
		if d < 0 {
			shift = 0.5 * (a - c) / d
		}
		lag := float64(i) + shift
		f0 := rate * up / lag
		peak := b - 0.25*(a-c)*shift
		p.keep(candidate{f0: f0, merit: peak + octaveCost*math.Log2(f0/floorHz), r: p.rawAt(i, shift)})
	}
}

func (p *pitcher) mixed(i int) float64 { return (1-flatShare)*p.raw[i] + flatShare*p.white[i] }

// rawAt interpolates the signal's own autocorrelation by a parabola.
func (p *pitcher) rawAt(i int, shift float64) float64 {
	a, b, c := p.raw[i-1], p.raw[i], p.raw[i+1]
	return b + 0.5*shift*(c-a) + 0.5*shift*shift*(a-2*b+c)
}

// keep holds the best, the weakest falls out.
func (p *pitcher) keep(c candidate) {
	if p.n < candidates {
		p.found[p.n] = c
		p.n++
		return
	}
	worst := 0
	for i := range p.found {
		if p.found[i].merit < p.found[worst].merit {
			worst = i
		}
	}
	if c.merit > p.found[worst].merit {
		p.found[worst] = c
	}
}
