package knowledge

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxFile is the size in bytes of one file.
const MaxFile = 1 << 30

// maxLine is the size in bytes of one line.
const maxLine = 8 << 20

// Import reads a file, or a folder of them, out of a file system: Markdown
// (statutes by article, other pages by heading), CSV, JSON and JSON Lines
// (triples, alias lists, an export, guided flows, agent guidelines). Errors name
// the file and, where there is one, the line.
func (g *Graph) Import(fsys fs.FS, name string) error {
	st, err := fs.Stat(fsys, name)
	if err != nil {
		return err
	}
	if !st.IsDir() {
		return g.file(fsys, name)
	}
	found := false
	err = fs.WalkDir(fsys, name, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !known(p) {
			return err
		}
		found = true
		return g.file(fsys, p)
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: %s has no .md, .csv, .json or .jsonl file", ErrNode, name)
	}
	return err
}

func known(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".md", ".markdown", ".csv", ".json", ".jsonl", ".ndjson":
		return true
	}
	return false
}

func (g *Graph) file(fsys fs.FS, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		err = g.csv(f, name)
	case ".jsonl", ".ndjson":
		err = g.lines(f, name)
	case ".json":
		err = g.json(f, name)
	case ".md", ".markdown":
		err = g.markdown(f, name)
	default:
		err = fmt.Errorf("%w: %s: .md, .csv, .json and .jsonl files are read", ErrNode, name)
	}
	if err != nil && !errors.Is(err, ErrNode) {
		err = fmt.Errorf("%w: %s: %w", ErrNode, name, err)
	}
	return err
}

func at(name string, line int, err error) error {
	if err == nil {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), ErrNode.Error()+": ")
	return fmt.Errorf("%w: %s:%d: %s", ErrNode, name, line, text)
}

// record is one line or object of JSON: a triple, an alias list, or a node or an
// edge of an export.
type record struct {
	S       *string `json:"s"`
	P       string  `json:"p"`
	O       any     `json:"o"`
	Entity  *string `json:"entity"`
	Aliases any     `json:"aliases"`
	Node    *Node   `json:"node"`
	Edge    *Edge   `json:"edge"`
}

func (g *Graph) record(r record, source string) error {
	switch {
	case r.S != nil:
		for _, o := range texts(r.O) {
			if err := g.Triple(*r.S, r.P, o, source); err != nil {
				return err
			}
		}
		return nil
	case r.Entity != nil:
		return g.Alias(*r.Entity, texts(r.Aliases), source)
	case r.Node != nil:
		_, err := g.Put(*r.Node)
		return err
	case r.Edge != nil:
		from, ok := g.byID[r.Edge.From]
		to, ok2 := g.byID[r.Edge.To]
		if !ok || !ok2 {
			return fmt.Errorf("%w: an edge from %q to %q, which are not both there", ErrNode, r.Edge.From, r.Edge.To)
		}
		g.Link(from, r.Edge.Kind, to, r.Edge.Source)
		return nil
	}
	return fmt.Errorf(`%w: neither a triple {"s","p","o"} nor {"entity","aliases"} nor a node nor an edge`, ErrNode)
}

// texts reads a text, a number or a list of them.
func texts(v any) []string {
	switch x := v.(type) {
	case nil:
		return nil
	case string:
		return []string{x}
	case []any:
		var out []string
		for _, y := range x {
			out = append(out, texts(y)...)
		}
		return out
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return []string{string(b)}
}

func (g *Graph) lines(r io.Reader, name string) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for in.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(in.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		if !utf8.Valid(line) {
			return at(name, n, errors.New("the text is not valid UTF-8"))
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return at(name, n, err)
		}
		if err := g.record(rec, fmt.Sprintf("%s:%d", name, n)); err != nil {
			return at(name, n, err)
		}
	}
	if err := in.Err(); err != nil {
		return at(name, n+1, err)
	}
	return nil
}

func (g *Graph) json(r io.Reader, name string) error {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile))
	if err != nil {
		return err
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if len(data) > 0 && data[0] == '[' {
		var list []record
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		for i, rec := range list {
			if err := g.record(rec, fmt.Sprintf("%s#%d", name, i+1)); err != nil {
				return fmt.Errorf("%w: %s: item %d: %s", ErrNode, name, i+1, strings.TrimPrefix(err.Error(), ErrNode.Error()+": "))
			}
		}
		return nil
	}
	var shape map[string]json.RawMessage
	if err := json.Unmarshal(data, &shape); err != nil {
		if lineErr := g.lines(bytes.NewReader(data), name); lineErr == nil { // JSON Lines under another name
			return nil
		}
		return err
	}
	switch {
	case shape["replies"] != nil:
		return g.flow(data, name)
	case shape["s"] != nil || shape["entity"] != nil || shape["node"] != nil:
		return g.lines(bytes.NewReader(data), name)
	}
	return g.guidelines(data, name)
}

