package measure

import (
	"strings"
	"testing"
)

func TestNormaliseAsDocumented(t *testing.T) {
	for in, want := range map[string]string{
		"Well, I'm GOING to [noise] uh pay-as-you-go <sil> {x}": "well i am gonna pay as you go",
		"it's that's let's don't we'll you've":                  "it is that is let us do not we will you have",
		"'quoted' can’t":                                        "quoted can't",
		"don't don't":                                           "do not do not",
		"":                                                      "",
	} {
		if got := strings.Join(Normalise(in), " "); got != want {
			t.Errorf("%q became %q, expected %q", in, got, want)
		}
	}
}

func TestErrorsAreCounted(t *testing.T) {
	e := Compare("one two three four", "one too three four five")
	if e != (Errors{Words: 4, Substitutions: 1, Insertions: 1}) || e.Rate() != 0.5 {
		t.Errorf("%+v", e)
	}
	if e := Compare("a b c", ""); e.Deletions != 3 {
		t.Errorf("%+v", e)
	}
	if e := Compare("", "a"); e.Insertions != 1 || e.Rate() != 0 {
		t.Errorf("%+v", e)
	}
}
