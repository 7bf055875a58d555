package rules

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/sidetone/sidetone/call"
)

const (
	// maxDepth bounds how deep conditions nest.
	maxDepth = 12
	// maxPhrases bounds the phrases of one operator.
	maxPhrases = 500
	// maxSeconds bounds every duration in a condition: a day.
	maxSeconds = 86400
)

// Condition is a tree of operators as written in YAML: a mapping with exactly
// one key. The JSON Schema beside the playbooks lists them for editors.
type Condition struct {
	All []*Condition `yaml:"all"`
	Any []*Condition `yaml:"any"`
	Not *Condition   `yaml:"not"`

	Said     *Said    `yaml:"said"`
	NotSaid  *NotSaid `yaml:"not_said"`
	Pattern  *Pattern `yaml:"pattern"`
	Meaning  *Meaning `yaml:"meaning"`
	Number   *Number  `yaml:"number"`
	Slot     *Slot    `yaml:"slot"`
	Repeats  *Repeats `yaml:"repeats"`
	Order    *Order   `yaml:"order"`
	Mood     *Mood    `yaml:"mood"`
	Silence  *Silence `yaml:"silence"`
	Overlap  *Overlap `yaml:"overlap"`
	Speed    *Speed   `yaml:"speed"`
	Hold     *Hold    `yaml:"hold"`
	Turns    *Turns   `yaml:"turns"`
	Time     *Time    `yaml:"time"`
	Field    *Field   `yaml:"field"`
	Tenure   *Tenure  `yaml:"tenure"`
	Queue    *OneOf   `yaml:"queue"`
	Language *OneOf   `yaml:"language"`
	Dates    *Dates   `yaml:"dates"`

	node ast.Node
	leaf leaf
}

// leaf is one operator.
type leaf interface {
	// check completes the operator after loading; the error is about its values.
	check() error
	// find returns the newest evidence in the window.
	find(s *State, w Window) (Evidence, bool)
	// needs says which part of the gateway the answer depends on; "" when none.
	needs() string
	// timed tells whether it can become true without an event.
	timed() bool
}

// Window is what part of a call a question is about.
type Window struct {
	From, To call.Position
	// Whole asks about a finished call: operators that look at what is going on
	// now look at everything that went on instead.
	Whole bool
}

// turnTime is how far back a condition looks when it does not say.
const turnTime = call.Position(10e9)

// Live is the window of the moment: the last turn.
func (s *State) Live() Window { return Window{From: s.now - turnTime, To: s.now} }

// All is the window over the whole call.
func (s *State) All() Window { return Window{From: -1, To: s.now, Whole: true} }

// Evidence is what in the call made an operator true.
type Evidence struct {
	Party call.Party
	At    call.Position
	End   call.Position
	Quote string // words of the transcript
	Why   string // for evidence without words
	Seq   uint64
	Score float64 // 0..1; 1 for what is simply so
}

// UnmarshalYAML implements yaml.NodeUnmarshaler: it reads strictly and keeps the
// place for errors found later.
func (c *Condition) UnmarshalYAML(node ast.Node) error {
	type plain Condition
	if err := yaml.NodeToValue(node, (*plain)(c), yaml.Strict()); err != nil {
		return err
	}
	c.node = node
	return nil
}

// At puts a place before an error: "line 7: …".
func At(node ast.Node, err error) error {
	if node == nil {
		return err
	}
	return &PlaceError{Line: Line(node), Err: err}
}

// PlaceError is a fault at a line of a YAML file.
type PlaceError struct {
	Line int
	Err  error
}

func (e *PlaceError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *PlaceError) Unwrap() error { return e.Err }

