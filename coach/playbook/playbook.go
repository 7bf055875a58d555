package playbook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/rules"
)

// Limits of one file; a larger book is split.
const (
	MaxMoments  = 500
	MaxExamples = 2000 // of one moment
	MaxSteps    = 12
)

// Book is one language of one playbook.
type Book struct {
	Schema   string    `yaml:"$schema"` // for editors only
	Playbook string    `yaml:"playbook"`
	Version  int       `yaml:"version"`
	Language string    `yaml:"language"` // BCP 47
	Title    string    `yaml:"title"`
	Moments  []*Moment `yaml:"moments"`

	file string
}

// Moment is one situation and the help for it. It is recognised when what was
// said resembles the examples or contains a phrase, none of except was said, and
// when holds; what is left out does not restrict.
type Moment struct {
	ID       string           `yaml:"id"`
	Title    string           `yaml:"title"`
	Speaker  call.Party       `yaml:"speaker"`  // whose words phrases and examples are
	Phrases  []string         `yaml:"phrases"`  // any of these, at word boundaries
	Sounds   []string         `yaml:"sounds"`   // or anything that sounds like these (Chinese)
	Except   []string         `yaml:"except"`   // but none of these in the same utterance
	Examples []string         `yaml:"examples"` // or what means the same as these
	Leaves   []string         `yaml:"leaves"`   // sentences that look alike and are something else
	Least    float64          `yaml:"threshold"`
	When     *rules.Condition `yaml:"when"`

	Priority int      `yaml:"priority"` // 0..100; default 50
	Urgent   bool     `yaml:"urgent"`   // may cut in while the agent speaks
	Early    bool     `yaml:"early"`    // acts on a partial
	Cooldown float64  `yaml:"cooldown"` // seconds between two advices; default 90
	Most     int      `yaml:"most"`     // per call; default 2
	Expires  float64  `yaml:"expires"`  // seconds it may wait for a safe moment; default 8
	Shown    float64  `yaml:"shown"`    // seconds until the card greys; default 20
	Risk     float64  `yaml:"risk"`     // 0..1: how much it moves the escalation forecast
	Private  bool     `yaml:"private"`  // rests on the agent's voice: for this agent only
	Cites    string   `yaml:"cites"`    // the clause, article or guideline
	Ear      string   `yaml:"ear"`      // 1 to 6 words
	Line     string   `yaml:"line"`     // one card line
	Steps    []string `yaml:"steps"`
	// Acted is what shows that the agent followed the advice.
	Acted *rules.Condition `yaml:"acted"`

	node    ast.Node
	trigger *rules.Condition
}

// UnmarshalYAML implements yaml.NodeUnmarshaler: strict, and it keeps the place.
func (m *Moment) UnmarshalYAML(node ast.Node) error {
	type plain Moment
	if err := yaml.NodeToValue(node, (*plain)(m), yaml.Strict()); err != nil {
		return err
	}
	m.node = node
	return nil
}

