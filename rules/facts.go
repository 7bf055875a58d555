package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidetone/sidetone/call"
)

// yes is the evidence of a fact about the call as a whole.
func yes(why string) (Evidence, bool) { return Evidence{Score: 1, Why: why, At: -1, End: -1}, true }

// Turns: how often a party has taken the word.
type Turns struct {
	By    call.Party `yaml:"by"`
	Least int        `yaml:"least"`
	Most  int        `yaml:"most"`
}

func (o *Turns) check() error {
	if o.Least < 0 || o.Most < 0 || o.Most > 0 && o.Least > o.Most || o.Least+o.Most == 0 {
		return fmt.Errorf("turns needs least or most, in that order of size")
	}
	return checkParty(o.By)
}

func (o *Turns) needs() string { return "hearing" }
func (o *Turns) timed() bool   { return false }

func (o *Turns) find(s *State, _ Window) (Evidence, bool) {
	n := s.turns[0] + s.turns[1] + s.turns[2]
	if o.By != "" {
		n = s.turns[index(o.By)]
	}
	if n < o.Least || o.Most > 0 && n > o.Most {
		return Evidence{}, false
	}
	return yes(fmt.Sprintf("%d turns", n))
}

// Time: how long the conversation has lasted.
type Time struct {
	Least float64 `yaml:"least"`
	Most  float64 `yaml:"most"`
}

func (o *Time) check() error {
	if o.Least == 0 && o.Most == 0 || o.Most > 0 && o.Least > o.Most {
		return fmt.Errorf("time needs least or most, in that order of size")
	}
	return checkSeconds(o.Least, o.Most)
}

func (o *Time) needs() string { return "" }
func (o *Time) timed() bool   { return true }

func (o *Time) find(s *State, w Window) (Evidence, bool) {
	d := (min(w.To, s.now) - s.start).Seconds()
	if d < o.Least || o.Most > 0 && d > o.Most {
		return Evidence{}, false
	}
	return yes(fmt.Sprintf("%.0f s into the call", d))
}

// Field: what the customer file says.
type Field struct {
	Name  string   `yaml:"name"`
	Is    []string `yaml:"is"`  // one of these, case ignored
	Not   []string `yaml:"not"` // none of these
	Least *float64 `yaml:"least"`
	Most  *float64 `yaml:"most"`
	Given *bool    `yaml:"given"` // it is (not) there at all
}

func (o *Field) check() error {
	if o.Name == "" {
		return fmt.Errorf("field needs a name")
	}
	if len(o.Is)+len(o.Not) == 0 && o.Least == nil && o.Most == nil && o.Given == nil {
		return fmt.Errorf("field needs is, not, least, most or given")
	}
	if o.Least != nil && o.Most != nil && *o.Least > *o.Most {
		return fmt.Errorf("contradiction: least is larger than most")
	}
	return nil
}

func (o *Field) needs() string { return "" }
func (o *Field) timed() bool   { return false }

func (o *Field) find(s *State, _ Window) (Evidence, bool) {
	v, ok := s.facts.Fields[o.Name]
	if o.Given != nil && *o.Given != ok {
		return Evidence{}, false
	}
	among := func(list []string) bool {
		return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, v) })
	}
	if len(o.Is) > 0 && (!ok || !among(o.Is)) || ok && among(o.Not) {
		return Evidence{}, false
	}
	if o.Least != nil || o.Most != nil {
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil || o.Least != nil && n < *o.Least || o.Most != nil && n > *o.Most {
			return Evidence{}, false
		}
	}
	return yes(o.Name + " is " + v)
}

// Tenure: how many days the agent has been in the job. An agent of unknown
// tenure matches neither.
type Tenure struct {
	Less  int `yaml:"less"`
	Least int `yaml:"least"`
}

func (o *Tenure) check() error {
	if o.Less < 0 || o.Least < 0 || o.Less == 0 && o.Least == 0 || o.Less > 0 && o.Least >= o.Less {
		return fmt.Errorf("tenure needs least or less, in that order of size (days)")
	}
	return nil
}

func (o *Tenure) needs() string { return "" }
func (o *Tenure) timed() bool   { return false }

func (o *Tenure) find(s *State, _ Window) (Evidence, bool) {
	d := s.facts.Tenure
	if d < 0 || d < o.Least || o.Less > 0 && d >= o.Less {
		return Evidence{}, false
	}
	return yes(fmt.Sprintf("%d days in the job", d))
}

// OneOf is a list of names, case ignored.
type OneOf struct {
	Is []string `yaml:"is"`
}

