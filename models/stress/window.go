package stress

import "math"

// A Feature is one figure of a window that scores may rest on.
type Feature int

// The features, in the order of the coefficients file.
const (
	Pitch      Feature = iota // semitones over 1 Hz
	PitchRange                // standard deviation, semitones
	Level                     // dBFS, comparable within one call only
	Alpha
	Hammarberg
	Slope
	F1 // semitones over 1 Hz
	HNR
	Jitter  // log of the share
	Shimmer // dB
	Flux
	Teager
	Tempo // syllables per second of speech
	Pause // share of the time without speech, within speech
	FeatureCount
)

// names are the features' names in the coefficients file.
var names = [FeatureCount]string{"pitch", "pitch_range", "level", "alpha", "hammarberg", "slope", "f1", "hnr",
	"jitter", "shimmer", "flux", "teager", "tempo", "pause"}

// String is the feature's name in the coefficients file.
func (f Feature) String() string { return names[f] }

// Vector holds one figure per feature; NaN where there is none.
type Vector [FeatureCount]float64

// faint is how far under the loudest a voiced frame counts, dB: below that lie
// echoes, the neighbour's desk and what a codec makes of them.
const faint = 25

// tally adds up frames; tallies add up to longer windows.
type tally struct {
	frames, voiced, gaps, tones, steady int
	speech, syllables                   int // frames of speech, nuclei
	inside                              int // pauses within speech, frames
	above                               float64
	sum                                 Vector
	count                               [FeatureCount]float64
	square                              float64 // of the pitch
}

func (t *tally) put(f Feature, v float64) {
	if !math.IsNaN(v) {
		t.sum[f] += v
		t.count[f]++
	}
}

// row adds a frame. Concealed audio and tones say nothing of the speaker.
func (t *tally) row(r *Row) {
	t.frames++
	switch {
	case r.Gap:
		t.gaps++
		return
	case r.Tone:
		t.tones++
		return
	}
	if r.Steady {
		t.steady++
	}
	if !r.Voiced || r.Below > faint {
		return
	}
	t.voiced++
	t.above += r.Above
	pitch := 12 * math.Log2(r.F0)
	t.put(Pitch, pitch)
	t.square += pitch * pitch
	t.put(Level, r.Level)
	t.put(Alpha, r.Alpha)
	t.put(Hammarberg, r.Hammarberg)
	t.put(Slope, r.Slope)
	if r.F1 > 0 {
		t.put(F1, 12*math.Log2(r.F1))
	}
	t.put(HNR, r.HNR)
	t.put(Jitter, math.Log(r.Jitter+1e-3))
	t.put(Shimmer, r.Shimmer)
	t.put(Flux, r.Flux)
	t.put(Teager, r.Teager)
}

// add joins another stretch of time.
func (t *tally) add(o *tally) {
	t.frames += o.frames
	t.voiced += o.voiced
	t.gaps += o.gaps
	t.tones += o.tones
	t.steady += o.steady
	t.speech += o.speech
	t.syllables += o.syllables
	t.inside += o.inside
	t.above += o.above
	t.square += o.square
	for f := range t.sum {
		t.sum[f] += o.sum[f]
		t.count[f] += o.count[f]
	}
}

// vector is the window's figures.
func (t *tally) vector() Vector {
	var v Vector
	for f := range v {
		v[f] = math.NaN()
		if t.count[f] > 0 {
			v[f] = t.sum[f] / t.count[f]
		}
	}
	if n := t.count[Pitch]; n > 10 {
		v[PitchRange] = math.Sqrt(max(0, t.square/n-v[Pitch]*v[Pitch]))
	}
	if t.speech >= 50 {
		v[Tempo] = float64(t.syllables) * 100 / float64(t.speech)
		v[Pause] = float64(t.inside) / float64(t.speech+t.inside)
	}
	return v
}

// Reasons for no estimate.
const (
	AbsentSilence = "silence"     // nobody speaks, or comfort noise
	AbsentShort   = "too short"   // too little voice to say anything
	AbsentTones   = "tones"       // keys or signalling tones
	AbsentMusic   = "music"       // notes held
	AbsentUnsure  = "too unsure"  // voice too faint, too rare or too noisy
	AbsentLost    = "packet loss" // concealed audio
)

// absent says why a window gives no estimate, "" when it does. need is the
// voiced frames it takes.
func (t *tally) absent(need int) string {
	switch {
	case 2*t.gaps > t.frames:
		return AbsentLost
	case 3*t.tones > t.frames:
		return AbsentTones
	case 2*t.steady > t.voiced && t.voiced > 30:
		return AbsentMusic
	case t.voiced < 10:
		return AbsentSilence
	case t.voiced < need:
		return AbsentShort
	}
	return ""
}
