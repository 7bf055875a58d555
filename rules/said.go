package rules

import (
	"fmt"
	"regexp"
	"sort"

	"github.com/sidetone/sidetone/call"
)

// Said: a party said one of (and all of, and none of) some phrases in one
// utterance. Phrases match at word boundaries without regard to case; Chinese
// ones anywhere; Sounds by pinyin, so that homophones match.
type Said struct {
	By     call.Party `yaml:"by"`     // "" is anybody
	Any    []string   `yaml:"any"`    // one of these
	All    []string   `yaml:"all"`    // and every one of these
	None   []string   `yaml:"none"`   // and none of these
	Sounds []string   `yaml:"sounds"` // or it sounds like one of these
	Within float64    `yaml:"within"` // seconds back; default the last turn
	Ever   bool       `yaml:"ever"`   // anywhere in the call so far
	First  float64    `yaml:"first"`  // only in the first seconds of the conversation
	Last   float64    `yaml:"last"`   // only in the last seconds (finished calls)
	Times  int        `yaml:"times"`  // in at least so many utterances; default 1

	any, all, none []phrase
}

func (o *Said) check() error {
	if len(o.Any)+len(o.All)+len(o.Sounds) == 0 {
		return fmt.Errorf("said needs any, all or sounds")
	}
	if o.Times < 0 || o.Times > 100 {
		return fmt.Errorf("times is %d: 1 to 100", o.Times)
	}
	o.Times = max(1, o.Times)
	if err := checkParty(o.By); err != nil {
		return err
	}
	if err := checkSeconds(o.Within, o.First, o.Last); err != nil {
		return err
	}
	var err error
	if o.any, err = phrases(o.Any, newPhrase); err != nil {
		return err
	}
	sounds, err := phrases(o.Sounds, newSound)
	if err != nil {
		return err
	}
	o.any = append(o.any, sounds...)
	if o.all, err = phrases(o.All, newPhrase); err != nil {
		return err
	}
	if o.none, err = phrases(o.None, newPhrase); err != nil {
		return err
	}
	for _, p := range o.none {
		for _, q := range o.all {
			if p.said == q.said {
				return fmt.Errorf("contradiction: %q must and must not be said", p.said)
			}
		}
	}
	return nil
}

func (o *Said) needs() string { return "hearing" }
func (o *Said) timed() bool   { return false }

func (o *Said) window(s *State, w Window) Window {
	switch {
	case o.Last > 0:
		w.From = max(w.From, w.To-call.Seconds(o.Last))
	case o.Ever || o.First > 0:
		w.From = -1
	case o.Within > 0 && !w.Whole:
		w.From = w.To - call.Seconds(o.Within)
	}
	if o.First > 0 {
		w.To = min(w.To, s.start+call.Seconds(o.First))
	}
	return w
}

func (o *Said) find(s *State, w Window) (Evidence, bool) {
	if o.Ever && o.Times == 1 && o.First == 0 && !w.Whole {
		return o.ever(s)
	}
	left := o.Times
	var newest Evidence
	s.back(o.By, o.window(s, w), func(l *line) bool {
		n, ok := o.match(&l.text)
		if !ok {
			return true
		}
		if left == o.Times {
			newest = l.evidence(n)
		}
		left--
		return left > 0
	})
	return newest, left == 0
}

// memo is how far a question about the whole call has read.
type memo struct {
	read   int // utterances looked at
	newest int // the last one that matched, -1
}

// ever answers from what it read before, so that a long call costs no more.
func (o *Said) ever(s *State) (Evidence, bool) {
	m := s.memos[o]
	if m == nil {
		m = &memo{newest: -1}
		s.memos[o] = m
	}
	for ; m.read < len(s.lines); m.read++ {
		l := &s.lines[m.read]
		if o.By != "" && l.party != o.By {
			continue
		}
		if _, ok := o.match(&l.text); ok {
			m.newest = m.read
		}
	}
	if m.newest < 0 {
		return Evidence{}, false
	}
	l := &s.lines[m.newest]
	n, _ := o.match(&l.text)
	return l.evidence(n), true
}

// match returns the word the match begins at.
func (o *Said) match(t *text) (int, bool) {
	at, ok := 0, len(o.any) == 0
	for _, p := range o.any {
		if n := p.in(t); n >= 0 {
			at, ok = n, true
			break
		}
	}
	if !ok {
		return 0, false
	}
	for i, p := range o.all {
		n := p.in(t)
		if n < 0 {
			return 0, false
		}
		if i == 0 && len(o.any) == 0 {
			at = n
		}
	}
	for _, p := range o.none {
		if p.in(t) >= 0 {
			return 0, false
		}
	}
	return at, true
}

// mostBack bounds how many utterances one question looks at: those of a day of
// talking fit.
const mostBack = 20000

// lateTime is how long after its end an utterance may become known.
const lateTime = call.Position(60e9)

