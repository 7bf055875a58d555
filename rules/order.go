package rules

import (
	"fmt"

	"github.com/sidetone/sidetone/call"
)

// Order: First was so, and afterwards Then, within so many seconds.
type Order struct {
	First  *Condition `yaml:"first"`
	Then   *Condition `yaml:"then"`
	Within float64    `yaml:"within"` // seconds from first to then; default 30
}

func (o *Order) check() error {
	if o.First == nil || o.Then == nil {
		return fmt.Errorf("order needs first and then")
	}
	if o.Within == 0 {
		o.Within = 30
	}
	if err := checkSeconds(o.Within); err != nil {
		return err
	}
	if err := o.First.check(maxDepth / 2); err != nil {
		return err
	}
	return o.Then.check(maxDepth / 2)
}

func (o *Order) needs() string { return "" }
func (o *Order) timed() bool   { return o.Then.Timed() }

func (o *Order) find(s *State, w Window) (Evidence, bool) {
	var found Evidence
	ok := o.Then.each(s, w, func(then Evidence) bool {
		before := Window{From: then.At - call.Seconds(o.Within), To: then.At - 1, Whole: w.Whole}
		_, hit := o.First.Find(s, before)
		if hit {
			found = then
		}
		return !hit
	})
	return found, ok
}

// mostEach bounds how many places in a call one question visits.
const mostEach = 200

// each visits the places where c was so, newest first, until visit returns
// false; it tells whether that happened. In a live window only the newest counts.
func (c *Condition) each(s *State, w Window, visit func(Evidence) bool) bool {
	for range mostEach {
		list, ok := c.Find(s, w)
		e := newest(list)
		if !ok || e == nil {
			return false
		}
		if !visit(*e) {
			return true
		}
		if !w.Whole || e.End <= w.From {
			return false
		}
		w.To = min(e.End, w.To) - 1
	}
	return false
}

// newest is the evidence that ended last.
func newest(list []Evidence) *Evidence {
	var out *Evidence
	for i := range list {
		if out == nil || list[i].End > out.End {
			out = &list[i]
		}
	}
	return out
}

// NotSaid: a party has not said any of some phrases by the time it should have:
// until a position, after something, or before something.
type NotSaid struct {
	By     call.Party `yaml:"by"`
	Any    []string   `yaml:"any"`
	Sounds []string   `yaml:"sounds"`
	Until  float64    `yaml:"until"`  // not said in the first so many seconds
	After  *Condition `yaml:"after"`  // this was so …
	Within float64    `yaml:"within"` // … and so many seconds later it had not been said
	Since  float64    `yaml:"since"`  // what was said so many seconds before after counts too
	Before *Condition `yaml:"before"` // this is so, and it had not been said at all before

	any []phrase
}

func (o *NotSaid) check() error {
	var err error
	if o.any, err = phrases(o.Any, newPhrase); err != nil {
		return err
	}
	sounds, err := phrases(o.Sounds, newSound)
	if err != nil {
		return err
	}
	if o.any = append(o.any, sounds...); len(o.any) == 0 {
		return fmt.Errorf("not_said needs any or sounds")
	}
	forms := 0
	for _, c := range []*Condition{o.After, o.Before} {
		if c != nil {
			forms++
			if err := c.check(maxDepth / 2); err != nil {
				return err
			}
		}
	}
	if o.Until > 0 {
		forms++
	}
	if forms != 1 {
		return fmt.Errorf("not_said needs one of until, after and before, this has %d", forms)
	}
	if o.After != nil && o.Within == 0 {
		o.Within = 20
	}
	if err := checkSeconds(o.Until, o.Within, o.Since); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *NotSaid) needs() string { return "hearing" }
func (o *NotSaid) timed() bool   { return o.Before == nil }

// graceTime is how long something left unsaid can be pointed out.
const graceTime = call.Position(10e9)

