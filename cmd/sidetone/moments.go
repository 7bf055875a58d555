package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/coach/meaning"
	"github.com/sidetone/sidetone/models/engines"
)

// momentsFlags are the options of eval and match.
type momentsFlags struct {
	models, language, examples, test, oos string
	shots                                 int
	json, spoken                          bool
}

func newMomentsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "moments", Short: "Measure how well meaning is told apart, and try it on lines of text"}
	cmd.AddCommand(newMomentsEvalCommand(), newMomentsMatchCommand())
	return cmd
}

func (f *momentsFlags) bind(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.examples, "examples", "", "CSV with a header and the columns text, label")
	fl.IntVar(&f.shots, "shots", 0, "use only the first so many examples of each label")
	fl.StringVar(&f.oos, "oos", "", "the label of what is out of scope")
	fl.BoolVar(&f.spoken, "spoken", false, "learn each example misheard as well: for texts that a recogniser wrote")
	fl.StringVar(&f.language, "language", "en", "language of the texts")
	fl.StringVar(&f.models, "models", "", "folder of models")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("examples")
}

func newMomentsEvalCommand() *cobra.Command {
	f := &momentsFlags{}
	cmd := &cobra.Command{
		Use:   "eval --examples TRAIN.csv --test TEST.csv",
		Short: "Learn from one file of labelled lines and measure on another",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.eval(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&f.test, "test", "", "CSV with a header and the columns text, label")
	_ = cmd.MarkFlagRequired("test")
	return cmd
}

func newMomentsMatchCommand() *cobra.Command {
	f := &momentsFlags{}
	cmd := &cobra.Command{
		Use:   "match --examples TRAIN.csv < LINES",
		Short: "Tell what each line of standard input is about",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.match(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	f.bind(cmd)
	return cmd
}

// maxLabelled bounds a file of labelled lines.
const maxLabelled = 500_000

// readLabelled reads a CSV of text and label.
func readLabelled(path string) ([]meaning.Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	var out []meaning.Example
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", path, err)
		case len(rec) < 2:
			return nil, fmt.Errorf("%s:%d: two columns are needed, text and label", path, line)
		case len(out) > maxLabelled:
			return nil, fmt.Errorf("%s: more than %d lines", path, maxLabelled)
		}
		out = append(out, meaning.Example{Text: rec[0], Label: strings.TrimSpace(rec[1])})
	}
	if len(out) < 2 {
		return nil, fmt.Errorf("%s: a header and at least one line of text,label are needed", path)
	}
	return out[1:], nil
}

// learned is what the examples taught.
type learned struct {
	*meaning.Classifier
	gate float64
}

func (f *momentsFlags) learn(ctx context.Context, eng *engines.Engines, examples []meaning.Example, gated bool) (learned, error) {
	var use []meaning.Example
	seen := map[string]int{}
	for _, x := range examples {
		if seen[x.Label]++; (f.oos == "" || x.Label != f.oos) && (f.shots <= 0 || seen[x.Label] <= f.shots) {
			use = append(use, x)
		}
	}
	var l learned
	var err error
	e := &remembered{Embedder: eng.Embedder}
	train := meaning.Train
	if f.spoken {
		train = meaning.TrainSpoken
	}
	if l.Classifier, err = train(ctx, e, f.language, use); err != nil {
		return l, fmt.Errorf("%s: %w", f.examples, err)
	}
	if gated {
		l.gate, err = meaning.Gate(ctx, e, f.language, use)
	}
	return l, err
}

// remembered embeds every text once.
type remembered struct {
	meaning.Embedder
	known map[string][]float32
}

func (r *remembered) Embed(ctx context.Context, language string, texts []string) ([][]float32, error) {
	var missing []string
	for _, t := range texts {
		if r.known[t] == nil {
			missing = append(missing, t)
		}
	}
	v, err := r.Embedder.Embed(ctx, language, missing)
	if err != nil {
		return nil, err
	}
	if r.known == nil {
		r.known = map[string][]float32{}
	}
	for i, t := range missing {
		r.known[t] = v[i]
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = r.known[t]
	}
	return out, nil
}

// measured is what eval prints. Shares are from 0 to 1.
type measured struct {
	Accuracy   float64  `json:"accuracy"`          // in scope, best label before any rejection
	Top3       float64  `json:"top3"`              // in scope
	OOSRecall  *float64 `json:"oos_recall"`        // of what is out of scope, rejected
	OOSRejects *float64 `json:"oos_false_rejects"` // of what is in scope, rejected
	MSPerText  float64  `json:"ms_per_text"`
	Labels     int      `json:"labels"`
	Texts      int      `json:"texts"`
}

func (f *momentsFlags) eval(ctx context.Context, out, notes io.Writer) error {
	examples, err := readLabelled(f.examples)
	if err != nil {
		return err
	}
	test, err := readLabelled(f.test)
	if err != nil {
		return err
	}
	return f.withMeaning(ctx, func(ctx context.Context, eng *engines.Engines) error {
		fmt.Fprintf(notes, "learning from %d examples …\n", len(examples))
		l, err := f.learn(ctx, eng, examples, f.oos != "")
		if err != nil {
			return err
		}
		fmt.Fprintf(notes, "asking %d texts …\n", len(test))
		m, err := f.measure(ctx, l, test)
		if err != nil {
			return err
		}
		if f.json {
			return json.NewEncoder(out).Encode(m)
		}
		fmt.Fprintf(out, "accuracy %.1f %%, among the best three %.1f %%, %.1f ms a text, %d labels, %d texts\n", 100*m.Accuracy, 100*m.Top3, m.MSPerText, m.Labels, m.Texts)
		if m.OOSRecall != nil {
			fmt.Fprintf(out, "out of scope: %.1f %% rejected; in scope: %.1f %% rejected\n", 100**m.OOSRecall, 100**m.OOSRejects)
		}
		return nil
	})
}

func (f *momentsFlags) measure(ctx context.Context, l learned, test []meaning.Example) (measured, error) {
	texts := make([]string, len(test))
	for i, x := range test {
		texts[i] = x.Text
	}
	begin := time.Now()
	answers, err := l.Rank(ctx, texts)
	if err != nil {
		return measured{}, err
	}
	m := measured{MSPerText: float64(time.Since(begin).Microseconds()) / 1000 / float64(len(texts)), Labels: len(l.Labels()), Texts: len(texts)}
	var in, best, three, away, out, caught float64
	for i, a := range answers {
		reject := a.Known < l.gate
		if f.oos != "" && test[i].Label == f.oos {
			out++
			if reject {
				caught++
			}
			continue
		}
		in++
		if reject {
			away++
		}
		for k, r := range a.Ranked[:min(3, len(a.Ranked))] {
			if r.Label == test[i].Label {
				three++
				if k == 0 {
					best++
				}
			}
		}
	}
	if in > 0 {
		m.Accuracy, m.Top3 = best/in, three/in
	}
	if f.oos != "" {
		recall, rejects := caught/max(1, out), away/max(1, in)
		m.OOSRecall, m.OOSRejects = &recall, &rejects
	}
	return m, nil
}

func (f *momentsFlags) match(ctx context.Context, in io.Reader, out io.Writer) error {
	examples, err := readLabelled(f.examples)
	if err != nil {
		return err
	}
	return f.withMeaning(ctx, func(ctx context.Context, eng *engines.Engines) error {
		l, err := f.learn(ctx, eng, examples, true)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			answers, err := l.Rank(ctx, []string{lines.Text()})
			if err != nil {
				return err
			}
			if err := f.printMatch(out, l, lines.Text(), answers[0]); err != nil {
				return err
			}
		}
		return lines.Err()
	})
}

