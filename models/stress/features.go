package stress

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/resample"
)

// Row is the features of one 10 ms frame.
type Row struct {
	Time       float64 // seconds of the frame's middle
	Voiced     bool
	Certainty  float64 // of the voicing decision, 0..1
	F0         float64 // Hz, 0 unvoiced
	Level      float64 // dBFS
	Above      float64 // dB over the noise floor
	Below      float64 // dB under the loudest of late
	HNR        float64 // dB, voiced only
	Jitter     float64 // share of the period, NaN without three pulses
	Shimmer    float64 // dB, NaN without three pulses
	Alpha      float64 // dB(300..1000 Hz) - dB(1000..3400 Hz)
	Hammarberg float64 // strongest peak below 2 kHz less the strongest above, dB
	Slope      float64 // 500..1500 Hz, dB per kHz
	F1         float64 // Hz, 0 when none
	Flux       float64 // change of the spectrum's shape, 0..1.41
	Teager     float64 // unsteadiness of the Teager energy
	Gap        bool    // concealed: no packet came
	Tone       bool    // signalling tones or keys, not a voice
	Steady     bool    // pitch held as instruments do, not voices
}

const (
	// settle is how many frames the loudest one is looked for ahead before the
	// path takes a frame: what is quiet against what follows is not voiced.
	settle = 10
	lag    = settle + lookahead // frames from the audio to its row
	waits  = 32                 // ring of frames under way, a power of two over lag

	silentBelow = 30.0  // dB under the loudest: voicing gets dearer
	silentSlope = 0.05  // per dB
	idleBelow   = -84.0 // dBFS: nothing there
	peakFalls   = 0.005 // dB per frame: half a dB a second
)

// pending is a frame under way.
type pending struct {
	cand   [candidates]candidate
	n      int
	shape  shape
	level  float64
	teager float64
	unv    float64
	gap    bool
}

// Extractor turns a stream of frames into rows. Not safe for concurrent use.
type Extractor struct {
	rate    int
	down    *resample.Resampler
	scratch []int16
	quiet   [320]int16

	band  *history // at the analysis' rate
	full  *history // at the rate it came in; the same one at 8000
	gaps  [64]bool
	given int // media frames taken

	pitch  *pitcher
	path   path
	shaper *shaper
	teager *teager
	pulse  pulses
	harm   *harmonics
	held   steadiness

	frames [waits]pending
	next   int // frame to analyse
	pushed int // frames given to the path
	done   int // rows made
	peak   float64
	floor  noise
	rows   []Row
	out    Row
}

// ErrRate is wrapped when audio comes at a rate that is not taken.
var ErrRate = errors.New("audio must come at 8000 or 16000 samples per second")

// NewExtractor makes one for 8000 or 16000 samples per second.
func NewExtractor(sampleRate int) (*Extractor, error) {
	if sampleRate != 8000 && sampleRate != 16000 {
		return nil, fmt.Errorf("%w, not %d", ErrRate, sampleRate)
	}
	x := &Extractor{rate: sampleRate, pitch: newPitcher(), shaper: newShaper(), teager: newTeager(),
		band: newHistory(rate), harm: newHarmonics(sampleRate), rows: make([]Row, 0, 64)}
	x.full = x.band
	if sampleRate != rate {
		x.full = newHistory(sampleRate)
		var err error
		if x.down, err = resample.New(sampleRate, rate); err != nil {
			return nil, err
		}
		x.scratch = make([]int16, 0, 4*hop)
	}
	x.Reset()
	return x, nil
}

// Reset begins a new stream at time 0.
func (x *Extractor) Reset() {
	x.band.reset(span / 2) // the first frame's middle is the first sample
	if x.full != x.band {
		x.full.reset(span / 2)
	}
	x.given, x.next, x.pushed, x.done = 0, 0, 0, 0
	x.gaps = [64]bool{}
	x.path.count = 0
	x.shaper.filled = false
	*x.teager = *newTeager()
	x.pulse = pulses{rate: float64(x.rate), mark: -1}
	x.held = steadiness{}
	x.peak, x.floor = -200, noise{}
	if x.down != nil {
		x.down.Reset()
	}
}

// Push takes the next 20 ms and returns the rows that are final now, two of
// them once the search has caught up. The slice is valid until the next call.
func (x *Extractor) Push(f *media.Frame) []Row {
	x.rows = x.rows[:0]
	x.gaps[x.given%len(x.gaps)] = f.Gap
	x.given++
	x.take(f.Samples)
	return x.rows
}

