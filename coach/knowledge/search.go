package knowledge

import (
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// foldName makes names comparable: lower case, one space, no outer marks.
func foldName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.Trim(s, " \t\"'“”‘’《》<>「」。.?？!！"))), " ")
}

// tokens are the words of a text; Chinese is cut into characters and pairs of
// characters, which find what a dictionary does not know.
func tokens(s string) []string {
	var out []string
	var word []rune
	var han []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, stem(string(word)))
			word = word[:0]
		}
		for i, r := range han {
			out = append(out, string(r))
			if i+1 < len(han) {
				out = append(out, string(han[i:i+2]))
			}
		}
		han = han[:0]
	}
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.Is(unicode.Han, r):
			if len(word) > 0 {
				flush()
			}
			han = append(han, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(han) > 0 {
				flush()
			}
			word = append(word, r)
		default:
			flush()
		}
	}
	flush()
	return out
}

// stem takes off the commonest English endings.
func stem(w string) string {
	for _, end := range []string{"ies", "ing", "ed", "es", "s"} {
		if len(w) > len(end)+2 && strings.HasSuffix(w, end) && !strings.HasSuffix(w, "ss") {
			return strings.TrimSuffix(w, end)
		}
	}
	return w
}

// Index finds nodes by their words. It is made of a graph that nobody changes
// any more; safe for concurrent use.
type Index struct {
	g       *Graph
	posting map[string][]posting
	length  []float32
	mean    float64
	vectors map[int32][]float32

	runs sync.Pool // of scores by node
}

type posting struct {
	node  int32
	times float32
}

// nameWeight is how much more a word counts in a name than in a text.
const nameWeight = 3

// NewIndex reads every node.
func NewIndex(g *Graph) *Index {
	x := &Index{g: g, posting: map[string][]posting{}, length: make([]float32, len(g.nodes)), vectors: map[int32][]float32{}}
	x.runs.New = func() any { return &run{score: make([]float32, len(g.nodes))} }
	total := 0.0
	counts := map[string]float32{}
	for i, n := range g.nodes {
		clear(counts)
		add := func(s string, weight float32) {
			for _, t := range tokens(s) {
				counts[t] += weight
			}
		}
		add(n.Name, nameWeight)
		for _, a := range n.Aliases {
			add(a, nameWeight)
		}
		add(n.Text, 1)
		for t, c := range counts {
			x.posting[t] = append(x.posting[t], posting{int32(i), c})
			x.length[i] += c
		}
		total += float64(x.length[i])
	}
	x.mean = max(1, total/float64(max(1, len(g.nodes))))
	return x
}

// SetVector tells what a node means; Search then fuses both ways of finding.
func (x *Index) SetVector(id string, v []float32) {
	if i, ok := x.g.byID[id]; ok {
		x.vectors[i] = v
	}
}

// Hit is one node found.
type Hit struct {
	Node       Node        `json:"node"`
	Score      float64     `json:"score"`
	Neighbours []Neighbour `json:"neighbours,omitempty"`
}

type run struct {
	score   []float32
	touched []int32
}

const (
	k1, b = 1.2, 0.6
	// mostPostings bounds the nodes one word is looked up in: a word that stands
	// in more tells nothing apart.
	mostPostings = 30000
	// pool is how many of each way of finding are fused.
	pool = 60
)

// Search finds the n best nodes for a query; vector is the query's meaning or
// nil.
func (x *Index) Search(query string, vector []float32, n int) []Hit {
	words := x.lexical(query, pool)
	fused := map[int32]float64{}
	for rank, h := range words { // reciprocal rank fusion
		fused[h.node] += 1/float64(20+rank) + float64(h.score)*1e-4
	}
	if vector != nil && len(x.vectors) > 0 {
		for rank, h := range x.meant(vector, pool) {
			fused[h.node] += 1 / float64(20+rank)
		}
	}
	list := make([]scored, 0, len(fused))
	for i, s := range fused {
		list = append(list, scored{i, float32(s)})
	}
	sortScored(list)
	out := []Hit{}
	for _, s := range list[:min(n, len(list))] {
		node := x.g.nodes[s.node]
		out = append(out, Hit{node, math.Round(float64(s.score)*1e4) / 1e4, x.g.Neighbours(node.ID, 6)})
	}
	return out
}

type scored struct {
	node  int32
	score float32
}

func sortScored(list []scored) {
	slices.SortFunc(list, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.node - b.node)
	})
}

func (x *Index) lexical(query string, n int) []scored {
	r := x.runs.Get().(*run)
	defer x.runs.Put(r)
	total := float64(len(x.g.nodes))
	seen := map[string]bool{}
	for _, t := range tokens(query) {
		list := x.posting[t]
		if seen[t] || len(list) == 0 || len(list) > mostPostings {
			continue
		}
		seen[t] = true
		idf := math.Log(1 + (total-float64(len(list))+0.5)/(float64(len(list))+0.5))
		for _, p := range list {
			tf := float64(p.times)
			s := float32(idf * tf * (k1 + 1) / (tf + k1*(1-b+b*float64(x.length[p.node])/x.mean)))
			if r.score[p.node] == 0 {
				r.touched = append(r.touched, p.node)
			}
			r.score[p.node] += s
		}
	}
	list := make([]scored, 0, len(r.touched))
	for _, i := range r.touched {
		list = append(list, scored{i, r.score[i]})
		r.score[i] = 0
	}
	r.touched = r.touched[:0]
	sortScored(list)
	return list[:min(n, len(list))]
}

func (x *Index) meant(v []float32, n int) []scored {
	list := make([]scored, 0, len(x.vectors))
	for i, o := range x.vectors {
		list = append(list, scored{i, float32(dot(v, o))})
	}
	sortScored(list)
	return list[:min(n, len(list))]
}

func dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var s float32
	for i := range a {
		s += a[i] * b[i]
	}
	return float64(s)
}
