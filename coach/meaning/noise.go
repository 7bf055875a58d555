package meaning

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// misheard writes each text once more as a recogniser might have heard it: words
// left out, put in, or taken for others of the same examples that sound alike.
// Learning from both makes spoken words, heard wrongly, cost less.
func misheard(texts []string) []string {
	alike := map[string][]string{}
	known := map[string]bool{}
	for _, t := range texts {
		for _, w := range split(t) {
			if !known[w] {
				known[w] = true
				k := skeleton(w)
				alike[k] = append(alike[k], w)
			}
		}
	}
	for _, list := range alike {
		slices.Sort(list)
	}
	r := rand.New(rand.NewPCG(3, 5))
	fillers := [...]string{"the", "a", "to", "uh", "and", "i"}
	out := make([]string, len(texts))
	for i, t := range texts {
		var words []string
		for _, w := range split(t) {
			switch x := r.Float64(); {
			case x < missed:
			case x < missed+mistaken:
				list := alike[skeleton(w)]
				words = append(words, list[r.IntN(len(list))])
			case x < missed+mistaken+added:
				words = append(words, w, fillers[r.IntN(len(fillers))])
			default:
				words = append(words, w)
			}
		}
		out[i] = strings.Join(words, " ")
	}
	return out
}

// Shares of words, after what a telephone recogniser does at 30 % word errors.
const missed, mistaken, added = 0.06, 0.2, 0.05

// skeleton is how a word begins and its first consonants: words that share it
// are taken for each other.
func skeleton(w string) string {
	var b strings.Builder
	n := 0
	for i, r := range w {
		switch r {
		case 'a', 'e', 'i', 'o', 'u', 'y', 'h', 'w', '\'':
			if i > 0 {
				continue
			}
		case 'c', 'q':
			r = 'k'
		case 'z':
			r = 's'
		}
		b.WriteRune(r)
		if n++; n == 3 {
			break
		}
	}
	return b.String()
}
