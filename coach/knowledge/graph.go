package knowledge

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind is what a node is.
type Kind string

const (
	Entity   Kind = "entity" // a thing of which triples speak
	Value    Kind = "value"  // what a triple says of it
	Article  Kind = "article"
	Clause   Kind = "clause" // of a statute or regulation
	Problem  Kind = "problem"
	Case     Kind = "case"
	Product  Kind = "product"
	Step     Kind = "step"
	Script   Kind = "script"
	Segment  Kind = "segment"
	Guidance Kind = "guideline"
)

// The edges that have a meaning of their own; those of triples have the name the
// file gave them.
const (
	About      = "about"
	SolvedBy   = "solved-by"
	Requires   = "requires"
	Forbids    = "forbids"
	Cites      = "cites"
	Next       = "next"
	Supersedes = "supersedes"
	PartOf     = "part-of"
)

// Limits.
const (
	MaxText  = 256 << 10 // bytes of one node's text
	MaxName  = 4 << 10   // bytes of one name
	MaxNodes = 5_000_000
)

// ErrNode is wrapped when a node or edge cannot be taken.
var ErrNode = errors.New("bad knowledge")

// Node is one piece of knowledge.
type Node struct {
	ID      string   `json:"id"`
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"` // as the file said it
	Aliases []string `json:"aliases,omitempty"`
	Text    string   `json:"text,omitempty"`
	Source  string   `json:"source"` // file and line, or the statute
	Version string   `json:"version,omitempty"`
	From    string   `json:"from,omitempty"` // in force from, YYYY-MM-DD
	To      string   `json:"to,omitempty"`   // in force to; "" is open
}

// Edge leads from one node to another.
type Edge struct {
	From   string `json:"from"`
	Kind   string `json:"kind"`
	To     string `json:"to"`
	Source string `json:"source"`
}

// Graph is all of it. Reading is safe for concurrent use once nobody adds.
type Graph struct {
	nodes []Node
	byID  map[string]int32
	out   [][]link // by node
	in    [][]link
	names map[string][]int32 // folded name or alias -> nodes
	seen  map[triple]struct{}
	edges int
}

type link struct {
	kind   string
	node   int32
	source string
}

type triple struct {
	from, to int32
	kind     string
}

// New makes an empty graph.
func New() *Graph {
	return &Graph{byID: map[string]int32{}, names: map[string][]int32{}, seen: map[triple]struct{}{}}
}

// Len is how many nodes and edges there are.
func (g *Graph) Len() (nodes, edges int) { return len(g.nodes), g.edges }

// Put adds a node or fills in what an earlier one of the same id left out. A
// text that is there is replaced.
func (g *Graph) Put(n Node) (int32, error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.ID == "" {
		n.ID = n.Name
	}
	switch {
	case n.ID == "" || n.Name == "":
		return 0, fmt.Errorf("%w: a node without a name", ErrNode)
	case len(n.Name) > MaxName || len(n.ID) > MaxName:
		return 0, fmt.Errorf("%w: a name of %d bytes; at most %d", ErrNode, len(n.Name), MaxName)
	case len(n.Text) > MaxText:
		return 0, fmt.Errorf("%w: %.40q has a text of %d bytes; at most %d: split it, one situation each", ErrNode, n.Name, len(n.Text), MaxText)
	case !utf8.ValidString(n.Name) || !utf8.ValidString(n.Text):
		return 0, fmt.Errorf("%w: the text is not valid UTF-8", ErrNode)
	}
	for _, d := range []string{n.From, n.To} {
		if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
			return 0, fmt.Errorf("%w: date %q is not YYYY-MM-DD", ErrNode, d)
		}
	}
	i, ok := g.byID[n.ID]
	if !ok {
		if len(g.nodes) >= MaxNodes {
			return 0, fmt.Errorf("%w: more than %d nodes", ErrNode, MaxNodes)
		}
		i = int32(len(g.nodes))
		g.byID[n.ID] = i
		aliases := n.Aliases
		n.Aliases = nil
		g.nodes = append(g.nodes, n)
		g.out, g.in = append(g.out, nil), append(g.in, nil)
		g.name(i, n.Name)
		if short := bare(n.Name); short != n.Name {
			g.name(i, short)
		}
		g.alias(i, aliases)
		return i, nil
	}
	g.merge(i, n)
	return i, nil
}