// Line is where a node stands, counted from 1.
func Line(node ast.Node) int {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	if m, ok := node.(*ast.MappingValueNode); ok {
		node = m.Key
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// Check completes a condition after loading. Its errors name the line.
func (c *Condition) Check() error { return c.check(0) }

func (c *Condition) check(depth int) error {
	if depth > maxDepth {
		return At(c.node, fmt.Errorf("conditions nest deeper than %d", maxDepth))
	}
	leaves := c.leaves()
	forms := len(leaves)
	for _, given := range []bool{c.All != nil, c.Any != nil, c.Not != nil} {
		if given {
			forms++
		}
	}
	if forms != 1 {
		return At(c.node, fmt.Errorf("a condition has exactly one operator, this has %d", forms))
	}
	if len(leaves) == 1 {
		c.leaf = leaves[0]
		if err := c.leaf.check(); err != nil {
			if _, placed := err.(*PlaceError); placed {
				return err
			}
			return At(c.node, err)
		}
		return nil
	}
	for _, sub := range c.subs() {
		if sub == nil {
			return At(c.node, fmt.Errorf("an empty condition"))
		}
		if err := sub.check(depth + 1); err != nil {
			return err
		}
	}
	if c.Not == nil && len(c.subs()) == 0 {
		return At(c.node, fmt.Errorf("all and any need at least one condition"))
	}
	return c.contradiction()
}

func (c *Condition) subs() []*Condition {
	switch {
	case c.All != nil:
		return c.All
	case c.Any != nil:
		return c.Any
	case c.Not != nil:
		return []*Condition{c.Not}
	}
	return nil
}

// leaves are the operators given.
func (c *Condition) leaves() (out []leaf) {
	add := func(given bool, l leaf) {
		if given {
			out = append(out, l)
		}
	}
	add(c.Said != nil, c.Said)
	add(c.NotSaid != nil, c.NotSaid)
	add(c.Pattern != nil, c.Pattern)
	add(c.Meaning != nil, c.Meaning)
	add(c.Number != nil, c.Number)
	add(c.Slot != nil, c.Slot)
	add(c.Repeats != nil, c.Repeats)
	add(c.Order != nil, c.Order)
	add(c.Mood != nil, c.Mood)
	add(c.Silence != nil, c.Silence)
	add(c.Overlap != nil, c.Overlap)
	add(c.Speed != nil, c.Speed)
	add(c.Hold != nil, c.Hold)
	add(c.Turns != nil, c.Turns)
	add(c.Time != nil, c.Time)
	add(c.Field != nil, c.Field)
	add(c.Tenure != nil, c.Tenure)
	add(c.Queue != nil, &queueIs{c.Queue})
	add(c.Language != nil, &languageIs{c.Language})
	add(c.Dates != nil, c.Dates)
	return out
}

// contradiction finds what can never be true: all of x and not x.
func (c *Condition) contradiction() error {
	must, mustNot := map[string]bool{}, map[string]*Condition{}
	for _, sub := range c.All {
		if sub.Said != nil && len(sub.Said.Any) == 1 && sub.Said.Within == 0 {
			must[string(sub.Said.By)+"\x00"+sub.Said.Any[0]] = true
		}
		if sub.Not != nil && sub.Not.Said != nil && sub.Not.Said.Within == 0 {
			for _, p := range sub.Not.Said.Any {
				mustNot[string(sub.Not.Said.By)+"\x00"+p] = sub.Not
			}
		}
	}
	for k := range must {
		if other := mustNot[k]; other != nil {
			return At(other.node, fmt.Errorf("contradiction: the same phrase must and must not be said"))
		}
	}
	return nil
}

// Timed tells whether the condition can become true without an event.
func (c *Condition) Timed() bool {
	if c.leaf != nil {
		return c.leaf.timed()
	}
	for _, sub := range c.subs() {
		if sub.Timed() {
			return true
		}
	}
	return false
}

// Needs lists the parts of the gateway the answer depends on, without doubles.
func (c *Condition) Needs() []string {
	seen := map[string]bool{}
	var out []string
	c.walk(func(l leaf) {
		if n := l.needs(); n != "" && !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	})
	return out
}

// Feels tells whether the condition looks at a party's voice stress.
func (c *Condition) Feels(p call.Party) bool {
	feels := false
	c.walk(func(l leaf) {
		if m, ok := l.(*Mood); ok && m.Of == p {
			feels = true
		}
	})
	return feels
}

// Labels lists the ids of meaning the condition asks for.
func (c *Condition) Labels() []string {
	var out []string
	c.walk(func(l leaf) {
		if m, ok := l.(*Meaning); ok {
			out = append(out, m.ID)
		}
	})
	return out
}

// walk visits every operator, those inside operators included.
func (c *Condition) walk(visit func(leaf)) {
	if c == nil {
		return
	}
	if c.leaf != nil {
		visit(c.leaf)
		switch l := c.leaf.(type) {
		case *Order:
			l.First.walk(visit)
			l.Then.walk(visit)
		case *NotSaid:
			l.After.walk(visit)
			l.Before.walk(visit)
		}
	}
	for _, sub := range c.subs() {
		sub.walk(visit)
	}
}

// Find asks the condition of a state. The evidence is in the order of the tree;
// a condition that is true because something is not so has none.
func (c *Condition) Find(s *State, w Window) ([]Evidence, bool) {
	switch {
	case c.leaf != nil:
		if e, ok := c.leaf.find(s, w); ok {
			return []Evidence{e}, true
		}
		return nil, false
	case c.Not != nil:
		_, ok := c.Not.Find(s, w)
		return nil, !ok
	case c.Any != nil:
		for _, sub := range c.Any {
			if e, ok := sub.Find(s, w); ok {
				return e, true
			}
		}
		return nil, false
	}
	var all []Evidence
	for _, sub := range c.All {
		e, ok := sub.Find(s, w)
		if !ok {
			return nil, false
		}
		all = append(all, e...)
	}
	return all, true
}