func (o *OneOf) check(what string) error {
	if len(o.Is) == 0 {
		return fmt.Errorf("%s needs is", what)
	}
	return nil
}

type queueIs struct{ *OneOf }

func (o queueIs) check() error  { return o.OneOf.check("queue") }
func (o queueIs) needs() string { return "" }
func (o queueIs) timed() bool   { return false }
func (o queueIs) find(s *State, _ Window) (Evidence, bool) {
	for _, q := range o.Is {
		if strings.EqualFold(q, s.facts.Queue) {
			return yes("queue " + q)
		}
	}
	return Evidence{}, false
}

type languageIs struct{ *OneOf }

func (o languageIs) check() error  { return o.OneOf.check("language") }
func (o languageIs) needs() string { return "" }
func (o languageIs) timed() bool   { return false }
func (o languageIs) find(s *State, _ Window) (Evidence, bool) {
	for _, l := range o.Is {
		if Speaks(s.facts.Language, l) {
			return yes("language " + l)
		}
	}
	return Evidence{}, false
}

// Speaks tells whether two language tags name the same language: "zh-CN", "zh".
func Speaks(a, b string) bool {
	cut := func(s string) string { s, _, _ = strings.Cut(strings.ToLower(s), "-"); return s }
	return cut(a) == cut(b)
}

// Dates: the call is between two days, both included: a campaign.
type Dates struct {
	From string `yaml:"from"` // YYYY-MM-DD
	To   string `yaml:"to"`
}

func (o *Dates) check() error {
	for _, d := range []string{o.From, o.To} {
		if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
			return fmt.Errorf("date %q is not YYYY-MM-DD", d)
		}
	}
	if o.From == "" && o.To == "" || o.To != "" && o.From > o.To {
		return fmt.Errorf("dates needs from or to, in that order")
	}
	return nil
}

func (o *Dates) needs() string { return "" }
func (o *Dates) timed() bool   { return false }

func (o *Dates) find(s *State, _ Window) (Evidence, bool) {
	d := s.facts.Date
	if d == "" || d < o.From || o.To != "" && d > o.To {
		return Evidence{}, false
	}
	return yes("on " + d)
}

// Slot: a party gave a value: an order number, a phone number, a date.
type Slot struct {
	By     call.Party `yaml:"by"`
	Kind   string     `yaml:"kind"` // "" is any
	Within float64    `yaml:"within"`
}

func (o *Slot) check() error {
	if err := checkSeconds(o.Within); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *Slot) needs() string { return "hearing" }
func (o *Slot) timed() bool   { return false }

func (o *Slot) find(s *State, w Window) (e Evidence, ok bool) {
	s.back(o.By, w.back(o.Within), func(l *line) bool {
		for _, v := range l.slots {
			if o.Kind == "" || v.Kind == o.Kind {
				e, ok = l.evidence(0), true
				return false
			}
		}
		return true
	})
	return e, ok
}

// Number: a party named a number in a range, in digits or in words.
type Number struct {
	By     call.Party `yaml:"by"`
	Kind   string     `yaml:"kind"` // only slots of this kind; "" is any number
	Least  *float64   `yaml:"least"`
	Most   *float64   `yaml:"most"`
	Within float64    `yaml:"within"`
}

func (o *Number) check() error {
	if o.Least == nil && o.Most == nil {
		return fmt.Errorf("number needs least or most")
	}
	if o.Least != nil && o.Most != nil && *o.Least > *o.Most {
		return fmt.Errorf("contradiction: least is larger than most")
	}
	if err := checkSeconds(o.Within); err != nil {
		return err
	}
	return checkParty(o.By)
}

func (o *Number) needs() string { return "hearing" }
func (o *Number) timed() bool   { return false }

func (o *Number) find(s *State, w Window) (e Evidence, ok bool) {
	s.back(o.By, w.back(o.Within), func(l *line) bool {
		for _, n := range l.numbers(o.Kind) {
			if (o.Least == nil || n >= *o.Least) && (o.Most == nil || n <= *o.Most) {
				e, ok = l.evidence(0), true
				return false
			}
		}
		return true
	})
	return e, ok
}

// numbers are those assembled by hearing, or read from the words.
func (l *line) numbers(kind string) (out []float64) {
	for _, v := range l.slots {
		if n, err := strconv.ParseFloat(v.Value, 64); err == nil && (kind == "" || v.Kind == kind) {
			out = append(out, n)
		}
	}
	if len(out) == 0 && kind == "" {
		out = spoken(l.text.raw)
	}
	return out
}
