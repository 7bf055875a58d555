package stress

import "math"

// The telephone's band and where its halves meet.
const (
	bandLow   = 300.0
	bandSplit = 1000.0
	bandPeaks = 2000.0
	bandHigh  = 3400.0

	bins  = fftSize/2 + 1
	hzBin = float64(rate) / fftSize

	lpcOrder = 10
	fluxWide = 16 // bins to a flux band: 250 Hz
	fluxFrom = 19 // the bin of 300 Hz
	fluxs    = 12 // bands up to 3300 Hz
)

// shape describes one frame's spectrum. No figure of it changes with the gain.
type shape struct {
	alpha, hammarberg, slope, f1, flux float64
	share                              float64 // of the two strongest lines in the band's energy
	line                               float64 // Hz of the strongest line
	second                             float64 // Hz of the second
}

// shaper takes the spectrum's shape; it remembers one frame for the flux.
type shaper struct {
	before, now [fluxs]float64
	filled      bool
	cosine      [lpcOrder + 1][]float64 // of the band's bins per lag, pre-emphasis included
	lags        [lpcOrder + 1]float64
	lpc         [lpcOrder + 1]float64
}

func newShaper() *shaper {
	const emphasis = 0.9
	s := &shaper{}
	for k := range s.cosine {
		for i := bin(bandLow); i <= bin(bandHigh); i++ {
			w := 2 * math.Pi * float64(i) / fftSize
			lift := 1 + emphasis*emphasis - 2*emphasis*math.Cos(w)
			s.cosine[k] = append(s.cosine[k], lift*math.Cos(w*float64(k)))
		}
	}
	return s
}

func decibel(x float64) float64 { return 10 * math.Log10(x+1e-12) }

func bin(hz float64) int { return int(hz/hzBin + 0.5) }

// take reads the pitcher's power spectrum and autocorrelation.
func (s *shaper) take(p *pitcher) shape {
	var out shape
	low, high, top, peakLow, peakHigh := 0.0, 0.0, 0, 0.0, 0.0
	for i := bin(bandLow); i <= bin(bandHigh); i++ {
		v := p.power[i]
		if i < bin(bandSplit) {
			low += v
		} else {
			high += v
		}
		if i < bin(bandPeaks) {
			peakLow = max(peakLow, v)
		} else {
			peakHigh = max(peakHigh, v)
		}
		if v > p.power[top] || top == 0 {
			top = i
		}
	}
	out.alpha = decibel(low+1e-3) - decibel(high+1e-3)
	out.hammarberg = decibel(peakLow+1e-3) - decibel(peakHigh+1e-3)
	out.slope = slope(p.power)
	out.flux = s.change(p.power)
	out.f1 = s.formant(p)
	s.lines(p.power, top, low+high, &out)
	return out
}

// slope is the spectrum's fall from 500 to 1500 Hz in dB per kHz: a line
// through four bands wide enough to hold a harmonic of any voice.
func slope(power []float64) float64 {
	sum := 0.0
	for b := range 4 {
		e := 1e-3
		for i := bin(500) + b*fluxWide; i < bin(500)+(b+1)*fluxWide; i++ {
			e += power[i]
		}
		sum += (float64(b) - 1.5) * decibel(e)
	}
	return sum / 5 / 0.25 // the squares of -1.5..1.5 add up to 5; a band is 0.25 kHz
}

// change is how far the spectrum's shape moved since the frame before, 0..1.41.
func (s *shaper) change(power []float64) float64 {
	total := 1e-9
	for b := range s.now {
		e := 0.0
		for i := fluxFrom + b*fluxWide; i < fluxFrom+(b+1)*fluxWide; i++ {
			e += power[i]
		}
		s.now[b] = e
		total += e
	}
	sum := 0.0
	for b := range s.now {
		s.now[b] = math.Sqrt(s.now[b] / total)
		d := s.now[b] - s.before[b]
		sum += d * d
	}
	s.before = s.now
	if !s.filled {
		s.filled = true
		return 0
	}
	return math.Sqrt(sum)
}

// lines finds how much of the energy two narrow lines hold: tones do.
func (s *shaper) lines(power []float64, top int, total float64, out *shape) {
	line := func(at int) float64 {
		e := 0.0
		for i := max(0, at-2); i <= min(bins-1, at+2); i++ {
			e += power[i]
		}
		return e
	}
	second := 0
	for i := bin(bandLow); i <= bin(bandHigh); i++ {
		if (i < top-4 || i > top+4) && (second == 0 || power[i] > power[second]) {
			second = i
		}
	}
	out.share = (line(top) + line(second)) / (total + 1e-3)
	out.line, out.second = refine(power, top), refine(power, second)
}

// refine is a line's frequency between bins, by a parabola over the decibels.
func refine(power []float64, i int) float64 {
	if i < 1 || i > bins-2 {
		return float64(i) * hzBin
	}
	a, b, c := decibel(power[i-1]), decibel(power[i]), decibel(power[i+1])
	d := a - 2*b + c
	if d >= 0 {
		return float64(i) * hzBin
	}
	return (float64(i) + 0.5*(a-c)/d) * hzBin
}

// formant is the first resonance from 250 to 1100 Hz of a linear prediction of
// the band, pre-emphasised, 0 when there is none. What the telephone cuts off
// says nothing, so that a headset gives the same figure.
func (s *shaper) formant(p *pitcher) float64 {
	from := bin(bandLow)
	for k := range s.lags {
		sum := 0.0
		for i, v := range p.power[from : from+len(s.cosine[k])] {
			sum += v * s.cosine[k][i]
		}
		s.lags[k] = sum
	}
	s.lags[0] *= 1.0003
	if s.lags[0] <= 0 || !s.predict() {
		return 0
	}
	return s.resonance()
}

// resonance is the first peak of the prediction's response.
func (s *shaper) resonance() float64 {
	const from, step, count = 230.0, 25.0, 37
	before, last, climb := 0.0, 0.0, false
	for i := range count {
		v := s.gain(from + step*float64(i))
		if i > 1 && last > v && climb {
			a, b, c := math.Log(before), math.Log(last), math.Log(v)
			shift := 0.5 * (a - c) / (a - 2*b + c)
			return from + step*(float64(i-1)+shift)
		}
		climb = v > last && i > 0
		before, last = last, v
	}
	return 0
}

// predict solves for the coefficients (Levinson and Durbin).
func (s *shaper) predict() bool {
	a := &s.lpc
	*a = [lpcOrder + 1]float64{1}
	e := s.lags[0]
	for i := 1; i <= lpcOrder; i++ {
		k := s.lags[i]
		for j := 1; j < i; j++ {
			k += a[j] * s.lags[i-j]
		}
		k = -k / e
		for j := 1; j <= i/2; j++ {
			x, y := a[j], a[i-j]
			a[j], a[i-j] = x+k*y, y+k*x
		}
		a[i] = k
		if e *= 1 - k*k; e <= 0 {
			return false
		}
	}
	return true
}

// gain is the prediction's power response.
func (s *shaper) gain(hz float64) float64 {
	w := 2 * math.Pi * hz / rate
	c := 2 * math.Cos(w)
	// Goertzel over the coefficients: no cosine per term.
	var u1, u2 float64
	for i := lpcOrder; i >= 1; i-- {
		u1, u2 = s.lpc[i]+c*u1-u2, u1
	}
	re := 1 + 0.5*c*u1 - u2
	im := u1 * math.Sin(w)
	return 1 / (re*re + im*im + 1e-12)
}
