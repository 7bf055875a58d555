package stress

import "math"

const (
	// priorSeconds is what the population's voice weighs against the speaker's
	// own: after 24 s of voiced speech the own one counts four times as much. A
	// caller who begins angry therefore does not become the measure at once.
	priorSeconds = 6
	// channelSeconds is the same for what the channel shapes as much as the
	// speaker does: of that the population says little.
	channelSeconds = 2
	// enrolledSeconds is the same for a baseline that somebody vouches for.
	enrolledSeconds = 0.3
	// window is the voiced speech that the spread within a speaker refers to.
	windowSeconds = 2.0
	// memory bounds how much voiced speech a baseline remembers.
	memory = 180
	// levelSeconds is the own speech it takes before loudness counts: gain has no
	// prior.
	levelSeconds = 4
	// highVoice parts the two classes of voices, semitones over 1 Hz: 157 Hz.
	highVoice = 87.5
)

// Baseline is what one speaker sounds like on one channel when calm. The zero
// value knows the population only.
type Baseline struct {
	mean     Vector
	weight   [FeatureCount]float64 // seconds of voiced speech behind each mean
	enrolled bool
}

// Enroll adds a recording that is known to be calm, by its vector and seconds
// of voiced speech. Loudness then no longer counts: recordings differ in gain.
func (b *Baseline) Enroll(v Vector, voiced float64) {
	b.enrolled = true
	b.learn(v, voiced)
}

// Enrolled tells whether somebody vouched for the baseline.
func (b *Baseline) Enrolled() bool { return b.enrolled }

// Voiced is how many seconds of voiced speech are behind it.
func (b *Baseline) Voiced() float64 { return b.weight[Pitch] }

// learn moves the means.
func (b *Baseline) learn(v Vector, seconds float64) {
	for f, x := range v {
		if math.IsNaN(x) || seconds <= 0 {
			continue
		}
		w := min(b.weight[f]+seconds, memory)
		b.mean[f] += (x - b.mean[f]) * seconds / w
		b.weight[f] = w
	}
}

// against returns how far a vector is from the baseline, in units of what one
// speaker's calm speech varies, less the surer the less is known. A figure
// that is missing is 0.
func (b *Baseline) against(m *Model, v *Vector) Vector {
	own := b.mean[Pitch] // the class of the voice: by what is known of it, else by what is heard
	if b.weight[Pitch] < 2 {
		own = v[Pitch]
	}
	high := 1 / (1 + math.Exp(-2*(own-highVoice)))
	var z Vector
	for f, x := range v {
		p := &m.features[f]
		n0 := b.trust(Feature(f))
		n := b.weight[f]
		if math.IsNaN(x) || p.within <= 0 || n0 < 0 {
			continue
		}
		share := n0 / (n0 + n)
		mean := share*(p.low+high*(p.high-p.low)) + (1-share)*b.mean[f]
		spread := p.within * p.within * (1 + windowSeconds/(n+windowSeconds))
		spread += share * share * p.between * p.between
		z[f] = max(-zMost, min(zMost, (x-mean)/math.Sqrt(spread)))
	}
	return z
}

// trust is how many seconds of own speech the population's figure is worth;
// below 0 the feature says nothing yet.
func (b *Baseline) trust(f Feature) float64 {
	switch {
	case f == Level && (b.enrolled || b.weight[f] < levelSeconds):
		return -1
	case f == Level:
		return 0
	case b.enrolled:
		return enrolledSeconds
	case f == Alpha || f == Hammarberg || f == Slope || f == Flux || f == Teager:
		return channelSeconds
	}
	return priorSeconds
}

// zMost bounds what one feature may say.
const zMost = 4

// Distance is how far a vector lies from the baseline, per feature, in the units
// that the model's weights are for.
func (b *Baseline) Distance(m *Model, v Vector) Vector { return b.against(m, &v) }
