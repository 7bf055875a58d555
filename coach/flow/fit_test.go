package flow

import (
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
)

var fitWeights = flag.Bool("fit", false, "fit the weights again and write weights.go")

// dialogue is one human dialogue as lines and the labelled step after each
// customer utterance; "" where the agent's next act has no label.
type dialogue struct {
	task  string
	lines []line
}

type line struct {
	customer bool
	text     string
	next     string
}

func dialogues(t testing.TB) (map[string]*Flow, []dialogue) {
	t.Helper()
	flows := map[string]*Flow{}
	files, err := filepath.Glob(filepath.Join(devdata.Shared(t, "star/flows"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		flow, err := Parse(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		flows[strings.TrimSuffix(filepath.Base(path), ".json")] = flow
	}
	f, err := os.Open(devdata.Shared(t, "star/dialogues.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []dialogue
	for dec := json.NewDecoder(z); dec.More(); {
		var raw struct {
			Task   string
			Events []struct{ Agent, Action, ActionLabel, Text string }
		}
		if err := dec.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		d := dialogue{task: raw.Task}
		for _, e := range raw.Events {
			switch {
			case e.Agent == "User" && e.Action == "utter":
				d.lines = append(d.lines, line{customer: true, text: e.Text})
			case e.Agent == "Wizard" && (e.Action == "utter" || e.Action == "pick_suggestion"):
				if n := len(d.lines); n > 0 && d.lines[n-1].customer {
					d.lines[n-1].next = e.ActionLabel
				}
				d.lines = append(d.lines, line{text: e.Text})
			}
		}
		out = append(out, d)
	}
	return flows, out
}

type sample struct {
	x     [][]feature // by step
	truth int
}

type feature struct {
	at int
	v  float64
}

// samples walks a dialogue; an unlabelled or unknown next step is left out.
func samples(f *Flow, d dialogue) (out []sample) {
	t := NewTracker(f)
	for _, l := range d.lines {
		if !l.customer {
			t.Agent(l.text)
			continue
		}
		t.Customer(l.text)
		s := sample{truth: -1}
		for i := range f.Steps {
			if f.Steps[i].silent {
				continue
			}
			if f.Steps[i].Label == l.next {
				s.truth = len(s.x)
			}
			var x [features]float64
			t.features(i, &x)
			var list []feature
			for k, v := range x {
				if v != 0 {
					list = append(list, feature{k, v})
				}
			}
			s.x = append(s.x, list)
		}
		if s.truth >= 0 {
			out = append(out, s)
		}
	}
	return out
}

func dotW(x []feature, w *[features]float64) (z float64) {
	for _, f := range x {
		z += f.v * w[f.at]
	}
	return z
}

// ridge draws weights towards zero.
const ridge = 3e-2

func learn(data []sample) (w [features]float64) {
	var second [features]float64
	rng := rand.New(rand.NewPCG(1, 2))
	for epoch := range 6 {
		for _, i := range rng.Perm(len(data)) {
			s := data[i]
			p := make([]float64, len(s.x))
			top := math.Inf(-1)
			for j := range s.x {
				p[j] = dotW(s.x[j], &w)
				top = max(top, p[j])
			}
			sum := 0.0
			for j := range p {
				p[j] = math.Exp(p[j] - top)
				sum += p[j]
			}
			for j := range p {
				g := p[j] / sum
				if j == s.truth {
					g--
				}
				for _, f := range s.x[j] {
					d := g*f.v + ridge*w[f.at]
					second[f.at] += d * d
					w[f.at] -= 0.15 / (1 + float64(epoch)) * d / math.Sqrt(second[f.at]+1e-3)
				}
			}
		}
	}
	return w
}

func hits(data []sample, w *[features]float64) (one, three float64) {
	for _, s := range data {
		truth := dotW(s.x[s.truth], w)
		rank := 0
		for j := range s.x {
			if j != s.truth && dotW(s.x[j], w) >= truth {
				rank++
			}
		}
		if rank == 0 {
			one++
		}
		if rank < 3 {
			three++
		}
	}
	return one, three
}

// The weights hold on flows they were not fitted on: each flow is left out once.
// With -fit they are fitted on all and written down.
func TestFit(t *testing.T) {
	if !*fitWeights {
		t.Skip("fits the weights again only with -fit")
	}
	flows, all := dialogues(t)
	byTask := map[string][]sample{}
	for _, d := range all {
		byTask[d.task] = append(byTask[d.task], samples(flows[d.task], d)...)
	}
	var n, one, three float64
	for task, test := range byTask {
		var train []sample
		for other, s := range byTask {
			if other != task {
				train = append(train, s...)
			}
		}
		w := learn(train)
		a, b := hits(test, &w)
		t.Logf("%-24s %5d  top-1 %.1f  top-3 %.1f", task, len(test), 100*a/float64(len(test)), 100*b/float64(len(test)))
		n, one, three = n+float64(len(test)), one+a, three+b
	}
	t.Logf("left out: top-1 %.1f top-3 %.1f of %v", 100*one/n, 100*three/n, n)
	var train []sample
	for _, task := range slices.Sorted(keys(byTask)) {
		train = append(train, byTask[task]...)
	}
	w := learn(train)
	var b strings.Builder
	b.WriteString("package flow\n\n// weights of the features: how conversations go, whatever the flow. Fitted by\n// go test ./coach/flow -run TestFit -fit on the STAR dialogues (MIT).\nvar weights = [features]float64{\n")
	for i := 0; i < features; i += 10 {
		b.WriteString("\t")
		for k := i; k < min(features, i+10); k++ {
			if k > i {
				b.WriteString(" ")
			}
			fmt.Fprintf(&b, "%.3g,", w[k])
		}
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	if err := os.WriteFile("weights.go", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func keys(m map[string][]sample) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
