package stress

import (
	"fmt"
	"math"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
)

const (
	shortSpan = 3  // seconds of the fast window
	longSpan  = 30 // seconds of the slow window
	longFrom  = 10 // seconds before the slow window says anything

	frames    = 100 // rows in a second
	shortNeed = 50  // voiced rows that the fast window takes
	longNeed  = 250 // and the slow one
	clipNeed  = 25  // and a whole recording

	learnAll  = 0.35 // the baseline learns in full from windows below this,
	learnNone = 0.65 // and not at all from those above
	earlyTime = 20   // seconds of voiced speech while it learns a little from those too
	earlyPart = 0.3

	audibleLeast = 0.3 // a window below this gives no estimate; a whole clip says how sure it is

	jump = 100 * time.Millisecond // a hole in the frames' clock that begins a new stretch
	wham = 10 * time.Second       // and one that may have changed who speaks: the baseline starts anew
)

// Config says whose voice is estimated. Model is required.
type Config struct {
	Rate     int        // samples per second of the first frames: 8000 (default) or 16000
	Party    call.Party // copied into each window
	Model    *Model     // nil takes the shipped one
	Baseline *Baseline  // calm speech known beforehand; nil starts from the population
}

// Estimator turns one party's frames into windows of arousal, anger and
// tension. One goroutine uses it; it never blocks and does not allocate once it
// runs.
type Estimator struct {
	config Config
	model  *Model
	x      *Extractor
	base   Baseline
	origin time.Duration // of the extractor's time 0 on the call's clock
	fresh  bool
	calm   float64 // how much the last fast window was

	now     tally
	syll    syllables
	ring    [longSpan]tally
	seconds int // completed since origin
	whole   tally

	out [4]call.Stress
	n   int
	why reasons
}

// New makes an estimator.
func New(c Config) (*Estimator, error) {
	if c.Rate == 0 {
		c.Rate = rate
	}
	e := &Estimator{config: c, model: c.Model, fresh: true, why: reasons{}}
	var err error
	if e.model == nil {
		if e.model, err = Shipped(); err != nil {
			return nil, err
		}
	}
	if e.x, err = NewExtractor(c.Rate); err != nil {
		return nil, err
	}
	e.Reset()
	return e, nil
}

// Reset forgets the speaker: after a transfer, a hold or a change of codec it
// may be another voice, or another channel.
func (e *Estimator) Reset() {
	e.base = Baseline{}
	if e.config.Baseline != nil {
		e.base = *e.config.Baseline
	}
	e.restart()
}

// restart begins a new stretch of time with the same speaker.
func (e *Estimator) restart() {
	e.x.Reset()
	e.now, e.syll, e.ring, e.seconds, e.whole = tally{}, syllables{}, [longSpan]tally{}, 0, tally{}
	e.fresh, e.calm = true, 1
}

// Baseline is a copy of what was learnt, to carry over to the speaker's next
// call where policy allows that.
func (e *Estimator) Baseline() Baseline { return e.base }

// Frame takes the next 20 ms and returns the windows that it completed: each
// second one of 3 seconds and one of 30. The slice is valid until the next call.
func (e *Estimator) Frame(f *media.Frame) []call.Stress {
	e.n = 0
	if f.Rate != e.x.rate {
		if !e.retune(f.Rate) {
			return nil
		}
	}
	if e.fresh {
		e.origin, e.fresh = f.At, false
	} else if d := f.At - e.origin - e.x.Duration(); d > jump || d < -jump {
		if d > wham || d < -wham {
			e.Reset()
		} else {
			e.restart()
		}
		e.origin, e.fresh = f.At, false
	}
	e.rows(e.x.Push(f))
	return e.out[:e.n]
}

// retune takes up a change of codec: another channel, so another baseline.
func (e *Estimator) retune(to int) bool {
	x, err := NewExtractor(to)
	if err != nil {
		return false // no estimate of audio that cannot be taken
	}
	e.x = x
	e.Reset()
	return true
}

func (e *Estimator) rows(rows []Row) {
	for i := range rows {
		r := &rows[i]
		e.now.row(r)
		e.syll.row(r, &e.now)
		if e.now.frames == frames {
			e.second()
		}
	}
}

// second closes a second: windows, then learning.
func (e *Estimator) second() {
	e.ring[e.seconds%longSpan] = e.now
	e.whole.add(&e.now)
	e.seconds++
	if e.seconds >= shortSpan {
		t := e.recent(shortSpan)
		s := e.window(&t, shortSpan, shortNeed)
		e.learn(&t, s)
	}
	if e.seconds >= longFrom {
		t := e.recent(min(longSpan, e.seconds))
		e.window(&t, longSpan, longNeed*min(longSpan, e.seconds)/longSpan)
	}
	e.now = tally{}
}