func (g *Graph) merge(i int32, n Node) {
	old := &g.nodes[i]
	if n.Kind != Value && n.Kind != "" && (old.Kind == Value || old.Kind == Entity) {
		old.Kind = n.Kind
		old.Source = n.Source
	}
	for _, f := range []struct{ to, from *string }{{&old.Text, &n.Text}, {&old.Version, &n.Version}, {&old.From, &n.From}, {&old.To, &n.To}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	g.alias(i, n.Aliases)
}

func (g *Graph) alias(i int32, list []string) {
	for _, a := range list {
		a = strings.TrimSpace(a)
		if a == "" || a == g.nodes[i].Name || slices.Contains(g.nodes[i].Aliases, a) || len(a) > MaxName {
			continue
		}
		g.nodes[i].Aliases = append(g.nodes[i].Aliases, a)
		g.name(i, a)
	}
}

func (g *Graph) name(i int32, name string) {
	key := foldName(name)
	if key != "" && !slices.Contains(g.names[key], i) {
		g.names[key] = append(g.names[key], i)
	}
}

// bare is a name without what stands in brackets at its end: "Mercury (planet)".
func bare(name string) string {
	for _, pair := range []string{"()", "（）", "[]", "【】"} {
		r := []rune(pair)
		if strings.HasSuffix(name, string(r[1])) {
			if i := strings.LastIndex(name, string(r[0])); i > 0 {
				return strings.TrimSpace(name[:i])
			}
		}
	}
	return name
}

// Link adds an edge between nodes; the same edge twice is one.
func (g *Graph) Link(from int32, kind string, to int32, source string) {
	t := triple{from, to, kind}
	if _, ok := g.seen[t]; ok {
		return
	}
	g.seen[t] = struct{}{}
	g.edges++
	g.out[from] = append(g.out[from], link{kind, to, source})
	g.in[to] = append(g.in[to], link{kind, from, source})
}

// Triple adds what a triple says; nodes not there yet are made.
func (g *Graph) Triple(s, p, o, source string) error {
	if strings.TrimSpace(p) == "" {
		return fmt.Errorf("%w: a triple without a predicate", ErrNode)
	}
	from, err := g.Put(Node{Name: s, Kind: Entity, Source: source})
	if err != nil {
		return err
	}
	to, err := g.Put(Node{Name: o, Kind: Value, Source: source})
	if err != nil {
		return err
	}
	g.Link(from, strings.TrimSpace(p), to, source)
	return nil
}

// Alias names an entity otherwise.
func (g *Graph) Alias(entity string, aliases []string, source string) error {
	_, err := g.Put(Node{Name: entity, Kind: Entity, Aliases: aliases, Source: source})
	return err
}

// Node returns a node by id.
func (g *Graph) Node(id string) (Node, bool) {
	i, ok := g.byID[id]
	if !ok {
		return Node{}, false
	}
	return g.nodes[i], true
}

// Nodes visits every node in the order they came.
func (g *Graph) Nodes(visit func(Node) bool) {
	for _, n := range g.nodes {
		if !visit(n) {
			return
		}
	}
}

// Edges visits every edge.
func (g *Graph) Edges(visit func(Edge) bool) {
	for i, list := range g.out {
		for _, l := range list {
			if !visit(Edge{g.nodes[i].ID, l.kind, g.nodes[l.node].ID, l.source}) {
				return
			}
		}
	}
}

// Neighbour is a node one edge away.
type Neighbour struct {
	Kind string `json:"kind"`
	Node string `json:"node"`
	Back bool   `json:"back,omitempty"` // the edge leads from there to here
}

// Neighbours lists up to n of them.
func (g *Graph) Neighbours(id string, n int) []Neighbour {
	i, ok := g.byID[id]
	if !ok {
		return nil
	}
	var out []Neighbour
	for _, l := range g.out[i] {
		if len(out) < n {
			out = append(out, Neighbour{l.kind, g.nodes[l.node].Name, false})
		}
	}
	for _, l := range g.in[i] {
		if len(out) < n {
			out = append(out, Neighbour{l.kind, g.nodes[l.node].Name, true})
		}
	}
	return out
}

// Fault is something a person should look at.
type Fault struct {
	Kind string `json:"kind"` // dangling, expired, contradicting, uncited
	Node string `json:"node"`
	What string `json:"what"`
}

// Check looks for what cannot be right on a day (YYYY-MM-DD).
func (g *Graph) Check(today string) []Fault {
	var out []Fault
	add := func(kind string, i int, format string, args ...any) {
		out = append(out, Fault{kind, g.nodes[i].ID, fmt.Sprintf(format, args...)})
	}
	for i, n := range g.nodes {
		if len(g.out[i])+len(g.in[i]) == 0 && n.Text == "" {
			add("dangling", i, "nothing leads to it and it says nothing")
		}
		if n.To != "" && n.To < today {
			add("expired", i, "in force until %s", n.To)
		}
		if n.Kind == Step || n.Kind == Script {
			if !g.leads(i, Cites) && n.Source == "" {
				add("uncited", i, "it names no source")
			}
		}
		g.contradictions(i, add)
	}
	return out
}

func (g *Graph) leads(i int, kind string) bool {
	return slices.ContainsFunc(g.out[i], func(l link) bool { return l.kind == kind })
}

func (g *Graph) contradictions(i int, add func(string, int, string, ...any)) {
	required := map[int32]bool{}
	for _, l := range g.out[i] {
		if l.kind == Requires {
			required[l.node] = true
		}
	}
	for _, l := range g.out[i] {
		if l.kind == Forbids && required[l.node] {
			add("contradicting", i, "it requires and forbids %s", g.nodes[l.node].ID)
		}
		if l.kind == Supersedes && int(l.node) == i {
			add("contradicting", i, "it supersedes itself")
		}
	}
	for _, l := range g.in[i] {
		if n := g.nodes[i]; l.kind == Supersedes && n.To == "" {
			add("expired", i, "%s supersedes it and it has no end", g.nodes[l.node].ID)
		}
	}
}

// Diff tells what another graph has more and less.
func (g *Graph) Diff(newer *Graph) (gone, come, changed []string) {
	for _, n := range g.nodes {
		m, ok := newer.Node(n.ID)
		switch {
		case !ok:
			gone = append(gone, n.ID)
		case m.Text != n.Text || m.Version != n.Version || m.From != n.From || m.To != n.To || !slices.Equal(g.says(n.ID), newer.says(n.ID)):
			changed = append(changed, n.ID)
		}
	}
	for _, n := range newer.nodes {
		if _, ok := g.byID[n.ID]; !ok {
			come = append(come, n.ID)
		}
	}
	return gone, come, changed
}

func (g *Graph) says(id string) []string {
	set := map[string]bool{}
	for _, l := range g.out[g.byID[id]] {
		set[l.kind+"\x00"+g.nodes[l.node].ID] = true
	}
	return slices.Sorted(maps.Keys(set))
}
