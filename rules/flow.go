package rules

import (
	"fmt"

	"github.com/sidetone/sidetone/call"
)

// Silence: a party, or both, have said nothing for so long. Hold is no silence.
type Silence struct {
	Of     call.Party `yaml:"of"`     // customer, agent, or "both" (the default)
	Longer float64    `yaml:"longer"` // seconds
}

// both stands for the two parties together.
const both call.Party = "both"

func (o *Silence) check() error {
	if o.Of == "" {
		o.Of = both
	}
	if o.Of != both && o.Of != call.Customer && o.Of != call.Agent {
		return fmt.Errorf("of is %q: customer, agent or both", o.Of)
	}
	if o.Longer < 2 {
		return fmt.Errorf("longer is %g: silences are counted from 2 seconds", o.Longer)
	}
	return checkSeconds(o.Longer)
}

func (o *Silence) needs() string { return "voices" }
func (o *Silence) timed() bool   { return true }

func (o *Silence) find(s *State, w Window) (Evidence, bool) {
	longer := call.Seconds(o.Longer)
	past, since, going := s.talk.quiets, s.talk.quiet, !s.anybody() && s.heard()
	if o.Of != both {
		v := &s.voices[index(o.Of)]
		past, since, going = v.quiets, v.quiet, !v.on && v.seen
	}
	if w.Whole {
		for i := len(past) - 1; i >= 0; i-- {
			if past[i].length() >= longer {
				return o.evidence(past[i]), true
			}
		}
		return Evidence{}, false
	}
	if going && !s.holding && s.now-since >= longer {
		return o.evidence(span{since, s.now}), true
	}
	return Evidence{}, false
}

// heard tells whether voices are known at all.
func (s *State) heard() bool { return s.voices[0].seen || s.voices[1].seen || s.voices[2].seen }

func (o *Silence) evidence(q span) Evidence {
	subject := "nobody spoke"
	party := call.Party("")
	if o.Of != both {
		subject, party = who(o.Of)+" was silent", o.Of
	}
	return Evidence{Party: party, At: q.from, End: q.to, Score: 1, Why: fmt.Sprintf("%s for %.1f s", subject, q.length().Seconds())}
}

// Overlap: a party breaks in on the other and both go on speaking.
type Overlap struct {
	By     call.Party `yaml:"by"`     // who came second; "" is either
	Longer float64    `yaml:"longer"` // seconds; default 1
	Times  int        `yaml:"times"`  // so often …; default 1
	Within float64    `yaml:"within"` // … in so many seconds; default 60
}

func (o *Overlap) check() error {
	set(&o.Longer, 1)
	set(&o.Times, 1)
	set(&o.Within, 60)
	if o.Longer < 0.3 || o.Times < 1 || o.Times > 100 {
		return fmt.Errorf("overlap: longer from 0.3 seconds, times 1 to 100")
	}
	if err := checkSeconds(o.Longer, o.Within); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *Overlap) needs() string { return "voices" }
func (o *Overlap) timed() bool   { return true }

func (o *Overlap) find(s *State, w Window) (Evidence, bool) {
	longer, from := call.Seconds(o.Longer), w.back(o.Within).From
	n := 0
	var last crossing
	count := func(c crossing) {
		if c.length() >= longer && (o.By == "" || c.by == o.By) {
			if n++; n == 1 {
				last = c
			}
		}
	}
	if s.talk.both && !w.Whole {
		count(crossing{span{s.talk.over.from, s.now}, s.talk.overBy})
	}
	for i := len(s.talk.crossed) - 1; i >= 0 && n < o.Times; i-- {
		c := s.talk.crossed[i]
		if c.to < from {
			break
		}
		if c.from <= w.To {
			count(c)
		}
	}
	if n < o.Times {
		return Evidence{}, false
	}
	why := fmt.Sprintf("%s spoke over the other for %.1f s", who(last.by), last.length().Seconds())
	if o.Times > 1 {
		why = fmt.Sprintf("%s spoke over the other %d times", who(last.by), o.Times)
	}
	return Evidence{Party: last.by, At: last.from, End: last.to, Score: 1, Why: why}, true
}

// Speed: a party speaks faster or slower than this, in words (Chinese:
// characters) a minute while speaking.
type Speed struct {
	Of    call.Party `yaml:"of"`
	Least float64    `yaml:"least"`
	Most  float64    `yaml:"most"`
	Over  float64    `yaml:"over"` // seconds looked at; default 30
}

