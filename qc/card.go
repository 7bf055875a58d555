package qc

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/rules"
)

//go:embed cards/*.yaml
var cards embed.FS

// Limits of one scorecard.
const (
	MaxSections = 100
	MaxItems    = 100 // of one section
)

// ErrCard is wrapped when no scorecard fits.
var ErrCard = errors.New("no scorecard")

// Card is a scorecard in one language.
type Card struct {
	Schema    string         `yaml:"$schema"` // for editors only
	Scorecard string         `yaml:"scorecard"`
	Version   int            `yaml:"version"`
	Language  string         `yaml:"language"`
	Title     string         `yaml:"title"`
	Words     words          `yaml:"words"`
	Sections  []*CardSection `yaml:"sections"`
}

// words are the sentences a report uses where an item has none of its own.
type words struct {
	Pass    string `yaml:"pass"`
	Fail    string `yaml:"fail"`
	NA      string `yaml:"na"`
	Unsure  string `yaml:"unsure"`
	Off     string `yaml:"off"`     // %s is the part that was off
	Unheard string `yaml:"unheard"` // nobody could be told to be the agent
}

// CardSection groups items.
type CardSection struct {
	ID    string      `yaml:"id"`
	Title string      `yaml:"title"`
	Items []*CardItem `yaml:"items"`
}

// CardItem is one question. It does not apply where applies is not so. It fails
// where fail is so, passes where pass is so; with only one of the two given, the
// other answer is what remains, and with both it stays unsure.
type CardItem struct {
	ID       string           `yaml:"id"`
	Title    string           `yaml:"title"`
	Weight   float64          `yaml:"weight"` // default 1
	AutoFail bool             `yaml:"auto_fail"`
	Source   string           `yaml:"source"`
	Applies  *rules.Condition `yaml:"applies"`
	Pass     *rules.Condition `yaml:"pass"`
	Fail     *rules.Condition `yaml:"fail"`
	WhyPass  string           `yaml:"why_pass"`
	WhyFail  string           `yaml:"why_fail"`

	node ast.Node
}

// UnmarshalYAML implements yaml.NodeUnmarshaler: strict, and it keeps the place.
func (i *CardItem) UnmarshalYAML(node ast.Node) error {
	type plain CardItem
	if err := yaml.NodeToValue(node, (*plain)(i), yaml.Strict()); err != nil {
		return err
	}
	i.node = node
	return nil
}

// ReadCard reads and checks a scorecard. The error names the file and the line.
func ReadCard(name string, data []byte) (*Card, error) {
	c := &Card{}
	if err := rules.Decode(name, data, c); err != nil {
		return nil, fmt.Errorf("scorecard: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("scorecard: %w", rules.Place(name, err))
	}
	return c, nil
}

// LoadCard reads a scorecard file.
func LoadCard(path string) (*Card, error) {
	st, err := os.Stat(path)
	if err == nil && st.Size() > rules.MaxFile {
		err = &rules.FileError{File: path, Err: fmt.Errorf("the file has %d bytes; at most %d are read", st.Size(), rules.MaxFile)}
	}
	if err != nil {
		return nil, fmt.Errorf("scorecard: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("scorecard: %w", err)
	}
	return ReadCard(path, data)
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,63}$`)

func (c *Card) check() error {
	switch {
	case !idForm.MatchString(c.Scorecard):
		return fmt.Errorf("scorecard %q: give it a name of small letters, digits and _", c.Scorecard)
	case c.Language == "":
		return errors.New("language is missing: en, zh …")
	case len(c.Sections) == 0 || len(c.Sections) > MaxSections:
		return fmt.Errorf("%d sections: 1 to %d", len(c.Sections), MaxSections)
	}
	c.Words.fill()
	seen := map[string]bool{}
	for _, s := range c.Sections {
		if s == nil || !idForm.MatchString(s.ID) || seen["s "+s.ID] {
			return errors.New("a section needs an id of its own: small letters, digits and _")
		}
		seen["s "+s.ID] = true
		if len(s.Items) == 0 || len(s.Items) > MaxItems {
			return fmt.Errorf("section %s has %d items: 1 to %d", s.ID, len(s.Items), MaxItems)
		}
		for _, i := range s.Items {
			if i == nil {
				return fmt.Errorf("section %s has an empty item", s.ID)
			}
			if seen[i.ID] {
				return rules.At(i.node, fmt.Errorf("item %s is there twice", i.ID))
			}
			seen[i.ID] = true
			if err := i.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *words) fill() {
	set := func(to *string, s string) {
		if *to == "" {
			*to = s
		}
	}
	set(&w.Pass, "It was said.")
	set(&w.Fail, "It was not found in the call.")
	set(&w.NA, "Nothing in the call asked for it.")
	set(&w.Unsure, "Neither a yes nor a no was found.")
	set(&w.Off, "It cannot be told: %s was off during a part of the call.")
	set(&w.Unheard, "It cannot be told: no voice is known to be the agent's.")
}

func (i *CardItem) check() error {
	at := func(format string, args ...any) error { return rules.At(i.node, fmt.Errorf(format, args...)) }
	if !idForm.MatchString(i.ID) {
		return at("item id %q: small letters, digits and _", i.ID)
	}
	if i.Weight == 0 {
		i.Weight = 1
	}
	switch {
	case i.Title == "":
		return at("item %s: title is missing", i.ID)
	case i.Weight < 0 || i.Weight > 1000:
		return at("item %s: weight is %g: 0 to 1000", i.ID, i.Weight)
	case i.Pass == nil && i.Fail == nil:
		return at("item %s needs pass or fail", i.ID)
	}
	for _, c := range i.conditions() {
		if err := c.Check(); err != nil {
			return err
		}
		if c.Feels(call.Agent) {
			return at("item %s rests on the agent's voice, which quality control must not look at", i.ID)
		}
	}
	return nil
}

func (i *CardItem) conditions() []*rules.Condition {
	var out []*rules.Condition
	for _, c := range []*rules.Condition{i.Applies, i.Fail, i.Pass} {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

// Deck is the scorecards in force, one per language at most. It is read-only
// once made: share it.
type Deck struct{ Cards []*Card }

// BuiltIn are the scorecards that come with Sidetone.
func BuiltIn() (*Deck, error) {
	d := &Deck{}
	files, err := fs.Glob(cards, "cards/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		data, err := cards.ReadFile(f)
		if err != nil {
			return nil, err
		}
		c, err := ReadCard("built-in "+filepath.Base(f), data)
		if err != nil {
			return nil, err
		}
		d.Cards = append(d.Cards, c)
	}
	return d, nil
}

// For is the card of a language; the only card serves every language.
func (d *Deck) For(language string) (*Card, error) {
	for i := len(d.Cards) - 1; i >= 0; i-- {
		if c := d.Cards[i]; rules.Speaks(c.Language, language) || len(d.Cards) == 1 {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w for language %q", ErrCard, language)
}

// Score scores a finished call with the card of its language.
func (d *Deck) Score(s call.Summary, events []call.Event) (Report, error) {
	language := s.Language
	if language == "" {
		language = "en"
	}
	for _, e := range events {
		if b, ok := e.Body.(call.Started); ok && s.Language == "" && b.Language != "" {
			language = b.Language
		}
	}
	c, err := d.For(strings.TrimSpace(language))
	if err != nil {
		return Report{}, err
	}
	return c.Score(s, events)
}
