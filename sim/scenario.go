package sim

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed scenarios/*.yaml
var builtIn embed.FS

// ErrScenario is wrapped by everything that is wrong with a scenario file.
var ErrScenario = errors.New("scenario")

// maxScenario bounds a scenario file.
const maxScenario = 256 << 10

// Scenario is one customer with a story.
type Scenario struct {
	ID          string `yaml:"id"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"` // for the trainee, before the call
	Language    string `yaml:"language"`
	Difficulty  string `yaml:"difficulty"` // easy, medium, hard
	Minutes     int    `yaml:"minutes"`    // the call is ended after twice that
	Voice       string `yaml:"voice"`
	// Facts are what the customer knows; "{order}" in a line is replaced.
	Facts map[string]string `yaml:"facts"`
	Mood  Mood              `yaml:"mood"`
	// Opening is said once the trainee has greeted, or after two silent seconds.
	Opening   string     `yaml:"opening"`
	Reactions []Reaction `yaml:"reactions"`
	// Otherwise answers what no reaction takes.
	Otherwise Reaction `yaml:"otherwise"`
	// Silence is said when nobody has spoken for a while.
	Silence Silence `yaml:"silence"`
	// Goodbye ends the call: content when the goal was reached, angry when the
	// mood went over Mood.Leave, tired when the time was up.
	Goodbye struct {
		Content string `yaml:"content"`
		Angry   string `yaml:"angry"`
		Tired   string `yaml:"tired"`
	} `yaml:"goodbye"`
}

// Mood is anger, 0 calm to 1 furious.
type Mood struct {
	Start float64 `yaml:"start"`
	Leave float64 `yaml:"leave"` // hangs up above this
}

// Reaction is what the customer does when the trainee means something.
type Reaction struct {
	ID    string   `yaml:"id"`
	Means []string `yaml:"means"` // example sentences, matched by meaning
	Match []string `yaml:"match"` // regular expressions, any language
	After string   `yaml:"after"` // only after this reaction has happened
	Once  bool     `yaml:"once"`
	Mood  float64  `yaml:"mood"` // added to the mood
	Says  []string `yaml:"says"` // taken in turn
	// Goal: reaching it satisfies the customer; all goals must be reached.
	Goal bool `yaml:"goal"`
	// Ends: the trainee is closing. The customer leaves content when the goals
	// are reached, and objects (Says) otherwise.
	Ends bool `yaml:"ends"`

	patterns []*regexp.Regexp
}

// Silence is how the customer takes it when nobody speaks.
type Silence struct {
	After time.Duration `yaml:"after"`
	Mood  float64       `yaml:"mood"`
	Says  []string      `yaml:"says"`
}

// BuiltIn returns the scenarios that come with the program, by id.
func BuiltIn() ([]*Scenario, error) {
	entries, err := fs.ReadDir(builtIn, "scenarios")
	if err != nil {
		return nil, err
	}
	var out []*Scenario
	for _, e := range entries {
		b, err := builtIn.ReadFile(path.Join("scenarios", e.Name()))
		if err != nil {
			return nil, err
		}
		s, err := Parse(e.Name(), bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *Scenario) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// Parse reads one scenario; name is the file's, for error messages, which give
// line and reason.
func Parse(name string, r io.Reader) (*Scenario, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxScenario+1))
	if err != nil {
		return nil, fmt.Errorf("%w %s: %v", ErrScenario, name, err)
	}
	if len(b) > maxScenario {
		return nil, fmt.Errorf("%w %s is larger than %d KiB", ErrScenario, name, maxScenario>>10)
	}
	var s Scenario
	if err := yaml.UnmarshalWithOptions(b, &s, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%w %s: %s", ErrScenario, name, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%w %s: %v", ErrScenario, name, err)
	}
	return &s, nil
}

func (s *Scenario) check() error {
	switch {
	case s.ID == "" || s.Title == "" || s.Opening == "":
		return errors.New("id, title and opening are required")
	case s.Language != "en" && s.Language != "zh":
		return fmt.Errorf("language is %q: en or zh", s.Language)
	case !slices.Contains([]string{"easy", "medium", "hard"}, s.Difficulty):
		return fmt.Errorf("difficulty is %q: easy, medium or hard", s.Difficulty)
	case s.Minutes < 1 || s.Minutes > 60:
		return fmt.Errorf("minutes is %d: 1 to 60", s.Minutes)
	case s.Mood.Start < 0 || s.Mood.Start >= s.Mood.Leave || s.Mood.Leave > 1:
		return fmt.Errorf("mood starts at %v and leaves at %v: need 0 <= start < leave <= 1", s.Mood.Start, s.Mood.Leave)
	case len(s.Otherwise.Says) == 0 || len(s.Silence.Says) == 0 || s.Silence.After < 2*time.Second:
		return errors.New("otherwise.says, silence.says and silence.after (2s or more) are required")
	case s.Goodbye.Content == "" || s.Goodbye.Angry == "" || s.Goodbye.Tired == "":
		return errors.New("goodbye needs content, angry and tired")
	}
	return s.checkReactions()
}

func (s *Scenario) checkReactions() error {
	ids, goals := map[string]bool{}, 0
	for i := range s.Reactions {
		r := &s.Reactions[i]
		if r.ID == "" || ids[r.ID] {
			return fmt.Errorf("reaction %d: id %q is empty or used twice", i+1, r.ID)
		}
		if len(r.Means) == 0 && len(r.Match) == 0 {
			return fmt.Errorf("reaction %s: needs means or match", r.ID)
		}
		if len(r.Says) == 0 {
			return fmt.Errorf("reaction %s: needs says", r.ID)
		}
		if r.After != "" && !ids[r.After] {
			return fmt.Errorf("reaction %s: after %q must name an earlier reaction", r.ID, r.After)
		}
		for _, m := range r.Match {
			re, err := regexp.Compile("(?i)" + m)
			if err != nil {
				return fmt.Errorf("reaction %s: %v", r.ID, err)
			}
			r.patterns = append(r.patterns, re)
		}
		ids[r.ID] = true
		if r.Goal {
			goals++
		}
	}
	if goals == 0 {
		return errors.New("no reaction is a goal: the customer could never be content")
	}
	return nil
}

// Examples are the sentences per reaction, for a Meaning.
func (s *Scenario) Examples() map[string][]string {
	out := map[string][]string{}
	for _, r := range s.Reactions {
		if len(r.Means) > 0 {
			out[r.ID] = r.Means
		}
	}
	return out
}

// fill puts the facts into a line.
func (s *Scenario) fill(line string) string {
	for k, v := range s.Facts {
		line = strings.ReplaceAll(line, "{"+k+"}", v)
	}
	return line
}
