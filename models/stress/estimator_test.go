package stress_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/stress"
	"github.com/sidetone/sidetone/models/stress/measure"
)

func estimator(t testing.TB, c stress.Config) *stress.Estimator {
	t.Helper()
	e, err := stress.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// play feeds samples as frames and collects the windows.
func play(e *stress.Estimator, c measure.Clip, gap func(i int) bool) (out []call.Stress) {
	n := c.Rate / 50
	for i := 0; (i+1)*n <= len(c.Samples); i++ {
		f := media.Frame{At: time.Duration(i) * media.FrameTime, Rate: c.Rate, Samples: c.Samples[i*n : (i+1)*n]}
		f.Gap = gap != nil && gap(i)
		out = append(out, e.Frame(&f)...)
	}
	return append(out, e.Flush()...)
}

func speech(t testing.TB, name string) measure.Clip {
	t.Helper()
	c, err := measure.Load(devdata.Shared(t, name), 8000)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// make8k fills seconds of 8 kHz audio from a function of time, mu-law coded.
func make8k(seconds float64, f func(t float64) float64) measure.Clip {
	c := measure.Clip{Rate: 8000, Samples: make([]int16, int(seconds*8000))}
	for i := range c.Samples {
		c.Samples[i] = int16(f(float64(i) / 8000))
	}
	return measure.MuLaw(c)
}

func sine(hz, t float64) float64 { return math.Sin(2 * math.Pi * hz * t) }

func TestNothingToHearIsNeverCalm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	voice := speech(t, "calls/auto49_caller.wav")
	voice.Samples = voice.Samples[20*8000 : 40*8000]
	notes := []float64{262, 294, 330, 349, 392, 440, 494, 523}
	for _, test := range []struct {
		name, why string
		audio     measure.Clip
		gap       func(int) bool
	}{
		{"digital silence", stress.AbsentSilence, make8k(12, func(float64) float64 { return 0 }), nil},
		{"comfort noise", stress.AbsentSilence, make8k(12, func(float64) float64 { return 40 * random.NormFloat64() }), nil},
		{"loud noise", stress.AbsentSilence, make8k(12, func(float64) float64 { return 3000 * random.NormFloat64() }), nil},
		{"concealed packets", stress.AbsentLost, voice, func(i int) bool { return i%5 != 0 }},
		{"keys", stress.AbsentTones, make8k(12, func(t float64) float64 {
			if math.Mod(t, 0.3) > 0.2 {
				return 0
			}
			return 4000 * (sine(770, t) + sine(1336, t))
		}), nil},
		{"ring back", stress.AbsentTones, make8k(12, func(t float64) float64 {
			if math.Mod(t, 5) > 2 {
				return 0
			}
			return 5000 * sine(425, t)
		}), nil},
		{"organ", stress.AbsentMusic, make8k(12, func(t float64) float64 {
			f := notes[int(t*2.5)%len(notes)]
			v := 0.0
			for h := 1.0; h < 8; h++ {
				v += sine(h*f, t) / h
			}
			return 4000 * v
		}), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := play(estimator(t, stress.Config{}), test.audio, test.gap)
			if len(got) < 10 {
				t.Fatalf("%d windows of 12 seconds", len(got))
			}
			why := 0
			for _, s := range got {
				if s.Absent == "" {
					t.Fatalf("an estimate of %s: %+v", test.name, s)
				}
				if s.Absent == test.why {
					why++
				}
			}
			if 2*why < len(got) {
				t.Errorf("absent for other reasons than %q: %+v", test.why, got)
			}
		})
	}
}

func TestSpeechGivesAWindowEachSecond(t *testing.T) {
	voice := speech(t, "calls/auto49_caller.wav")
	voice.Samples = voice.Samples[:60*8000]
	e := estimator(t, stress.Config{Party: call.Customer})
	short, long, given := 0, 0, 0
	at := call.Position(0)
	for _, s := range play(e, voice, nil) {
		if s.Party != call.Customer || s.End < at || s.Start >= s.End {
			t.Fatalf("out of order: %+v", s)
		}
		at = s.End
		if s.Span == 3 {
			short++
		} else {
			long++
		}
		if s.Absent == "" {
			given++
			for _, v := range []float64{s.Arousal, s.Anger, s.Tension, s.Quality} {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("score outside 0..1: %+v", s)
				}
			}
		}
	}
	if short != 58 || long != 51 || given < 40 {
		t.Errorf("%d windows of 3 s, %d of 30 s, %d with an estimate", short, long, given)
	}
	if b := e.Baseline(); b.Voiced() < 5 {
		t.Errorf("the baseline rests on %.1f s", b.Voiced())
	}
}

