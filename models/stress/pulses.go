package stress

import "math"

// How far neighbouring periods and amplitudes may differ to count, as Praat has
// it: beyond that it is not the same voice pulsing.
const (
	periodFactor    = 1.3
	amplitudeFactor = 1.6
	pulseKept       = 32
	pulseSpan       = 0.06 // seconds that a frame's jitter and shimmer look back
)

// pulses follows the voice from one period to the next by the lag at which the
// waveform repeats best, for jitter and shimmer.
type pulses struct {
	rate float64
	mark float64 // of the last pulse, samples of the stream; below 0: lost
	at   [pulseKept]float64
	amp  [pulseKept]float64
	n    int
	cc   [256]float64
}

// follow marks pulses up to a position, at a pitch.
func (p *pulses) follow(x *history, to, f0 float64) {
	period := p.rate / f0
	if p.mark < 0 || to-p.mark > 4*period {
		p.start(x, to, period)
	}
	for range 16 { // a frame holds six periods of the highest voice
		if p.mark < 0 || p.mark+0.8*period > to {
			return
		}
		next, ok := p.next(x, period)
		if !ok {
			p.mark = -1
			return
		}
		p.add(x, next, period)
	}
}

// lose is called where there is no voice: the next pulse begins a new run.
func (p *pulses) lose() { p.mark, p.n = -1, 0 }

func (p *pulses) start(x *history, at, period float64) {
	p.n = 0
	from := int(at - period/2)
	s, ok := x.stretch(from, int(period)+1)
	if !ok {
		p.mark = -1
		return
	}
	best := 0
	for i, v := range s {
		if math.Abs(float64(v)) > math.Abs(float64(s[best])) {
			best = i
		}
	}
	p.add(x, float64(from+best), period)
}

// next is the pulse after the mark.
func (p *pulses) next(x *history, period float64) (float64, bool) {
	low, high := int(0.8*period), int(1.25*period)+1
	n := int(period)
	if high-low+3 > len(p.cc) || low < 2 {
		return 0, false
	}
	from := int(p.mark) - n/2
	s, ok := x.stretch(from, n+high+2)
	if !ok {
		return 0, false
	}
	a := s[:n]
	top := 0
	for i := range high - low + 3 {
		lag := low - 1 + i
		var xy, yy float32
		for k, v := range s[lag : lag+n] {
			xy += a[k] * v
			yy += v * v
		}
		p.cc[i] = float64(xy) / math.Sqrt(float64(yy)+1)
		if i > 0 && i < high-low+2 && (top == 0 || p.cc[i] > p.cc[top]) {
			top = i
		}
	}
	if p.cc[top] <= 0 {
		return 0, false
	}
	l, m, r := p.cc[top-1], p.cc[top], p.cc[top+1]
	shift := 0.0
	if d := l - 2*m + r; d < 0 {
		shift = max(-0.5, min(0.5, 0.5*(l-r)/d))
	}
	return p.mark + float64(low-1+top) + shift, true
}

func (p *pulses) add(x *history, at, period float64) {
	p.mark = at
	if p.n == pulseKept {
		copy(p.at[:], p.at[1:])
		copy(p.amp[:], p.amp[1:])
		p.n--
	}
	p.at[p.n], p.amp[p.n] = at, p.amplitude(x, at, period)
	p.n++
}

// amplitude is the root mean square round a pulse under a Hann window of 0.4
// periods, as Praat takes it for shimmer.
func (p *pulses) amplitude(x *history, at, period float64) float64 {
	half := 0.2 * period
	from := int(math.Ceil(at - half))
	n := int(at+half) - from + 1
	s, ok := x.stretch(from, n)
	if !ok || n < 1 {
		return 0
	}
	sum, weight := 0.0, 1e-12
	for i, v := range s {
		w := 0.5 + 0.5*math.Cos(math.Pi*(float64(from+i)-at)/half)
		sum += w * float64(v) * float64(v)
		weight += w
	}
	return math.Sqrt(sum / weight)
}

// enough tells whether there are the three pulses that jitter takes.
func (p *pulses) enough() bool { return p.n >= 3 }

// figures are the jitter (share of the period) and shimmer (dB) of the last
// periods; NaN when there are fewer than three pulses.
func (p *pulses) figures() (jitter, shimmer float64) {
	first := p.n
	for first > 0 && p.at[p.n-1]-p.at[first-1] <= pulseSpan*p.rate {
		first--
	}
	var periods, moved, louder float64
	var np, nm, na int
	for i := first + 1; i < p.n; i++ {
		t := p.at[i] - p.at[i-1]
		periods += t
		np++
		if i > first+1 {
			before := p.at[i-1] - p.at[i-2]
			if ratio := t / before; ratio < periodFactor && ratio > 1/periodFactor {
				moved += math.Abs(t - before)
				nm++
			}
		}
		if a, b := p.amp[i-1], p.amp[i]; a > 0 && b > 0 && a/b < amplitudeFactor && b/a < amplitudeFactor {
			louder += math.Abs(20 * math.Log10(b/a))
			na++
		}
	}
	jitter, shimmer = math.NaN(), math.NaN()
	if nm > 0 {
		jitter = moved / float64(nm) / (periods / float64(np))
	}
	if na > 0 {
		shimmer = louder / float64(na)
	}
	return jitter, shimmer
}