// Flush returns the rows still under way, as if silence followed.
func (x *Extractor) Flush() []Row {
	x.rows = x.rows[:0]
	end := x.given * 2 // whole frames of audio there were
	quiet := x.quiet[:x.rate/50]
	for x.done < end {
		x.gaps[x.given%len(x.gaps)] = true
		x.given++
		x.take(quiet)
	}
	if n := len(x.rows) - (x.done - end); x.done > end && n >= 0 {
		x.rows = x.rows[:n]
	}
	return x.rows
}

func (x *Extractor) take(in []int16) {
	for len(in) > 0 {
		n := min(len(in), x.rate/50)
		x.full.push(in[:n])
		if x.down != nil {
			x.scratch = x.down.Push(x.scratch[:0], in[:n])
			x.band.push(x.scratch)
		}
		in = in[n:]
		for x.band.end() >= x.next*hop+span/2 {
			x.analyse()
		}
	}
}

// analyse takes the next frame's features and moves those behind it on.
func (x *Extractor) analyse() {
	k := x.next
	x.next++
	s, ok := x.band.stretch(k*hop-span/2, span)
	if !ok {
		return // cannot happen: take has made sure of it
	}
	f := &x.frames[k%waits]
	x.teager.hop(s[span-hop:])
	x.pitch.transform(s)
	x.pitch.search()
	f.n = copy(f.cand[:], x.pitch.found[:x.pitch.n])
	f.shape = x.shaper.take(x.pitch)
	f.teager = x.teager.figure()
	f.level = level(s[span/4 : 3*span/4])
	f.gap = x.gapAt(k)
	if !f.gap {
		x.peak = max(x.peak-peakFalls, f.level)
	}
	if x.next-x.pushed > settle {
		x.advance()
	}
}

// advance gives the path its next frame and makes the row that became final.
func (x *Extractor) advance() {
	f := &x.frames[x.pushed%waits]
	f.unv = voicedFrom + silentSlope*max(0, x.peak-silentBelow-f.level)
	if f.level < idleBelow || f.gap {
		f.unv += 1
	}
	x.path.push(f.cand[:f.n], f.unv)
	x.pushed++
	if x.pushed > lookahead {
		x.emit(x.path.settled(lookahead))
	}
}

// gapAt tells whether concealed audio reaches into frame k's middle.
func (x *Extractor) gapAt(k int) bool {
	for i := max(0, k-1) / 2; i <= k/2; i++ { // the media frames that its inner 20 ms touch
		if i < x.given && x.gaps[i%len(x.gaps)] {
			return true
		}
	}
	return false
}

// level is in dB of full scale.
func level(s []float32) float64 {
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return decibel(sum/float64(len(s))/(32768*32768) + 1e-10)
}

// emit makes the row of frame done.
func (x *Extractor) emit(c *candidate) {
	f := &x.frames[x.done%waits]
	r := &x.out
	*r = Row{Time: float64(x.done) * hop / rate, Level: f.level, Below: x.peak - f.level, Jitter: math.NaN(), Shimmer: math.NaN(),
		Alpha: f.shape.alpha, Hammarberg: f.shape.hammarberg, Slope: f.shape.slope, F1: f.shape.f1,
		Flux: f.shape.flux, Teager: f.teager, Gap: f.gap}
	if !f.gap {
		r.Above = f.level - x.floor.follow(f.level)
	}
	r.Tone = x.held.tone(&f.shape, f.level)
	if c != nil {
		r.Voiced, r.F0 = true, c.f0
		at := x.done * x.rate / 100
		r.HNR = x.harm.hnr(x.full, at, c.f0)
		r.Certainty = 1 / (1 + math.Exp(-12*(c.merit-f.unv)))
		x.pulse.follow(x.full, float64(at), c.f0)
		if !x.pulse.enough() { // the voice has just begun: look at what follows
			x.pulse.follow(x.full, float64(at+3*x.rate/100), c.f0)
		}
		r.Jitter, r.Shimmer = x.pulse.figures()
	} else {
		r.Certainty = 1 / (1 + math.Exp(-12*(f.unv-f.best())))
		x.pulse.lose()
	}
	r.Steady = x.held.pitch(r.F0)
	x.done++
	x.rows = append(x.rows, *r)
}

func (f *pending) best() float64 {
	best := 0.0
	for _, c := range f.cand[:f.n] {
		best = max(best, c.merit)
	}
	return best
}

// Duration is how much audio was taken.
func (x *Extractor) Duration() time.Duration { return time.Duration(x.given) * media.FrameTime }
