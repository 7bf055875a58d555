package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/stress"
)

// Bench takes every figure that is promised, and writes them down beside the
// promise and, where Praat is installed, beside Praat's.
type Bench struct {
	Data string // folder of pitch_ref, emotion_de, emotion_pl, telephone_en, calls
	Out  io.Writer
	Tell func(string) // progress, may be nil
}

// Parts are the names that Run takes, in order.
func Parts() []string { return []string{"pitch", "voice", "emotion", "robust", "calls", "speed"} }

// Run takes the named parts.
func (b *Bench) Run(ctx context.Context, parts []string) error {
	for _, p := range parts {
		var f func(context.Context) error
		switch p {
		case "pitch":
			f = b.pitch
		case "voice":
			f = b.voice
		case "emotion":
			f = b.emotion
		case "robust":
			f = b.robust
		case "calls":
			f = b.calls
		case "speed":
			f = b.speed
		default:
			return fmt.Errorf("no part %q: the parts are %v", p, Parts())
		}
		if b.Tell != nil {
			b.Tell(p)
		}
		if err := f(ctx); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) printf(format string, args ...any) { fmt.Fprintf(b.Out, format, args...) }

// pitch counts F0 against the laryngograph, full band and by telephone.
func (b *Bench) pitch(ctx context.Context) error {
	names, err := PitchClips(filepath.Join(b.Data, "pitch_ref"))
	if err != nil {
		return err
	}
	refs := make([][]float64, len(names))
	full, narrow := make([]Clip, len(names)), make([]Clip, len(names))
	if err := each(len(names), func(i int) (err error) {
		if refs[i], err = Reference(names[i] + ".f0ref"); err != nil {
			return err
		}
		if full[i], err = Load(names[i]+".wav", 16000); err != nil {
			return err
		}
		c, err := Load(names[i]+".wav", 8000)
		narrow[i] = Telephone(c)
		return err
	}); err != nil {
		return err
	}
	b.printf("F0 against a laryngograph, %d clips (promised: full band >= 94.5 %% right, <= 1 %% gross; telephone >= 90 %%, <= 4 %%)\n", len(names))
	b.printf("  %-34s %7s %7s %7s %7s %7s\n", "", "right", "gross", "missed", "false", "cents")
	for _, band := range []struct {
		name  string
		clips []Clip
	}{{"16 kHz", full}, {"300-3400 Hz, mu-law", narrow}} {
		var own Pitch
		for i, c := range band.clips {
			if err := own.Track(c, refs[i]); err != nil {
				return err
			}
		}
		b.pitchLine(band.name+", Sidetone", own)
		voices, err := Praat(ctx, band.clips, true)
		if errors.Is(err, ErrNoPraat) {
			b.printf("  %v\n", err)
			continue
		} else if err != nil {
			return err
		}
		var ac, cc Pitch
		for i, v := range voices {
			ac.Count(refs[i], v.AC, 0.01)
			cc.Count(refs[i], v.CC, 0.01)
		}
		b.pitchLine(band.name+", Praat ac", ac)
		b.pitchLine(band.name+", Praat cc", cc)
	}
	return nil
}

func (b *Bench) pitchLine(name string, p Pitch) {
	b.printf("  %-34s %6.1f%% %6.2f%% %6.1f%% %6.1f%% %7.1f\n", name, 100*p.Right(), 100*p.GrossShare(),
		100*float64(p.Missed)/float64(max(1, p.Voiced)), 100*float64(p.False)/float64(max(1, p.Frames-p.Voiced)), p.Cents())
}

// trains are voices with one known figure each.
func trains() []Train {
	var out []Train
	for _, f0 := range []float64{120, 220} {
		for _, v := range []float64{5, 10, 20, 30} {
			out = append(out, Train{F0: f0, HNR: v})
		}
		for _, v := range []float64{0.005, 0.01, 0.02} {
			out = append(out, Train{F0: f0, Jitter: v})
		}
		for _, v := range []float64{0.3, 0.6, 1} {
			out = append(out, Train{F0: f0, Shimmer: v})
		}
	}
	return out
}

// voice compares HNR, jitter and shimmer with known figures and with Praat.
func (b *Bench) voice(ctx context.Context) error {
	b.printf("HNR, jitter, shimmer of synthetic voices at 16 kHz (promised: within 10 %% or 1 dB of what is known or of Praat)\n")
	var clips []Clip
	var known []Train
	for i, t := range trains() {
		c, k := t.Make(16000, uint64(i))
		clips, known = append(clips, c), append(known, k)
	}
	praat, err := Praat(ctx, clips, false)
	if errors.Is(err, ErrNoPraat) {
		b.printf("  %v\n", err)
		praat = make([]Voice, len(clips))
	} else if err != nil {
		return err
	}
	b.printf("  %-26s %9s %9s %9s\n", "", "known", "Sidetone", "Praat")
	for i, k := range known {
		v, err := Measure(clips[i])
		if err != nil {
			return err
		}
		switch t := trains()[i]; {
		case t.HNR != 0:
			b.printf("  HNR at %3.0f Hz, dB           %9.1f %9.1f %9.1f\n", k.F0, k.HNR, v.HNR, praat[i].HNR)
		case t.Jitter != 0:
			b.printf("  jitter at %3.0f Hz, %%         %9.2f %9.2f %9.2f\n", k.F0, 100*k.Jitter, 100*v.Jitter, 100*praat[i].Jitter)
		default:
			b.printf("  shimmer at %3.0f Hz, dB       %9.2f %9.2f %9.2f\n", k.F0, k.Shimmer, v.Shimmer, praat[i].Shimmer)
		}
	}
	return b.ranks(ctx)
}

// ranks correlates the clips' means with Praat's on speech.
func (b *Bench) ranks(ctx context.Context) error {
	names, err := PitchClips(filepath.Join(b.Data, "pitch_ref"))
	if err != nil {
		return err
	}
	for _, rate := range []int{8000, 16000} {
		clips := make([]Clip, len(names))
		own := make([]Voice, len(names))
		if err := each(len(names), func(i int) (err error) {
			if clips[i], err = Load(names[i]+".wav", rate); err != nil {
				return err
			}
			own[i], err = Measure(clips[i])
			return err
		}); err != nil {
			return err
		}
		praat, err := Praat(ctx, clips, false)
		if errors.Is(err, ErrNoPraat) {
			return nil
		} else if err != nil {
			return err
		}
		pick := func(v []Voice, f func(Voice) float64) (out []float64) {
			for _, x := range v {
				out = append(out, f(x))
			}
			return out
		}
		rank := func(f func(Voice) float64) float64 { return RankCorrelation(pick(own, f), pick(praat, f)) }
		b.printf("  rank correlation with Praat, %d clips at %5d Hz: HNR %.3f (promised 0.9), jitter %.3f, shimmer %.3f\n", len(names), rate,
			rank(func(v Voice) float64 { return v.HNR }), rank(func(v Voice) float64 { return v.Jitter }), rank(func(v Voice) float64 { return v.Shimmer }))
	}
	return nil
}

// speed measures the whole estimator on one core.
func (b *Bench) speed(context.Context) error {
	b.printf("Speed, everything, one stream (promised: 0.010 CPU s per audio s at 8 kHz, p99 <= 1 ms a packet, no allocation)\n")
	for _, rate := range []int{8000, 16000} {
		c, err := Load(filepath.Join(b.Data, "calls", "auto49_caller.wav"), rate)
		if err != nil {
			return err
		}
		e, err := stress.New(stress.Config{Rate: rate})
		if err != nil {
			return err
		}
		var took []time.Duration
		var before, after runtime.MemStats
		packets := 0
		frames(c, func(f *media.Frame) { // once over, so that everything is warm; playing itself allocates twice
			packets++
			e.Frame(f)
		})
		e.Reset()
		took = make([]time.Duration, 0, packets)
		runtime.ReadMemStats(&before)
		cpu, start := processTime(), time.Now()
		frames(c, func(f *media.Frame) {
			t := time.Now()
			e.Frame(f)
			took = append(took, time.Since(t))
		})
		wall, used := time.Since(start), processTime()-cpu
		runtime.ReadMemStats(&after)
		slices.Sort(took)
		audio := float64(len(c.Samples)) / float64(rate)
		b.printf("  %5d Hz: %.4f CPU s per audio s (%.0f times real time by the clock), p50 %v, p99 %v a packet, %d allocations over %d packets\n", rate,
			used.Seconds()/audio, audio/wall.Seconds(), took[len(took)/2].Round(time.Microsecond), took[len(took)*99/100].Round(time.Microsecond), max(0, int64(after.Mallocs-before.Mallocs)-2), packets)
	}
	return nil
}

// worst is the largest difference between two sets of scores.
func worst(a, b Scored) float64 {
	return max(math.Abs(a.Arousal-b.Arousal), math.Abs(a.Anger-b.Anger), math.Abs(a.Tension-b.Tension))
}