// Read reads and checks one file. The error names the file and the line.
func Read(name string, data []byte) (*Book, error) {
	b := &Book{file: name}
	if err := rules.Decode(name, data, b); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, rules.Place(name, err)
	}
	return b, nil
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,63}$`)

func (b *Book) check() error {
	switch {
	case !idForm.MatchString(b.Playbook):
		return fmt.Errorf("playbook %q: give it a name of small letters, digits and _", b.Playbook)
	case b.Language == "" || len(b.Language) > 20:
		return fmt.Errorf("language is missing: en, zh …")
	case len(b.Moments) == 0:
		return fmt.Errorf("the playbook has no moments")
	case len(b.Moments) > MaxMoments:
		return fmt.Errorf("%d moments; at most %d in a file", len(b.Moments), MaxMoments)
	}
	seen := map[string]bool{}
	for i, m := range b.Moments {
		if m == nil {
			return fmt.Errorf("moment %d is empty", i+1)
		}
		if seen[m.ID] {
			return rules.At(m.node, fmt.Errorf("moment %s is there twice", m.ID))
		}
		seen[m.ID] = true
		if err := m.check(); err != nil {
			if _, placed := err.(*rules.PlaceError); placed {
				return err
			}
			return rules.At(m.node, fmt.Errorf("moment %s: %w", m.ID, err))
		}
	}
	for _, m := range b.Moments {
		for _, id := range m.trigger.Labels() {
			if !slices.ContainsFunc(b.Moments, func(o *Moment) bool { return o.ID == id && len(o.Examples) > 0 }) {
				return rules.At(m.node, fmt.Errorf("moment %s: no moment %q with examples is in this file", m.ID, id))
			}
		}
	}
	return nil
}

func (m *Moment) check() error {
	if !idForm.MatchString(m.ID) {
		return fmt.Errorf("id %q: small letters, digits and _, 2 to 64 characters", m.ID)
	}
	if err := m.checkNumbers(); err != nil {
		return err
	}
	if err := m.checkWords(); err != nil {
		return err
	}
	if err := m.build(); err != nil {
		return err
	}
	if m.Acted != nil {
		if err := m.Acted.Check(); err != nil {
			return err
		}
	}
	if m.trigger.Feels(call.Agent) && !m.Private {
		return fmt.Errorf("it rests on the agent's voice and must say private: true")
	}
	return nil
}

func (m *Moment) checkNumbers() error {
	def := func(to *float64, d float64) {
		if *to == 0 {
			*to = d
		}
	}
	def(&m.Cooldown, 90)
	def(&m.Expires, 8)
	def(&m.Shown, 20)
	def(&m.Least, 0.6)
	if m.Most == 0 {
		m.Most = 2
	}
	if m.Priority == 0 {
		m.Priority = 50
	}
	for _, n := range []struct {
		key                string
		value, least, most float64
	}{{"cooldown", m.Cooldown, 1, 7200}, {"expires", m.Expires, 1, 120}, {"shown", m.Shown, 2, 300}, {"threshold", m.Least, 0.05, 1},
		{"priority", float64(m.Priority), 1, 100}, {"most", float64(m.Most), 1, 20}, {"risk", m.Risk, 0, 1}} {
		if !(n.value >= n.least && n.value <= n.most) {
			return fmt.Errorf("%s is %g: %g to %g", n.key, n.value, n.least, n.most)
		}
	}
	return nil
}

// EarWords counts the words of an ear form; two Chinese characters are a word.
func EarWords(s string) int {
	n, han := 0, 0
	for _, f := range strings.Fields(s) {
		letters := false
		for _, r := range f {
			if r >= 0x2e80 {
				if r < 0x3000 || r > 0x303f {
					han++
				}
			} else {
				letters = true
			}
		}
		if letters {
			n++
		}
	}
	return n + (han+1)/2
}

func (m *Moment) checkWords() error {
	switch {
	case m.Title == "":
		return fmt.Errorf("title is missing")
	case m.Line == "":
		return fmt.Errorf("line is missing: the one line the card shows")
	case len([]rune(m.Line)) > 140:
		return fmt.Errorf("line has %d characters; at most 140 are read in a call", len([]rune(m.Line)))
	case m.Ear != "" && EarWords(m.Ear) > 6:
		return fmt.Errorf("ear has %d words; at most 6 are heard beside a customer", EarWords(m.Ear))
	case len(m.Steps) > MaxSteps:
		return fmt.Errorf("%d steps; at most %d", len(m.Steps), MaxSteps)
	case len(m.Examples) > MaxExamples:
		return fmt.Errorf("%d examples; at most %d of one moment", len(m.Examples), MaxExamples)
	case m.Speaker != "" && m.Speaker != call.Customer && m.Speaker != call.Agent:
		return fmt.Errorf("speaker is %q: customer or agent", m.Speaker)
	}
	for _, list := range [][]string{m.Steps, m.Examples, m.Leaves} {
		for _, s := range list {
			if strings.TrimSpace(s) == "" || len([]rune(s)) > 400 {
				return fmt.Errorf("%.40q is empty or longer than 400 characters", s)
			}
		}
	}
	for _, p := range m.Phrases {
		if slices.Contains(m.Except, p) {
			return fmt.Errorf("contradiction: %q is in phrases and in except", p)
		}
	}
	return nil
}

// build makes one condition of phrases, examples, except and when.
func (m *Moment) build() error {
	var either []*rules.Condition
	if len(m.Phrases)+len(m.Sounds) > 0 {
		either = append(either, &rules.Condition{Said: &rules.Said{By: m.Speaker, Any: m.Phrases, Sounds: m.Sounds, None: m.Except}})
	}
	if len(m.Examples) > 0 {
		like := &rules.Condition{Meaning: &rules.Meaning{ID: m.ID, By: m.Speaker, Least: m.Least}}
		if len(m.Except) > 0 {
			no := &rules.Condition{Not: &rules.Condition{Said: &rules.Said{By: m.Speaker, Any: m.Except}}}
			like = &rules.Condition{All: []*rules.Condition{like, no}}
		}
		either = append(either, like)
	}
	var parts []*rules.Condition
	if len(either) > 0 {
		parts = append(parts, &rules.Condition{Any: either})
	}
	if m.When != nil {
		parts = append(parts, m.When)
	}
	if len(parts) == 0 {
		return fmt.Errorf("it has no phrases, sounds, examples or when: it would never be recognised")
	}
	m.trigger = &rules.Condition{All: parts}
	return m.trigger.Check()
}

// Trigger is the whole condition under which the moment is recognised.
func (m *Moment) Trigger() *rules.Condition { return m.trigger }
