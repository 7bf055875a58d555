// Package measure counts recognition errors the way the figures in the README
// are counted.
//
// It exists so that the bench, the tests and the documents mean the same by a
// word error rate. Pure; no engine is run here.
package measure

import (
	"regexp"
	"strings"
)

// Errors of a recognised text against a reference.
type Errors struct {
	Words         int // in the reference
	Substitutions int
	Insertions    int
	Deletions     int
}

// Add sums up.
func (e *Errors) Add(o Errors) {
	e.Words += o.Words
	e.Substitutions += o.Substitutions
	e.Insertions += o.Insertions
	e.Deletions += o.Deletions
}

// Rate is errors per reference word; 0 when there was nothing to say.
func (e Errors) Rate() float64 {
	if e.Words == 0 {
		return 0
	}
	return float64(e.Substitutions+e.Insertions+e.Deletions) / float64(e.Words)
}

// rules are the notations and spoken variants that are no errors.
type rules struct {
	marks, other *regexp.Regexp
	fillers      map[string]bool
	same         *strings.Replacer
}

func newRules() rules {
	r := rules{
		marks:   regexp.MustCompile(`\[[^\]]*\]|\{[^}]*\}|<[^>]*>`),
		other:   regexp.MustCompile(`[^a-z0-9' ]+`),
		fillers: make(map[string]bool),
		same: strings.NewReplacer(" going to ", " gonna ", " i'm ", " i am ", " it's ", " it is ", " that's ", " that is ",
			" let's ", " let us ", " don't ", " do not "),
	}
	for _, f := range strings.Fields("uh um ah eh hm mm er") {
		r.fillers[f] = true
	}
	return r
}

// Normalise brings a text to the words that are counted: lower case, notation
// marks and fillers removed, common contractions opened.
func Normalise(text string) []string {
	r := newRules()
	text = strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	text = r.marks.ReplaceAllString(text, " ")
	text = strings.ReplaceAll(text, "-", " ")
	text = r.other.ReplaceAllString(text, " ")
	var words []string
	for _, w := range strings.Fields(text) {
		if w = strings.Trim(w, "'"); w != "" && !r.fillers[w] {
			words = append(words, w)
		}
	}
	// Two blanks between words, so that neighbours do not share one.
	text = " " + strings.Join(words, "  ") + " "
	text = strings.ReplaceAll(text, " going  to ", " gonna ")
	text = r.same.Replace(text)
	text = strings.ReplaceAll(text, "'ll ", "  will ")
	text = strings.ReplaceAll(text, "'ve ", "  have ")
	return strings.Fields(text)
}

// Words aligns a recognised text with its reference, both normalised.
func Words(reference, got []string) Errors {
	type cell struct{ cost, sub, ins, del int }
	prev := make([]cell, len(got)+1)
	for j := range prev {
		prev[j] = cell{j, 0, j, 0}
	}
	for i := range reference {
		row := make([]cell, len(got)+1)
		row[0] = cell{i + 1, 0, 0, i + 1}
		for j := range got {
			best := prev[j]
			if reference[i] != got[j] {
				best.cost++
				best.sub++
			}
			if c := prev[j+1]; c.cost+1 < best.cost {
				best = c
				best.cost++
				best.del++
			}
			if c := row[j]; c.cost+1 < best.cost {
				best = c
				best.cost++
				best.ins++
			}
			row[j+1] = best
		}
		prev = row
	}
	last := prev[len(got)]
	return Errors{len(reference), last.sub, last.ins, last.del}
}

// Compare normalises and aligns two texts.
func Compare(reference, got string) Errors { return Words(Normalise(reference), Normalise(got)) }
