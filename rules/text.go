package rules

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// text is an utterance prepared for matching.
type text struct {
	raw     string
	words   string // " i want a refund ": lower case, one space around every word
	compact string // letters, digits and Han characters without anything between
	sounds  string // " tui kuan ": made when first asked for
	sounded bool
	han     bool
	count   int // words, each Han character counted as one
}

// prepare makes text of what was said.
func prepare(raw string) text {
	t := text{raw: raw}
	var words, compact strings.Builder
	words.WriteByte(' ')
	open := false // inside a word
	for _, r := range raw {
		switch {
		case unicode.Is(unicode.Han, r):
			if open {
				words.WriteByte(' ')
				open = false
			}
			compact.WriteRune(r)
			t.han = true
			t.count++
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '\'', r == '’':
			if r == '’' {
				r = '\''
			}
			r = unicode.ToLower(r)
			if !open {
				open = true
				t.count++
			}
			words.WriteRune(r)
			compact.WriteRune(r)
		default:
			if open {
				words.WriteByte(' ')
				open = false
			}
		}
	}
	if open {
		words.WriteByte(' ')
	}
	t.words, t.compact = words.String(), compact.String()
	return t
}

// sound is the utterance in toneless pinyin, accents folded.
func (t *text) sound() string {
	if !t.sounded {
		t.sounded = true
		if t.han {
			t.sounds = pinyinOf(t.raw)
		}
	}
	return t.sounds
}

// pinyinOf writes the Han characters of s as " tui kuan ". What a southern
// accent or a recogniser confuses (zh/z, ch/c, sh/s, n/l, -ng/-n) is folded.
func pinyinOf(s string) string {
	args := pinyin.NewArgs()
	var b strings.Builder
	b.WriteByte(' ')
	for _, syllable := range pinyin.LazyPinyin(s, args) {
		b.WriteString(fold(syllable))
		b.WriteByte(' ')
	}
	return b.String()
}

func fold(syllable string) string {
	s := strings.ToLower(syllable)
	for _, two := range []string{"zh", "ch", "sh"} {
		if strings.HasPrefix(s, two) {
			s = two[:1] + s[2:]
		}
	}
	if strings.HasPrefix(s, "n") && len(s) > 1 {
		s = "l" + s[1:]
	}
	if strings.HasSuffix(s, "ng") {
		s = s[:len(s)-1]
	}
	return s
}

// phrase is one must or must-not, prepared the same way.
type phrase struct {
	said  string // as written, for people
	words string // " i want " when written in letters
	han   string // or the characters
	sound string // or the syllables
}

func newPhrase(s string) phrase {
	t := prepare(s)
	if t.han {
		return phrase{said: s, han: t.compact}
	}
	return phrase{said: s, words: t.words}
}

// newSound reads Chinese characters or toneless pinyin ("tui kuan").
func newSound(s string) phrase {
	if t := prepare(s); t.han {
		return phrase{said: s, sound: pinyinOf(s)}
	}
	var b strings.Builder
	b.WriteByte(' ')
	for f := range strings.FieldsSeq(s) {
		b.WriteString(fold(f))
		b.WriteByte(' ')
	}
	return phrase{said: s, sound: b.String()}
}

func (p phrase) empty() bool {
	return p.han == "" && strings.TrimSpace(p.words) == "" && strings.TrimSpace(p.sound) == ""
}

// in tells how many words stand before the phrase in t; -1 when it is not there.
func (p phrase) in(t *text) int {
	switch {
	case p.sound != "":
		if i := strings.Index(t.sound(), p.sound); i >= 0 {
			return strings.Count(t.sounds[:i+1], " ") - 1
		}
		return -1
	case p.han != "":
		if i := strings.Index(t.compact, p.han); i >= 0 {
			return prepare(t.compact[:i]).count
		}
		return -1
	}
	if i := strings.Index(t.words, p.words); i >= 0 {
		return strings.Count(t.words[:i+1], " ") - 1
	}
	return -1
}

// tokens are the distinct words (for Chinese: pairs of characters), sorted.
func (t *text) tokens() []string {
	var out []string
	if t.han {
		r := []rune(t.compact)
		for i := 0; i+1 < len(r); i++ {
			out = append(out, string(r[i:i+2]))
		}
	} else {
		out = strings.Fields(t.words)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// alike is the share (0..1) that two sorted token sets have in common.
func alike(a, b []string) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch c := strings.Compare(a[i], b[j]); {
		case c == 0:
			both++
			i++
			j++
		case c < 0:
			i++
		default:
			j++
		}
	}
	if all := len(a) + len(b) - both; all > 0 {
		return float64(both) / float64(all)
	}
	return 0
}

// quoteRunes bounds a quote; a longer utterance is cut around what matched.
const quoteRunes = 160

// excerpt is a piece of raw around its n-th word, cut between words, that stands
// in raw as it is.
func excerpt(raw string, n int) string {
	raw = strings.TrimSpace(raw)
	runes := []rune(raw)
	if len(runes) <= quoteRunes {
		return raw
	}
	at, word, inside := 0, 0, false
	for i, r := range runes {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\''
		if unicode.Is(unicode.Han, r) || letter && !inside {
			if word == n {
				at = i
				break
			}
			word++
		}
		inside = letter && !unicode.Is(unicode.Han, r)
	}
	from := max(0, at-quoteRunes/3)
	to := min(len(runes), from+quoteRunes)
	for from > 0 && from < at && !unicode.IsSpace(runes[from-1]) && !unicode.Is(unicode.Han, runes[from]) {
		from++
	}
	for to < len(runes) && to > at+1 && !unicode.IsSpace(runes[to]) && !unicode.Is(unicode.Han, runes[to-1]) {
		to--
	}
	return strings.TrimSpace(string(runes[from:to]))
}