func (o *NotSaid) find(s *State, w Window) (Evidence, bool) {
	switch {
	case o.Until > 0:
		return o.until(s, w)
	case o.After != nil:
		return o.after(s, w)
	}
	var found Evidence
	ok := o.Before.each(s, w, func(e Evidence) bool {
		if o.said(s, -1, e.End) {
			return true
		}
		found = e
		return false
	})
	return found, ok
}

func (o *NotSaid) until(s *State, w Window) (Evidence, bool) {
	due := s.start + call.Seconds(o.Until)
	if w.To < due || !w.Whole && w.To > due+graceTime || o.said(s, -1, due) {
		return Evidence{}, false
	}
	return Evidence{Party: o.By, At: due, End: due, Score: 1, Why: fmt.Sprintf("%s had not said it after %g s", who(o.By), o.Until)}, true
}

func (o *NotSaid) after(s *State, w Window) (Evidence, bool) {
	wait := call.Seconds(o.Within)
	in := Window{From: w.From, To: w.To - wait, Whole: w.Whole}
	if w.Whole && s.ended {
		in.To = w.To // the call ended before it was said
	} else if !w.Whole {
		in.From = in.To - graceTime
	}
	var found Evidence
	ok := o.After.each(s, in, func(e Evidence) bool {
		if o.said(s, e.At-call.Seconds(o.Since), min(w.To, e.End+wait)) {
			return true
		}
		found = e
		return false
	})
	return found, ok
}

// said looks for the phrases in utterances that overlap the stretch.
func (o *NotSaid) said(s *State, from, to call.Position) bool {
	found := false
	s.back(o.By, Window{From: from, To: to + lateTime}, func(l *line) bool {
		if l.start > to {
			return true
		}
		for _, p := range o.any {
			if p.in(&l.text) >= 0 {
				found = true
				return false
			}
		}
		return true
	})
	return found
}

func who(p call.Party) string {
	if p == "" {
		return "nobody"
	}
	return "the " + string(p)
}

// Repeats: a party says the same again.
type Repeats struct {
	By     call.Party `yaml:"by"`
	Times  int        `yaml:"times"`  // how often in all; default 2
	Alike  float64    `yaml:"alike"`  // share of words in common, 0..1; default 0.6
	Within float64    `yaml:"within"` // seconds; default 120
	Words  int        `yaml:"words"`  // shorter utterances do not count; default 4
}

func (o *Repeats) check() error {
	set(&o.Times, 2)
	set(&o.Words, 4)
	set(&o.Alike, 0.6)
	set(&o.Within, 120)
	if o.Times < 2 || o.Times > 20 || o.Words < 1 || o.Alike < 0.1 || o.Alike > 1 {
		return fmt.Errorf("repeats: times 2 to 20, words from 1, alike 0.1 to 1")
	}
	if err := checkSeconds(o.Within); err != nil {
		return err
	}
	return checkParty(o.By)
}

func set[T int | float64](to *T, def T) {
	if *to == 0 {
		*to = def
	}
}

func (o *Repeats) needs() string { return "hearing" }
func (o *Repeats) timed() bool   { return false }

// mostCompared bounds the utterances one is compared with.
const mostCompared = 60

func (o *Repeats) find(s *State, w Window) (found Evidence, ok bool) {
	looked := 0
	s.back(o.By, w, func(l *line) bool {
		if len(l.tokens) < o.Words {
			return true
		}
		n := 1
		s.back(l.party, Window{From: l.start - call.Seconds(o.Within), To: l.start - 1, Whole: w.Whole}, func(old *line) bool {
			if looked++; len(old.tokens) >= o.Words && alike(l.tokens, old.tokens) >= o.Alike {
				n++
			}
			return n < o.Times && (w.Whole || looked < mostCompared)
		})
		if n >= o.Times {
			found, ok = l.evidence(0), true
		}
		return !ok && (w.Whole || looked < mostCompared)
	})
	return found, ok
}
