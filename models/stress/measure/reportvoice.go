package measure

import (
	"context"
	"path/filepath"
)

// acted is what is said of every figure on acted speech.
const acted = "  Acted speech. On natural calls expect 65 to 80 of 100 for calm against aroused, and less for what kind.\n"

func (b *Bench) sets() []string { return []string{"emotion_de", "emotion_pl"} }

// emotion tells acted emotions from neutral by telephone.
func (b *Bench) emotion(context.Context) error {
	b.printf("Telling acted emotion from neutral through G.711 at 8 kHz, level evened, half of each speaker's neutral clips\nas baseline, shipped coefficients, threshold 0.5 (promised UAR: emotion_de anger 0.95; emotion_pl anger 0.80, fear 0.82)\n")
	for _, set := range b.sets() {
		all, err := Emotions(filepath.Join(b.Data, set))
		if err != nil {
			return err
		}
		base, rest, err := Split(all)
		if err != nil {
			return err
		}
		scores, err := Scores(base, rest, nil)
		if err != nil {
			return err
		}
		for _, pair := range [][2]string{{"anger", "anger"}, {"tension", "fear"}, {"arousal", "anger"}, {"arousal", "fear"}, {"arousal", "happy"}, {"anger", "happy"}} {
			t := Tell(scores, pair[0], pair[1])
			if t.N == 0 {
				continue
			}
			b.printf("  %s: %-7s score, %-5s v neutral: UAR %.3f (%.2f found, %.2f neutral left alone), AUC %.3f, %d and %d clips\n", set, pair[0], pair[1], t.UAR(), t.Hit, t.Reject, t.AUC, t.N, t.Neutral)
		}
	}
	b.printf(acted)
	return nil
}

// robust changes the gain and adds noise.
func (b *Bench) robust(context.Context) error {
	voices, err := b.babble()
	if err != nil {
		return err
	}
	b.printf("Gain of 12 dB more or less (promised: scores move < 0.02) and noise at 15 dB (promised: <= 0.05 of AUC)\n")
	for _, set := range b.sets() {
		all, err := Emotions(filepath.Join(b.Data, set))
		if err != nil {
			return err
		}
		base, rest, err := Split(all)
		if err != nil {
			return err
		}
		clean, err := Scores(base, rest, nil)
		if err != nil {
			return err
		}
		// 6 dB lower than levelled, so that 12 dB more does not clip the peaks.
		low := func(c Clip) Clip { return Gain(c, -6) }
		still, err := Scores(base, rest, func(_ int, c Clip) Clip { return low(c) })
		if err != nil {
			return err
		}
		for _, db := range []float64{-12, 12} {
			moved, err := Scores(base, rest, func(_ int, c Clip) Clip { return Gain(low(c), db) })
			if err != nil {
				return err
			}
			most, sum, over := 0.0, 0.0, 0
			for i := range moved {
				d := worst(moved[i], still[i])
				most, sum = max(most, d), sum+d
				if d >= 0.02 {
					over++
				}
			}
			b.printf("  %s, %+.0f dB: mean %.4f, worst %.3f, %d of %d clips move 0.02 or more\n", set, db, sum/float64(len(moved)), most, over, len(moved))
		}
		for _, kind := range []string{"babble", "car"} {
			noisy, err := Scores(base, rest, func(i int, c Clip) Clip {
				return Disturb(c, Noise(kind, len(c.Samples), voices, uint64(i)), 15)
			})
			if err != nil {
				return err
			}
			for _, pair := range [][2]string{{"anger", "anger"}, {"tension", "fear"}} {
				if was, is := Tell(clean, pair[0], pair[1]), Tell(noisy, pair[0], pair[1]); was.N > 0 {
					b.printf("  %s, %s at 15 dB: AUC of %s %.3f, in quiet %.3f (UAR %.3f, %.3f)\n", set, kind, pair[1], is.AUC, was.AUC, is.UAR(), was.UAR())
				}
			}
		}
	}
	return nil
}

// babble is the voices that disturb.
func (b *Bench) babble() ([]Clip, error) {
	list, err := filepath.Glob(filepath.Join(b.Data, "telephone_en", "*.ulaw"))
	if err != nil {
		return nil, err
	}
	var out []Clip
	for i := 0; i < len(list); i += 5 {
		c, err := Load(list[i], 8000)
		if err != nil {
			return nil, err
		}
		out = append(out, Normalised(c))
	}
	return out, nil
}

// calls plays joined clips as calls, nothing enrolled.
func (b *Bench) calls(context.Context) error {
	b.printf("Joined clips as calls, nothing enrolled (promised: <= 1 cue in 10 calm minutes; anger after a calm minute cued within 5 s in >= 85 %%)\n")
	cues, minutes, hits, n := 0, 0.0, 0, 0
	for _, set := range b.sets() {
		all, err := Emotions(filepath.Join(b.Data, set))
		if err != nil {
			return err
		}
		c, m, err := CalmCues(all)
		if err != nil {
			return err
		}
		h, k, err := Splices(all)
		if err != nil {
			return err
		}
		b.printf("  %s: %d cues in %.0f calm minutes; %d of %d changes to anger cued within 5 s\n", set, c, m, h, k)
		cues, minutes, hits, n = cues+c, minutes+m, hits+h, n+k
	}
	b.printf("  both: %.2f cues in 10 calm minutes; %.0f %% of changes cued within 5 s\n", 10*float64(cues)/minutes, 100*float64(hits)/float64(n))
	b.printf(acted)
	return nil
}
