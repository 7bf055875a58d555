package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/coach/knowledge"
	"github.com/sidetone/sidetone/models/engines"
)

// knowledgeFlags are the options of the knowledge commands.
type knowledgeFlags struct {
	data, models, language string
	json                   bool
	most                   int
}

func newKnowledgeCommand() *cobra.Command {
	f := &knowledgeFlags{}
	cmd := &cobra.Command{Use: "knowledge", Short: "Import, search, ask, check and export what agents may be told"}
	p := cmd.PersistentFlags()
	p.StringVar(&f.data, "data", "sidetone-data", "folder the knowledge is kept in")
	p.StringVar(&f.models, "models", "", "folder of models")
	p.BoolVar(&f.json, "json", false, "print JSON")
	search := &cobra.Command{Use: "search QUERY", Short: "Find nodes by words and by meaning", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.search(cmd.Context(), cmd.OutOrStdout(), strings.Join(args, " "))
		}}
	search.Flags().IntVar(&f.most, "limit", 10, "how many at most")
	ask := &cobra.Command{Use: "ask QUESTION", Short: "Answer from the graph: entity, attribute, answers, path, source", Args: cobra.MinimumNArgs(1),
		Long: "Answer from the graph: entity, attribute, answers, path and source. With - one\nquestion per line is read from standard input.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.ask(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), strings.Join(args, " "))
		}}
	cmd.AddCommand(search, ask,
		&cobra.Command{Use: "import FILE|DIR...", Short: "Read Markdown, CSV, triples, alias lists, flows, guidelines, statutes", Args: cobra.MinimumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return f.bring(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
			}},
		&cobra.Command{Use: "check", Short: "Find what is dangling, expired, contradicting or uncited", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return f.check(cmd.OutOrStdout()) }},
		&cobra.Command{Use: "export", Short: "Print everything as JSON Lines that import reads", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				g, err := f.load()
				if err != nil {
					return err
				}
				return g.Export(cmd.OutOrStdout())
			}})
	return cmd
}

const (
	graphFile  = "knowledge.jsonl"
	vectorFile = "knowledge.vectors"
	// mostVectors is how many texts an import embeds; beyond it words alone find.
	mostVectors = 5000
)

// load reads the graph of the data folder.
func (f *knowledgeFlags) load() (*knowledge.Graph, error) {
	g := knowledge.New()
	err := g.Import(os.DirFS(f.data), graphFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no knowledge yet; sidetone knowledge import FILE… --data %s", f.data, f.data)
	}
	return g, err
}

// bring imports files into the graph, all of them or none.
func (f *knowledgeFlags) bring(ctx context.Context, out, notes io.Writer, paths []string) error {
	g, err := f.load()
	if g == nil {
		if _, broken := os.Stat(filepath.Join(f.data, graphFile)); broken == nil {
			return err
		}
		g = knowledge.New()
	} else if err != nil {
		return err
	}
	nodes, edges := g.Len()
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return err
		}
		if err := g.Import(os.DirFS(filepath.Dir(abs)), filepath.Base(abs)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(f.data, 0o755); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := g.Export(&b); err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(f.data, graphFile), b.Bytes()); err != nil {
		return err
	}
	if err := f.embed(ctx, g, notes); err != nil {
		fmt.Fprintf(notes, "sidetone: found by words only: %v\n", err)
	}
	n, e := g.Len()
	if f.json {
		return json.NewEncoder(out).Encode(map[string]int{"nodes": n, "edges": e, "new_nodes": n - nodes, "new_edges": e - edges})
	}
	fmt.Fprintf(out, "%d nodes and %d edges, %d and %d of them new\n", n, e, n-nodes, e-edges)
	return nil
}

// languageOf tells Chinese from the rest.
func languageOf(s string) string {
	for _, r := range s {
		if r >= 0x4e00 && r <= 0x9fff {
			return "zh"
		}
	}
	return "en"
}

// embed computes what the texts mean, those that are not known yet.
func (f *knowledgeFlags) embed(ctx context.Context, g *knowledge.Graph, notes io.Writer) error {
	have := f.vectors()
	byLanguage := map[string][]knowledge.Node{}
	missing := 0
	g.Nodes(func(n knowledge.Node) bool {
		if n.Text != "" && have[vectorKey(n)] == nil {
			l := languageOf(n.Text)
			byLanguage[l] = append(byLanguage[l], n)
			missing++
		}
		return true
	})
	switch {
	case missing == 0:
		return nil
	case missing+len(have) > mostVectors:
		return fmt.Errorf("%d texts are more than the %d that are looked at by meaning", missing+len(have), mostVectors)
	}
	return withEngines(ctx, f.models, func(ctx context.Context, eng *engines.Engines) error {
		if eng.Embedder == nil {
			return errors.New("the models of meaning are missing (make models)")
		}
		for lang, nodes := range byLanguage {
			for len(nodes) > 0 {
				part := nodes[:min(len(nodes), 64)]
				var texts []string
				for _, n := range part {
					texts = append(texts, n.Name+" "+n.Text)
				}
				v, err := eng.Embedder.Embed(ctx, lang, texts)
				if err != nil {
					return err
				}
				for i, n := range part {
					have[vectorKey(n)] = v[i]
				}
				nodes = nodes[len(part):]
				missing -= len(part)
				fmt.Fprintf(notes, "\rlooking at meaning: %d left ", missing)
			}
		}
		fmt.Fprint(notes, "\r\033[K")
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(have); err != nil {
			return err
		}
		return writeWhole(filepath.Join(f.data, vectorFile), b.Bytes())
	})
}

