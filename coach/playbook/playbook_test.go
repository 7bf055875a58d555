package playbook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/rules"
)

func TestBuiltInBooks(t *testing.T) {
	l, err := playbook.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "en-GB", "zh"} {
		ms := l.Moments(lang)
		if len(ms) < 12 {
			t.Errorf("%s has %d moments", lang, len(ms))
		}
		for _, m := range ms {
			if m.Ear == "" && m.ID != "" && m.Line == "" {
				t.Errorf("%s %s has no form", lang, m.ID)
			}
			if m.ID == "agent_tense" && !m.Private {
				t.Error("agent_tense is not private")
			}
		}
	}
}

// Every clause that a Chinese moment quotes stands in that article.
func TestCitedClausesStandInTheStatutes(t *testing.T) {
	l, err := playbook.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	cite := regexp.MustCompile(`《([^》]+)》(第[一二三四五六七八九十百]+条)((?:「[^」]+」)+)`)
	quote := regexp.MustCompile(`「([^」]+)」`)
	n := 0
	for _, m := range l.Moments("zh") {
		found := cite.FindAllStringSubmatch(m.Cites, -1)
		for _, c := range found {
			data, err := os.ReadFile(devdata.Shared(t, "law_zh/"+c[1]+".md"))
			if err != nil {
				t.Fatal(err)
			}
			_, article, ok := strings.Cut(string(data), "\n"+c[2]+" ")
			if !ok {
				t.Errorf("%s: %s has no %s", m.ID, c[1], c[2])
				continue
			}
			if end := regexp.MustCompile(`\n第[一二三四五六七八九十百]+条 `).FindStringIndex(article); end != nil {
				article = article[:end[0]]
			}
			for _, q := range quote.FindAllStringSubmatch(c[3], -1) {
				n++
				if !strings.Contains(article, q[1]) {
					t.Errorf("%s: %s %s does not say %q", m.ID, c[1], c[2], q[1])
				}
			}
		}
		if len(found) == 0 && !m.Private {
			t.Errorf("%s cites no clause", m.ID)
		}
	}
	if n < 12 {
		t.Errorf("only %d clauses quoted", n)
	}
}

// The schema for editors accepts the books and refuses what the loader refuses.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	var doc any
	if err := json.Unmarshal(playbook.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("moments.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("moments.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(data []byte) error {
		j, err := yaml.YAMLToJSON(data)
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(j)))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
	files, _ := filepath.Glob("books/*.yaml")
	for _, f := range files {
		data, _ := os.ReadFile(f)
		if err := valid(data); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
	bad := []byte(head + "  - id: x1\n    title: T\n    line: L\n    phrases: [a]\n    coldown: 3\n")
	if valid(bad) == nil {
		t.Error("the schema accepts an unknown key")
	}
	if _, err := playbook.Read("x", bad); err == nil {
		t.Error("the loader accepts an unknown key")
	}
}

const head = "playbook: test\nlanguage: en\nmoments:\n"

func TestRefusals(t *testing.T) {
	ok := "  - id: m1\n    title: T\n    line: L\n    phrases: [a refund]\n"
	if _, err := playbook.Read("ok.yaml", []byte(head+ok)); err != nil {
		t.Fatal(err)
	}
	var many strings.Builder
	for i := range playbook.MaxExamples + 1 {
		fmt.Fprintf(&many, "      - example number %d\n", i)
	}
	for name, test := range map[string]struct {
		src, want string
		line      int
	}{
		"twice":         {head + ok + ok, "is there twice", 8},
		"nothing":       {head + "  - id: m1\n    title: T\n    line: L\n", "never be recognised", 4},
		"ear too long":  {head + ok + "    ear: one two three four five six seven\n", "at most 6", 4},
		"not private":   {head + "  - id: m1\n    title: T\n    line: L\n    when:\n      mood: {of: agent, feeling: tension, least: 0.5}\n", "private: true", 4},
		"contradiction": {head + ok + "    except: [a refund]\n", "contradiction", 4},
		"cooldown":      {head + ok + "    cooldown: -3\n", "cooldown is -3", 4},
		"bad when":      {head + ok + "    when:\n      all:\n        - time: {least: 9}\n        - pattern: {match: '['}\n", "missing closing", 11},
		"examples":      {head + ok + "    examples:\n" + many.String(), "2001 examples", 4},
		"label":         {head + ok + "    when: {meaning: {id: other}}\n", `no moment "other"`, 4},
		"syntax":        {head + "  - id: [", "", 4},
		"utf-8":         {head + "  - id: \xff\n", "UTF-8", 4},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := playbook.Read("book.yaml", []byte(test.src))
			var fe *rules.FileError
			if !errors.As(err, &fe) {
				t.Fatalf("error %v", err)
			}
			if fe.Line != test.line || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v: want line %d and %q", err, test.line, test.want)
			}
		})
	}
}

func TestLaterBookWins(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(head+"  - id: delivery_late\n    title: Ours\n    line: L\n    phrases: [late]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := playbook.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	built, err := playbook.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	both := built.And(own).Moments("en")
	if len(both) != len(built.Moments("en")) {
		t.Errorf("%d moments", len(both))
	}
	for _, m := range both {
		if m.ID == "delivery_late" && m.Title != "Ours" {
			t.Errorf("the built-in moment won")
		}
	}
	if _, err := playbook.Load(t.TempDir()); !errors.Is(err, playbook.ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head + "  - id: m1\n    title: T\n    line: L\n    phrases: [a refund]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := playbook.Read("f.yaml", data)
		if err != nil {
			if !errors.Is(err, rules.ErrFile) {
				t.Fatalf("error without its place: %v", err)
			}
			return
		}
		for _, m := range b.Moments {
			if m.Trigger() == nil || m.Line == "" || playbook.EarWords(m.Ear) > 6 {
				t.Fatalf("a moment that should have been refused: %+v", m)
			}
		}
	})
}