// back visits the utterances of a party that ended in the window, newest first,
// and what the party seems to be saying before them.
func (s *State) back(by call.Party, w Window, visit func(*line) bool) {
	for i := range s.early {
		l := s.early[i]
		if l != nil && (by == "" || l.party == by) && l.end >= w.From && l.end <= w.To && !w.Whole {
			if !visit(l) {
				return
			}
		}
	}
	top := len(s.lines)
	if w.To+lateTime < s.now { // an early window: skip what came after it
		top = sort.Search(top, func(i int) bool { return s.lines[i].at > w.To+lateTime })
	}
	for i, n := top-1, 0; i >= 0 && n < mostBack; i, n = i-1, n+1 {
		l := &s.lines[i]
		if l.at < w.From {
			return
		}
		if (by == "" || l.party == by) && l.end >= w.From && l.end <= w.To && !visit(l) {
			return
		}
	}
}

// evidence is the line, quoted around its n-th word.
func (l *line) evidence(n int) Evidence {
	e := Evidence{Party: l.party, At: l.start, End: l.end, Quote: excerpt(l.text.raw, n), Seq: l.seq, Score: 1}
	if n >= 0 && n < len(l.words) && len([]rune(l.text.raw)) > quoteRunes {
		e.At = Grain(l.words[max(0, n-3)].Start)
	}
	return e
}

// Pattern: a party said something that a regular expression finds.
type Pattern struct {
	By     call.Party `yaml:"by"`
	Match  string     `yaml:"match"`  // RE2, case ignored, over the words as heard; Chinese without spaces
	Except string     `yaml:"except"` // and this does not match
	Within float64    `yaml:"within"`

	match, except *regexp.Regexp
}

func (o *Pattern) check() error {
	if o.Match == "" {
		return fmt.Errorf("pattern needs match")
	}
	if len(o.Match)+len(o.Except) > 2000 {
		return fmt.Errorf("the regular expression is longer than 2000 characters")
	}
	var err error
	if o.match, err = regexp.Compile("(?i)" + o.Match); err != nil {
		return fmt.Errorf("match: %w", err)
	}
	if o.Except != "" {
		if o.except, err = regexp.Compile("(?i)" + o.Except); err != nil {
			return fmt.Errorf("except: %w", err)
		}
	}
	if err := checkSeconds(o.Within); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *Pattern) needs() string { return "hearing" }
func (o *Pattern) timed() bool   { return false }

func (o *Pattern) find(s *State, w Window) (e Evidence, ok bool) {
	s.back(o.By, w.back(o.Within), func(l *line) bool {
		heard := l.text.raw
		if l.text.han { // recognisers put spaces between Chinese words
			heard = l.text.compact
		}
		at := o.match.FindStringIndex(heard)
		if at == nil || o.except != nil && o.except.MatchString(heard) {
			return true
		}
		e, ok = l.evidence(prepare(heard[:at[0]]).count), true
		return false
	})
	return e, ok
}

// back stretches a live window to so many seconds; 0 leaves it.
func (w Window) back(seconds float64) Window {
	if seconds > 0 && !w.Whole {
		w.From = w.To - call.Seconds(seconds)
	}
	return w
}

// Meaning: an utterance resembles the examples of a moment or label.
type Meaning struct {
	ID     string     `yaml:"id"`
	By     call.Party `yaml:"by"`
	Least  float64    `yaml:"least"` // 0..1; default 0.5
	Within float64    `yaml:"within"`
}

func (o *Meaning) check() error {
	if o.ID == "" {
		return fmt.Errorf("meaning needs the id of a moment or label with examples")
	}
	if o.Least == 0 {
		o.Least = 0.5
	}
	if o.Least < 0 || o.Least > 1 {
		return fmt.Errorf("least is %v: a score from 0 to 1", o.Least)
	}
	if err := checkSeconds(o.Within); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *Meaning) needs() string { return "meaning" }
func (o *Meaning) timed() bool   { return false }

func (o *Meaning) find(s *State, w Window) (e Evidence, ok bool) {
	s.back(o.By, w.back(o.Within), func(l *line) bool {
		score := l.meaning[o.ID]
		if score < o.Least {
			return true
		}
		e, ok = l.evidence(0), true
		e.Score = score
		return false
	})
	return e, ok
}

// phrases prepares a list.
func phrases(list []string, prepare func(string) phrase) ([]phrase, error) {
	if len(list) > maxPhrases {
		return nil, fmt.Errorf("%d phrases; at most %d in one operator", len(list), maxPhrases)
	}
	var out []phrase
	for _, s := range list {
		p := prepare(s)
		if p.empty() || len(s) > 200 {
			return nil, fmt.Errorf("phrase %.40q is empty or longer than 200 bytes", s)
		}
		out = append(out, p)
	}
	return out, nil
}

func checkParty(p call.Party) error {
	switch p {
	case "", call.Customer, call.Agent, call.Unknown:
		return nil
	}
	return fmt.Errorf("by is %q: customer, agent or unknown", p)
}

func checkSeconds(list ...float64) error {
	for _, s := range list {
		if s < 0 || s > maxSeconds || s != s {
			return fmt.Errorf("%v seconds: 0 to %d", s, maxSeconds)
		}
	}
	return nil
}