// vectorKey names a node with its text: an edited text is embedded again.
func vectorKey(n knowledge.Node) string {
	h := uint64(14695981039346656037)
	for i := range len(n.Text) {
		h = (h ^ uint64(n.Text[i])) * 1099511628211
	}
	return fmt.Sprintf("%s\x00%x", n.ID, h)
}

// vectors are those computed before; without them words alone find.
func (f *knowledgeFlags) vectors() map[string][]float32 {
	out := map[string][]float32{}
	file, err := os.Open(filepath.Join(f.data, vectorFile))
	if err != nil {
		return out
	}
	defer file.Close()
	if gob.NewDecoder(bufio.NewReader(file)).Decode(&out) != nil {
		return map[string][]float32{}
	}
	return out
}

// shelf is a graph ready to be asked.
type shelf struct {
	*knowledge.Index
	ctx     context.Context
	eng     *engines.Engines // nil without models of meaning
	vectors bool
}

// open loads the graph and calls work with it, with meaning where it can be told.
func (f *knowledgeFlags) open(ctx context.Context, work func(*shelf) error) error {
	g, err := f.load()
	if err != nil {
		return err
	}
	s := &shelf{Index: knowledge.NewIndex(g), ctx: ctx}
	have := f.vectors()
	g.Nodes(func(n knowledge.Node) bool {
		if n.Text == "" {
			return true
		}
		if v := have[vectorKey(n)]; v != nil {
			s.SetVector(n.ID, v)
			s.vectors = true
		}
		return true
	})
	return withEngines(ctx, f.models, func(ctx context.Context, eng *engines.Engines) error {
		if eng.Embedder != nil {
			s.ctx, s.eng = ctx, eng
		}
		return work(s)
	})
}

// meaning embeds a query where that helps.
func (s *shelf) meaning(query string) []float32 {
	if s.eng == nil || !s.vectors {
		return nil
	}
	v, err := s.eng.Embedder.Embed(s.ctx, languageOf(query), []string{query})
	if err != nil {
		return nil
	}
	return v[0]
}

// likeness compares a question with attributes by meaning.
func (s *shelf) likeness() knowledge.Likeness {
	if s.eng == nil {
		return nil
	}
	return func(question string, attributes []string) []float64 {
		out := make([]float64, len(attributes))
		v, err := s.eng.Embedder.Embed(s.ctx, languageOf(question+attributes[0]), append([]string{question}, attributes...))
		if err != nil {
			return out
		}
		for i := range attributes {
			dot := 0.0
			for k, x := range v[0] {
				dot += float64(x) * float64(v[i+1][k])
			}
			out[i] = min(1, max(0, (dot-0.45)/0.4)) // unrelated words reach 0.45
		}
		return out
	}
}

func (f *knowledgeFlags) search(ctx context.Context, out io.Writer, query string) error {
	return f.open(ctx, func(s *shelf) error {
		hits := s.Search(query, s.meaning(query), f.most)
		if f.json {
			return json.NewEncoder(out).Encode(struct {
				Query string          `json:"query"`
				Hits  []knowledge.Hit `json:"hits"`
			}{query, hits})
		}
		for _, h := range hits {
			text := strings.Join(strings.Fields(h.Node.Text), " ")
			if r := []rune(text); len(r) > 100 {
				text = string(r[:100]) + " …"
			}
			fmt.Fprintf(out, "%.4f  %s  [%s]  %s\n", h.Score, h.Node.Name, h.Node.Kind, text)
		}
		return nil
	})
}

func (f *knowledgeFlags) ask(ctx context.Context, in io.Reader, out io.Writer, question string) error {
	return f.open(ctx, func(s *shelf) error {
		if question != "-" {
			return f.answer(out, s, question)
		}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if err := f.answer(out, s, lines.Text()); err != nil {
				return err
			}
		}
		return lines.Err()
	})
}

func (f *knowledgeFlags) answer(out io.Writer, s *shelf, question string) error {
	a := s.Ask(question, s.meaning(question), s.likeness())
	if f.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(a)
	}
	if len(a.Answers) == 0 {
		_, err := fmt.Fprintln(out, "the graph has no answer")
		return err
	}
	_, err := fmt.Fprintf(out, "%s\n  %s  (%s)\n", strings.Join(a.Answers, "; "), strings.Join(a.Path, " > "), a.Source)
	return err
}

func (f *knowledgeFlags) check(out io.Writer) error {
	g, err := f.load()
	if err != nil {
		return err
	}
	faults := g.Check(time.Now().Format(time.DateOnly))
	if f.json {
		if faults == nil {
			faults = []knowledge.Fault{}
		}
		return json.NewEncoder(out).Encode(map[string]any{"faults": faults})
	}
	for _, x := range faults {
		fmt.Fprintf(out, "%-14s %s: %s\n", x.Kind, x.Node, x.What)
	}
	n, e := g.Len()
	_, err = fmt.Fprintf(out, "%d nodes, %d edges, %d to look at\n", n, e, len(faults))
	return err
}
