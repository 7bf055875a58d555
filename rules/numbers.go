package rules

import (
	"strconv"
	"strings"
	"unicode"
)

// units and scales of English number words.
func unit(w string) (int, bool) {
	for i, s := range []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"} {
		if w == s {
			return i, true
		}
	}
	for i, s := range []string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"} {
		if w == s {
			return 20 + 10*i, true
		}
	}
	return 0, false
}

func scale(w string) float64 {
	switch w {
	case "hundred":
		return 100
	case "thousand":
		return 1000
	case "million":
		return 1e6
	}
	return 0
}

// spoken reads the numbers of an utterance: digits, English number words and
// Chinese numerals.
func spoken(raw string) []float64 {
	var out []float64
	for _, field := range strings.FieldsFunc(raw, func(r rune) bool {
		return !(unicode.IsDigit(r) || r == '.' || r == ',')
	}) {
		if n, err := strconv.ParseFloat(strings.Trim(strings.ReplaceAll(field, ",", ""), "."), 64); err == nil {
			out = append(out, n)
		}
	}
	return append(append(out, english(raw)...), chinese(raw)...)
}

func english(raw string) (out []float64) {
	total, part, open := 0.0, 0.0, false
	flush := func() {
		if open {
			out = append(out, total+part)
		}
		total, part, open = 0, 0, false
	}
	for w := range strings.FieldsSeq(strings.ReplaceAll(prepare(raw).words, "-", " ")) {
		n, isUnit := unit(w)
		switch x := scale(w); {
		case isUnit && open && int(part)%100 != 0 && !(int(part)%10 == 0 && int(part)%100 >= 20 && n < 10):
			flush() // "two nine" are two numbers
			part, open = float64(n), true
		case isUnit:
			part, open = part+float64(n), true
		case x == 100 && open:
			part *= 100
		case x > 100 && open:
			total, part = total+part*x, 0
		case w == "and" && open && part >= 100:
		default:
			flush()
		}
	}
	flush()
	return out
}

func chinese(raw string) (out []float64) {
	const digits = "零一二三四五六七八九"
	total, section, n, open, named := 0.0, 0.0, 0.0, false, false
	flush := func() {
		if open {
			out = append(out, total+section+n)
		}
		total, section, n, open, named = 0, 0, 0, false, false
	}
	for _, r := range raw {
		if r == '两' {
			r = '二'
		}
		if i := strings.IndexRune(digits, r); i >= 0 {
			if open && !named && n != 0 {
				n = n*10 + float64(i/3) // 一三八: read digit by digit
			} else {
				n = float64(i / 3)
			}
			open, named = true, false
			continue
		}
		place := map[rune]float64{'十': 10, '百': 100, '千': 1000, '万': 1e4}[r]
		switch {
		case place == 0:
			flush()
		case place == 1e4 && open:
			total, section, n, named = (total+section+n)*1e4, 0, 0, true
		case place == 10 && !open:
			section, open, named = 10, true, true
		case open:
			section, n, named = section+n*place, 0, true
		}
	}
	flush()
	return out
}
