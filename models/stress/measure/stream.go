package measure

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/models/stress"
)

// Speakers lists who speaks in a corpus.
func Speakers(all []Acted) []string {
	var out []string
	for _, a := range all {
		if !slices.Contains(out, a.Speaker) {
			out = append(out, a.Speaker)
		}
	}
	return out
}

// Join puts a speaker's clips of one label one after the other with 0.4 s
// between, beginning with clip first and over again until it is so many
// seconds long. ok is false when there are none.
func Join(all []Acted, speaker, label string, first int, seconds float64) (c Clip, ok bool) {
	var list []Clip
	for _, a := range all {
		if a.Speaker == speaker && a.Label == label {
			list = append(list, a.Clip)
		}
	}
	if len(list) == 0 {
		return Clip{}, false
	}
	c.Rate = list[0].Rate
	for i := first; float64(len(c.Samples)) < seconds*float64(c.Rate); i++ {
		c.Samples = append(c.Samples, list[i%len(list)].Samples...)
		c.Samples = append(c.Samples, make([]int16, c.Rate*2/5)...)
	}
	return c, true
}

// Cues plays a clip as a call from its beginning, nothing enrolled, and returns
// where cues fell, in seconds.
func Cues(c Clip) ([]float64, error) {
	e, err := stress.New(stress.Config{Party: call.Customer})
	if err != nil {
		return nil, err
	}
	var cue stress.Cue
	var out []float64
	for _, s := range Play(e, c) {
		if cue.Window(&s) {
			out = append(out, s.End.Seconds())
		}
	}
	return out, nil
}

// Splices joins a minute of neutral clips to angry ones, several times per
// speaker, and reports how many were cued within five seconds of the change.
func Splices(all []Acted) (hits, n int, err error) {
	type job struct {
		speaker string
		first   int
	}
	var jobs []job
	for _, s := range Speakers(all) {
		for k := range 5 {
			jobs = append(jobs, job{s, 3 * k})
		}
	}
	found := make([]int, len(jobs))
	err = each(len(jobs), func(i int) error {
		calm, ok1 := Join(all, jobs[i].speaker, "neutral", jobs[i].first, 60)
		angry, ok2 := Join(all, jobs[i].speaker, "anger", jobs[i].first, 8)
		if !ok1 || !ok2 {
			found[i] = -1
			return nil
		}
		at := float64(len(calm.Samples)) / float64(calm.Rate)
		cues, err := Cues(Clip{calm.Rate, append(calm.Samples, angry.Samples...)})
		for _, c := range cues {
			if c >= at && c <= at+5 {
				found[i] = 1
			}
		}
		return err
	})
	for _, f := range found {
		if f >= 0 {
			n++
			hits += f
		}
	}
	return hits, n, err
}

// CalmCues plays five minutes of each speaker's neutral clips and counts the
// cues, all of them false.
func CalmCues(all []Acted) (cues int, minutes float64, err error) {
	speakers := Speakers(all)
	found, length := make([]int, len(speakers)), make([]float64, len(speakers))
	err = each(len(speakers), func(i int) error {
		c, ok := Join(all, speakers[i], "neutral", 0, 300)
		if !ok {
			return nil
		}
		got, err := Cues(c)
		found[i], length[i] = len(got), float64(len(c.Samples))/float64(c.Rate)/60
		return err
	})
	for i := range found {
		cues += found[i]
		minutes += length[i]
	}
	return cues, minutes, err
}

// Noise makes a disturbance of n samples at 8000 Hz, of unit power: "car" falls
// by 9 dB an octave over 100 Hz, "babble" is made of voices.
func Noise(kind string, n int, voices []Clip, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 11))
	out := make([]float64, n)
	if kind == "car" {
		var a, b float64
		const pole = 0.93 // 90 Hz
		for i := range out {
			a = pole*a + (1-pole)*random.NormFloat64()
			b += 0.3 * (a - b)
			out[i] = b
		}
	} else {
		for range 6 {
			v := voices[random.IntN(len(voices))].Samples
			at := random.IntN(len(v))
			for i := range out {
				out[i] += float64(v[(at+i)%len(v)])
			}
		}
	}
	power := 1e-12
	for _, v := range out {
		power += v * v / float64(n)
	}
	for i := range out {
		out[i] /= math.Sqrt(power)
	}
	return out
}

// Disturb adds a disturbance at a signal-to-noise ratio in dB and codes it for
// the telephone.
func Disturb(c Clip, noise []float64, snr float64) Clip {
	rms := 32768 * math.Pow(10, (Level(c)-snr)/20)
	out := make([]int16, len(c.Samples))
	for i, v := range c.Samples {
		out[i] = clip16(float64(v) + rms*noise[i])
	}
	return MuLaw(Clip{c.Rate, out})
}