// flow reads a guided flow: one node per step, next edges between them.
func (g *Graph) flow(data []byte, name string) error {
	var f struct {
		Task    string            `json:"task"`
		Replies map[string]string `json:"replies"`
		Graph   map[string]any    `json:"graph"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	if f.Task == "" {
		f.Task = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	task, err := g.Put(Node{ID: "flow:" + f.Task, Kind: Problem, Name: f.Task, Source: name})
	if err != nil {
		return err
	}
	step := func(label string) (int32, error) {
		return g.Put(Node{ID: "flow:" + f.Task + "/" + label, Kind: Step, Name: label, Text: f.Replies[label], Source: name})
	}
	for _, label := range sorted(f.Replies) {
		i, err := step(label)
		if err != nil {
			return err
		}
		g.Link(task, SolvedBy, i, name)
	}
	for _, label := range sorted(f.Graph) {
		from, err := step(label)
		if err != nil {
			return err
		}
		for _, next := range texts(f.Graph[label]) {
			to, err := step(next)
			if err != nil {
				return err
			}
			g.Link(from, Next, to, name)
		}
	}
	return nil
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// guidelines reads an agent's handbook: problems, their cases, ordered steps.
func (g *Graph) guidelines(data []byte, name string) error {
	var book map[string]struct {
		Description string `json:"description"`
		Subflows    map[string]struct {
			Instructions []string `json:"instructions"`
			Actions      []struct {
				Button  string   `json:"button"`
				Text    string   `json:"text"`
				Subtext []string `json:"subtext"`
			} `json:"actions"`
		} `json:"subflows"`
	}
	if err := json.Unmarshal(data, &book); err != nil {
		return fmt.Errorf("neither triples, a flow nor guidelines: %w", err)
	}
	steps := 0
	for _, problem := range sorted(book) {
		p, err := g.Put(Node{ID: "guideline:" + problem, Kind: Problem, Name: problem, Text: book[problem].Description, Source: name})
		if err != nil {
			return err
		}
		for _, title := range sorted(book[problem].Subflows) {
			sub := book[problem].Subflows[title]
			id := "guideline:" + problem + "/" + title
			c, err := g.Put(Node{ID: id, Kind: Case, Name: title, Text: strings.Join(sub.Instructions, "\n"), Source: name})
			if err != nil {
				return err
			}
			g.Link(c, About, p, name)
			last := int32(-1)
			for n, a := range sub.Actions {
				text := strings.Join(append([]string{a.Text}, a.Subtext...), "\n")
				s, err := g.Put(Node{ID: fmt.Sprintf("%s/%d", id, n+1), Kind: Step, Name: a.Button, Text: text, Source: name})
				if err != nil {
					return err
				}
				g.Link(c, SolvedBy, s, name)
				if last >= 0 {
					g.Link(last, Next, s, name)
				}
				last = s
				steps++
			}
		}
	}
	if steps == 0 {
		return errors.New("neither triples, a flow nor guidelines")
	}
	return nil
}

// csv reads triples (s,p,o) or nodes (name, kind, text, source, aliases, version,
// from, to), told apart by the header.
func (g *Graph) csv(r io.Reader, name string) error {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	head, err := in.Read()
	if err != nil {
		return at(name, 1, err)
	}
	col := map[string]int{}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
		col[map[string]string{"subject": "s", "predicate": "p", "object": "o", "title": "name", "content": "text", "entity": "name", "id": "id"}[h]] = i
		col[h] = i
	}
	get := func(row []string, key string) string {
		if i, ok := col[key]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	_, triples := col["s"]
	if _, named := col["name"]; !triples && !named {
		return at(name, 1, errors.New("the header needs s,p,o or name"))
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := in.FieldPos(0)
		if err != nil {
			return at(name, line, err)
		}
		source := fmt.Sprintf("%s:%d", name, line)
		if triples {
			err = g.Triple(get(row, "s"), get(row, "p"), get(row, "o"), source)
		} else {
			n := Node{ID: get(row, "id"), Name: get(row, "name"), Kind: Kind(get(row, "kind")), Text: get(row, "text"), Source: get(row, "source"),
				Version: get(row, "version"), From: get(row, "from"), To: get(row, "to"), Aliases: strings.FieldsFunc(get(row, "aliases"), func(r rune) bool { return r == ';' || r == '；' || r == '|' })}
			if n.Source == "" {
				n.Source = source
			}
			if n.Kind == "" {
				n.Kind = Article
			}
			_, err = g.Put(n)
		}
		if err != nil {
			return at(name, line, err)
		}
	}
}

// Export writes every node and edge as JSON Lines that Import reads.
func (g *Graph) Export(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i := range g.nodes {
		if err := enc.Encode(struct {
			Node *Node `json:"node"`
		}{&g.nodes[i]}); err != nil {
			return err
		}
	}
	var err error
	g.Edges(func(e Edge) bool {
		err = enc.Encode(struct {
			Edge Edge `json:"edge"`
		}{e})
		return err == nil
	})
	return errors.Join(err, out.Flush())
}