func (f *momentsFlags) printMatch(w io.Writer, l learned, text string, a meaning.Answer) error {
	top := a.Ranked[:min(3, len(a.Ranked))]
	known := a.Known >= l.gate && strings.TrimSpace(text) != ""
	label := top[0].Label
	if !known {
		label = ""
	}
	if f.json {
		return json.NewEncoder(w).Encode(struct {
			Text  string           `json:"text"`
			Label string           `json:"label"` // "" when it is about none of them
			Score float64          `json:"score"`
			Known bool             `json:"known"`
			Top   []meaning.Ranked `json:"top"`
		}{text, label, top[0].Score, known, top})
	}
	if label == "" {
		label = "(out of scope)"
	}
	_, err := fmt.Fprintf(w, "%-28s %.2f  %s\n", label, top[0].Score, text)
	return err
}

// withMeaning runs work with an embedder, or says what is missing.
func (f *momentsFlags) withMeaning(ctx context.Context, work func(context.Context, *engines.Engines) error) error {
	return withEngines(ctx, f.models, func(ctx context.Context, eng *engines.Engines) error {
		if eng.Embedder == nil {
			for _, n := range []string{"onnxruntime", "embed-en", "embed-zh"} {
				if why := eng.Missing[n]; why != "" {
					return fmt.Errorf("meaning cannot be told: %s: %s", n, why)
				}
			}
		}
		return work(ctx, eng)
	})
}