func TestFramesDoNotAllocate(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		voice, err := measure.Load(devdata.Shared(t, "calls/auto49_caller.wav"), rate)
		if err != nil {
			t.Fatal(err)
		}
		e := estimator(t, stress.Config{Rate: rate})
		n, i := rate/50, 0
		f := media.Frame{Rate: rate}
		step := func() {
			k := i % (len(voice.Samples)/n - 1)
			f.At, f.Samples = time.Duration(i)*media.FrameTime, voice.Samples[k*n:(k+1)*n]
			e.Frame(&f)
			i++
		}
		for range 3000 {
			step()
		}
		if got := testing.AllocsPerRun(3000, step); got != 0 {
			t.Errorf("%d Hz: %v allocations a frame", rate, got)
		}
	}
}

func TestGainMovesNothing(t *testing.T) {
	voice := speech(t, "calls/auto49_caller.wav")
	voice.Samples = voice.Samples[:60*8000]
	voice = measure.Gain(voice, -30-measure.Level(voice)) // room for 12 dB more
	want := play(estimator(t, stress.Config{}), voice, nil)
	for _, db := range []float64{-12, 12} {
		got := play(estimator(t, stress.Config{}), measure.Gain(voice, db), nil)
		worst := 0.0
		for i, w := range want {
			if g := got[i]; w.Absent == "" && g.Absent == "" && w.Span == 30 {
				worst = max(worst, math.Abs(w.Anger-g.Anger), math.Abs(w.Tension-g.Tension), math.Abs(w.Arousal-g.Arousal))
			}
		}
		if worst > 0.02 {
			t.Errorf("%+.0f dB moves a score by %.3f", db, worst)
		}
	}
}

func TestHolesRestartTheStretch(t *testing.T) {
	voice := speech(t, "calls/auto49_caller.wav")
	e := estimator(t, stress.Config{})
	n := 160
	at := time.Duration(0)
	var end call.Position
	for i := range 3000 {
		if i == 1500 {
			at += 7 * time.Second
		}
		for _, s := range e.Frame(&media.Frame{At: at, Rate: 8000, Samples: voice.Samples[i*n : (i+1)*n]}) {
			if s.End < end || time.Duration(s.End) > at+media.FrameTime {
				t.Fatalf("frame %d at %v: window %v to %v", i, at, s.Start, s.End)
			}
			end = s.End
		}
		at += media.FrameTime
	}
}

func TestShortStreamsGiveOneWindow(t *testing.T) {
	voice := speech(t, "calls/auto49_caller.wav")
	voice.Samples = voice.Samples[20*8000:]
	for _, seconds := range []float64{0.5, 1, 1.5, 2, 2.5, 2.98} {
		e := estimator(t, stress.Config{})
		got := play(e, measure.Clip{Rate: 8000, Samples: voice.Samples[:int(seconds*8000)]}, nil)
		if len(got) != 1 || math.Abs(got[0].End.Seconds()-seconds) > 0.02 || got[0].Start != 0 {
			t.Errorf("%v s: %+v", seconds, got)
		}
		if w := e.Whole(); w.Absent == "" && math.Abs(w.End.Seconds()-seconds) > 0.02 {
			t.Errorf("%v s: whole %+v", seconds, w)
		}
	}
}

func TestWrongRate(t *testing.T) {
	if _, err := stress.New(stress.Config{Rate: 44100}); err == nil || !strings.Contains(err.Error(), "44100") {
		t.Errorf("error is %v", err)
	}
	e := estimator(t, stress.Config{})
	if got := e.Frame(&media.Frame{Rate: 44100, Samples: make([]int16, 882)}); got != nil {
		t.Errorf("windows of audio that cannot be taken: %v", got)
	}
}

func BenchmarkFrame(b *testing.B) {
	voice := speech(b, "calls/auto49_caller.wav")
	e := estimator(b, stress.Config{})
	f := media.Frame{Rate: 8000}
	frames := len(voice.Samples)/160 - 1
	b.ReportAllocs()
	for i := range b.N {
		k := i % frames
		f.At, f.Samples = time.Duration(i)*media.FrameTime, voice.Samples[k*160:(k+1)*160]
		e.Frame(&f)
	}
}