func (o *Speed) check() error {
	set(&o.Over, 30)
	if o.Least < 0 || o.Most < 0 || o.Least == 0 && o.Most == 0 || o.Most > 0 && o.Least > o.Most {
		return fmt.Errorf("speed needs least (faster than) or most (slower than), in that order of size")
	}
	if err := checkSeconds(o.Over); err != nil {
		return err
	}
	return checkParty(o.Of)
}

func (o *Speed) needs() string { return "hearing" }
func (o *Speed) timed() bool   { return false }

// enoughSpeech is how much a rate needs to rest on.
const enoughSpeech = call.Position(6e9)

func (o *Speed) find(s *State, w Window) (Evidence, bool) {
	var talked call.Position
	count := 0
	var newest *line
	s.back(o.Of, w.back(o.Over), func(l *line) bool {
		talked += l.end - l.start
		count += l.text.count
		if newest == nil {
			newest = l
		}
		return true
	})
	if newest == nil || talked < enoughSpeech {
		return Evidence{}, false
	}
	rate := float64(count) / talked.Seconds() * 60
	if rate < o.Least || o.Most > 0 && rate > o.Most {
		return Evidence{}, false
	}
	e := newest.evidence(0)
	e.Why = fmt.Sprintf("%s spoke %.0f words a minute", who(o.Of), rate)
	return e, true
}

// Hold: a party has had the other on hold for so long.
type Hold struct {
	By     call.Party `yaml:"by"` // "" is either
	Longer float64    `yaml:"longer"`
}

func (o *Hold) check() error {
	if err := checkSeconds(o.Longer); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *Hold) needs() string { return "" }
func (o *Hold) timed() bool   { return true }

func (o *Hold) find(s *State, w Window) (Evidence, bool) {
	for i, p := range []call.Party{call.Customer, call.Agent, call.Unknown} {
		h := s.hold[i]
		if d := s.now - h.since; h.on && (o.By == "" || o.By == p) && d >= call.Seconds(o.Longer) {
			return Evidence{Party: p, At: h.since, End: s.now, Score: 1, Why: fmt.Sprintf("on hold for %.0f s", d.Seconds())}, true
		}
	}
	return Evidence{}, false
}

// Mood: a party's voice, against its own baseline, for so long.
type Mood struct {
	Of      call.Party `yaml:"of"`
	Feeling string     `yaml:"feeling"` // arousal, anger or tension
	Least   float64    `yaml:"least"`   // 0..1
	Lasting float64    `yaml:"lasting"` // seconds of windows that agree; default 5
	Span    int        `yaml:"span"`    // which windows: 3 (default) or 30 seconds
}

func (o *Mood) check() error {
	set(&o.Lasting, 5)
	set(&o.Span, 3)
	if o.Of != call.Customer && o.Of != call.Agent {
		return fmt.Errorf("of is %q: customer or agent", o.Of)
	}
	if o.Feeling != "arousal" && o.Feeling != "anger" && o.Feeling != "tension" {
		return fmt.Errorf("feeling is %q: arousal, anger or tension", o.Feeling)
	}
	if o.Least <= 0 || o.Least > 1 {
		return fmt.Errorf("least is %v: a score above 0, up to 1", o.Least)
	}
	if o.Span != 3 && o.Span != 30 {
		return fmt.Errorf("span is %d: 3 or 30", o.Span)
	}
	return checkSeconds(o.Lasting)
}

func (o *Mood) needs() string { return "stress" }
func (o *Mood) timed() bool   { return false }

func (o *Mood) find(s *State, w Window) (Evidence, bool) {
	list := s.moods[moodKey{o.Of, o.Span}]
	var run span
	peak := 0.0
	for i := len(list) - 1; i >= 0; i-- {
		b := list[i]
		if b.End > w.To {
			continue
		}
		if b.End < w.From && !w.Whole && run.to == 0 {
			break // nothing newer than the window
		}
		if b.Absent != "" || o.value(b) < o.Least {
			if !w.Whole {
				break
			}
			run, peak = span{}, 0
			continue
		}
		if run.to == 0 {
			run.to = b.End
		}
		run.from = b.Start
		peak = max(peak, o.value(b))
		if run.length() >= call.Seconds(o.Lasting) {
			return Evidence{Party: o.Of, At: run.from, End: run.to, Score: peak,
				Why: fmt.Sprintf("%s: %s %.1f for %.0f s", who(o.Of), o.Feeling, peak, run.length().Seconds())}, true
		}
	}
	return Evidence{}, false
}

func (o *Mood) value(b call.Stress) float64 {
	switch o.Feeling {
	case "anger":
		return b.Anger
	case "tension":
		return b.Tension
	}
	return b.Arousal
}
