package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// MaxFile is the size in bytes up to which a flow file is read.
const MaxFile = 1 << 20

// maxSteps bounds the steps of one flow.
const maxSteps = 2000

// ErrFlow is wrapped by every error about a flow file.
var ErrFlow = errors.New("bad flow")

// Flow is a procedure: what the agent says at each step, and which step usually
// follows which. Conditions ("yes", "query_success") are steps without a reply
// of their own that the graph leads through.
type Flow struct {
	Task  string
	Steps []Step // sorted by label
	index map[string]int
}

// Step is one thing the agent may do.
type Step struct {
	Label string
	Reply string
	Next  []int // steps that follow, conditions seen through
	Loop  []int // steps that follow those

	kind   kind
	words  []string // of the reply, slots left out
	topic  []string // of the label and the reply
	apart  []string // of the label, what few other steps have
	order  int      // place in the file
	depth  int      // steps from the beginning; -1 when not on the way
	silent bool     // a condition or a look-up, nothing to say
}

// Parse reads a flow file: {"task","replies":{label:text},"graph":{label:label}}.
// A value of the graph may also be a list of labels.
func Parse(r io.Reader) (*Flow, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrFlow, MaxFile)
	}
	var file struct {
		Task    string            `json:"task"`
		Replies ordered           `json:"replies"`
		Graph   map[string]labels `json:"graph"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFlow, err)
	}
	if len(file.Replies) == 0 || len(file.Replies) > maxSteps {
		return nil, fmt.Errorf("%w: %d replies: 1 to %d", ErrFlow, len(file.Replies), maxSteps)
	}
	f := &Flow{Task: file.Task, index: map[string]int{}}
	for n, r := range file.Replies {
		if f.index[r[0]]++; f.index[r[0]] > 1 {
			return nil, fmt.Errorf("%w: reply %q is there twice", ErrFlow, r[0])
		}
		s := newStep(r[0], r[1])
		s.order = n
		f.Steps = append(f.Steps, s)
	}
	slices.SortFunc(f.Steps, func(a, b Step) int { return strings.Compare(a.Label, b.Label) })
	for i, s := range f.Steps {
		f.index[s.Label] = i
	}
	f.tellApart()
	f.link(file.Graph)
	return f, nil
}

// tellApart keeps of each label the words that few steps share.
func (f *Flow) tellApart() {
	in := map[string]int{}
	for i := range f.Steps {
		s := &f.Steps[i]
		s.apart = topic(words(strings.ReplaceAll(s.Label, "_", " ")))
		for _, w := range s.apart {
			in[w]++
		}
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		s.apart = slices.DeleteFunc(s.apart, func(w string) bool { return in[w] > 3 || in[w]*3 > len(f.Steps) })
	}
}

// ordered is an object of texts in the order it was written, which is mostly the
// order of the procedure.
type ordered [][2]string

// UnmarshalJSON keeps the order.
func (o *ordered) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("replies is not an object of label and text")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var text string
		if err := dec.Decode(&text); err != nil {
			return fmt.Errorf("reply %v: %w", key, err)
		}
		*o = append(*o, [2]string{key.(string), text})
	}
	return nil
}

// labels is one label or several.
type labels []string

// UnmarshalJSON reads "a" and ["a","b"].
func (l *labels) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = labels{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

func newStep(label, reply string) Step {
	s := Step{Label: label, Reply: reply, words: words(withoutSlots(reply)), depth: -1}
	s.kind = kindOf(label, reply)
	s.topic = topic(words(strings.ReplaceAll(label, "_", " ") + " " + withoutSlots(reply)))
	s.silent = s.kind == condition
	return s
}

// withoutSlots drops {name:s}.
func withoutSlots(reply string) string {
	var b strings.Builder
	depth := 0
	for _, r := range reply {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth = max(0, depth-1)
			b.WriteByte(' ')
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
}

// common are words that say nothing about a topic.
const common = " a an the i you your my me we us it is are am was be to of for in on at and or that this what which who do does did can could would will may have has any there with from if so as let ok okay please thank thanks not no yes ask inform provide "

func topic(list []string) []string {
	var out []string
	for _, w := range list {
		if len(w) > 2 && !strings.Contains(common, " "+w+" ") {
			out = append(out, stem(w))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func stem(w string) string {
	for _, end := range []string{"ing", "ed", "es", "s", "e"} {
		if len(w) > len(end)+3 && strings.HasSuffix(w, end) {
			return strings.TrimSuffix(w, end)
		}
	}
	return w
}

// link resolves the graph, seeing through conditions and look-ups.
func (f *Flow) link(graph map[string]labels) {
	// A look-up leads to whatever its results lead to.
	through := func(label string) (out []string) {
		seen := map[string]bool{}
		var walk func(string)
		walk = func(l string) {
			if seen[l] || len(seen) > maxSteps {
				return
			}
			seen[l] = true
			if i, ok := f.index[l]; ok && !f.Steps[i].silent {
				out = append(out, l)
				return
			}
			for _, n := range graph[l] {
				walk(n)
			}
			if strings.HasPrefix(l, "query") && len(graph[l]) == 0 {
				for _, result := range results {
					for _, n := range graph[result] {
						walk(n)
					}
				}
			}
		}
		walk(label)
		return out
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		for _, n := range graph[s.Label] {
			for _, l := range through(n) {
				s.Next = append(s.Next, f.index[l])
			}
		}
		if len(graph[s.Label]) == 0 && s.kind == confirm { // the answer decides
			for _, l := range append(through("yes"), through("no")...) {
				s.Next = append(s.Next, f.index[l])
			}
		}
	}
	for i := range f.Steps {
		for _, n := range f.Steps[i].Next {
			f.Steps[i].Loop = append(f.Steps[i].Loop, f.Steps[n].Next...)
		}
	}
	f.depths()
}

// results are what a look-up may say.
var results = [...]string{"available", "unavailable", "query_success", "query_failure"}

// depths counts steps from those that nothing leads to.
func (f *Flow) depths() {
	led := make([]bool, len(f.Steps))
	for _, s := range f.Steps {
		for _, n := range s.Next {
			led[n] = true
		}
	}
	var front []int
	for i := range f.Steps {
		if s := &f.Steps[i]; !s.silent && (!led[i] && len(s.Next) > 0 || s.kind == hello) {
			f.Steps[i].depth = 0
			front = append(front, i)
		}
	}
	for len(front) > 0 {
		i := front[0]
		front = front[1:]
		for _, n := range f.Steps[i].Next {
			if f.Steps[n].depth < 0 {
				f.Steps[n].depth = f.Steps[i].depth + 1
				front = append(front, n)
			}
		}
	}
}