// recent joins the last seconds.
func (e *Estimator) recent(n int) tally {
	var t tally
	for i := range n {
		t.add(&e.ring[(e.seconds-1-i)%longSpan])
	}
	return t
}

// window scores a stretch that ends now.
func (e *Estimator) window(t *tally, span, need int) *call.Stress {
	if e.n == len(e.out) {
		e.n-- // cannot happen with 20 ms frames: the newest wins
	}
	s := &e.out[e.n]
	length := time.Duration(t.frames) * 10 * time.Millisecond
	end := e.origin + time.Duration(e.seconds)*time.Second
	*s = call.Stress{Party: e.config.Party, Start: call.Position(end - length), End: call.Position(end), Span: span}
	e.score(t, need, s)
	e.n++
	return s
}

// score fills in scores and quality, or why there are none.
func (e *Estimator) score(t *tally, need int, s *call.Stress) {
	if s.Absent = t.absent(need); s.Absent != "" {
		return
	}
	v := t.vector()
	z := e.base.against(e.model, &v)
	heard := audible(t)
	if s.Span > 0 && heard < audibleLeast {
		s.Absent = AbsentUnsure
		return
	}
	s.Quality = round(heard * e.known())
	s.Arousal = round(e.model.score(Arousal, &z))
	s.Anger = round(e.model.score(Anger, &z))
	s.Tension = round(e.model.score(Tension, &z))
	s.Why = e.why.of(e.model, &z)
}

// audible is how far a stretch may be trusted, 0..1: enough voice, over the
// noise, not made up.
func audible(t *tally) float64 {
	voice := min(1, float64(t.voiced)/(0.35*float64(t.frames)+1))
	clear := max(0, min(1, (t.above/float64(max(1, t.voiced))-5)/20))
	heard := 1 - float64(t.gaps+t.tones)/float64(max(1, t.frames))
	return voice * clear * heard
}

// known is how far the baseline may be trusted.
func (e *Estimator) known() float64 {
	n0 := float64(priorSeconds)
	if e.base.enrolled {
		n0 = enrolledSeconds
	}
	return 0.2 + 0.8*e.base.Voiced()/(e.base.Voiced()+n0)
}

// learn lets the baseline follow where the voice is calm. While little is known
// it learns a little from other windows too, so that a naturally high or hard
// voice does not count as anger for a whole call.
func (e *Estimator) learn(t *tally, s *call.Stress) {
	if s.Absent != "" || e.now.voiced < 15 || e.now.tones+e.now.gaps > 20 {
		return
	}
	calm := max(0, min(1, (learnNone-max(s.Arousal, s.Anger, s.Tension))/(learnNone-learnAll)))
	part := min(calm, e.calm) // both windows: the edge of an outburst does not count
	e.calm = calm
	if !e.base.enrolled {
		part = max(part, earlyPart*(1-e.base.Voiced()/earlyTime))
	}
	if part <= 0 {
		return
	}
	v := e.now.vector()
	w := t.vector()
	v[PitchRange], v[Tempo], v[Pause] = w[PitchRange], w[Tempo], w[Pause]
	e.base.learn(v, part*float64(e.now.voiced)/frames)
}

// Flush ends the stream: it returns what the last part of a second completes. A
// stream shorter than a window gives one window of what there is.
func (e *Estimator) Flush() []call.Stress {
	e.n = 0
	e.rows(e.x.Flush())
	e.whole.add(&e.now)
	if e.seconds < shortSpan && e.whole.frames > 0 {
		s := e.window(&e.whole, shortSpan, shortNeed)
		s.Start = call.Position(e.origin)
		s.End = s.Start + call.Position(time.Duration(e.whole.frames)*10*time.Millisecond)
	}
	e.now = tally{}
	return e.out[:e.n]
}

// Whole scores everything since the start or the last restart as one stretch,
// as a finished clip is. Its Span is 0.
func (e *Estimator) Whole() call.Stress {
	s := call.Stress{Party: e.config.Party, Start: call.Position(e.origin), End: call.Position(e.origin + time.Duration(e.whole.frames)*10*time.Millisecond)}
	e.score(&e.whole, clipNeed, &s)
	return s
}

// Enroll adds everything since the start to a baseline as calm speech. It
// reports an error when there is no voice in it.
func (e *Estimator) Enroll(b *Baseline) error {
	if why := e.whole.absent(clipNeed); why != "" {
		return fmt.Errorf("no calm speech to learn from: %s", why)
	}
	b.Enroll(e.whole.vector(), float64(e.whole.voiced)/frames)
	return nil
}

// Vector is the figures of everything since the start; NaN where there is none.
func (e *Estimator) Vector() Vector { return e.whole.vector() }

// Voiced is how much voiced speech of everything since the start counts.
func (e *Estimator) Voiced() time.Duration {
	return time.Duration(e.whole.voiced) * 10 * time.Millisecond
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }
