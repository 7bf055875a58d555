package meaning

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// row is one text as sparse features of length 1, indices ascending.
type row struct {
	at []int32
	v  []float32
}

// lexicon turns texts into weighted words, pairs of words and pieces of words:
// what is spelled, beside what is meant.
type lexicon struct {
	index map[string]int32
	idf   []float32
}

// newLexicon learns which features the texts have and how rare each is.
func newLexicon(texts []string) *lexicon {
	df := map[string]int{}
	for _, t := range texts {
		for f := range features(t) {
			df[f]++
		}
	}
	least := 1
	if len(texts) > 2000 {
		least = 2 // what stands in one text only cannot be learned from
	}
	l := &lexicon{index: map[string]int32{}}
	keys := make([]string, 0, len(df))
	for f, n := range df {
		if n >= least {
			keys = append(keys, f)
		}
	}
	slices.Sort(keys)
	for _, f := range keys {
		l.index[f] = int32(len(l.idf))
		l.idf = append(l.idf, float32(math.Log(float64(1+len(texts))/float64(1+df[f]))+1))
	}
	return l
}

func (l *lexicon) row(text string) row {
	type feature struct {
		at int32
		v  float32
	}
	var words, pieces []feature
	var sumWords, sumPieces float64
	for f, n := range features(text) {
		i, ok := l.index[f]
		if !ok {
			continue
		}
		v := (1 + float32(math.Log(float64(n)))) * l.idf[i]
		if f[0] == 'w' {
			words, sumWords = append(words, feature{i, v}), sumWords+float64(v*v)
		} else {
			pieces, sumPieces = append(pieces, feature{i, v}), sumPieces+float64(v*v)
		}
	}
	scale := func(list []feature, sum float64) {
		for i := range list {
			list[i].v /= float32(math.Sqrt(sum))
		}
	}
	scale(words, sumWords)
	scale(pieces, sumPieces)
	all := append(words, pieces...)
	slices.SortFunc(all, func(a, b feature) int { return int(a.at - b.at) })
	r := row{at: make([]int32, len(all)), v: make([]float32, len(all))}
	for i, f := range all {
		r.at[i], r.v[i] = f.at, f.v
	}
	return r
}

const pieceLeast, pieceMost = 2, 5

// features counts "w" words and pairs, "c" pieces of words with their borders.
// Chinese characters are words of their own.
func features(text string) map[string]int {
	out := map[string]int{}
	last := "^"
	for _, w := range split(text) {
		out["w"+w]++
		out["w"+last+" "+w]++
		last = w
		r := []rune(" " + w + " ")
		for n := pieceLeast; n <= pieceMost; n++ {
			for i := 0; i+n <= len(r); i++ {
				out["c"+string(r[i:i+n])]++
			}
		}
	}
	return out
}

// split makes lower-case words; punctuation separates and is dropped.
func split(text string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '\'':
			b.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	return out
}
