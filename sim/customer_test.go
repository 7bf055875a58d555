package sim

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func scenario(t testing.TB, id string) *Scenario {
	t.Helper()
	all, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no scenario %s", id)
	return nil
}

// A trainee who apologises, asks, solves and closes makes the customer content,
// by patterns alone, in both languages.
func TestAGoodCallEndsContent(t *testing.T) {
	for id, lines := range map[string][]string{
		"parcel-late": {"hello how can i help you", "i am so sorry about that", "can i have your order number",
			"i will send a replacement by express", "it arrives on friday", "is there anything else i can do"},
		"parcel-late-zh": {"您好，请问有什么可以帮您", "非常抱歉", "请问订单号是多少", "我马上给您补发", "周五一定送到", "请问还有什么可以帮您"},
	} {
		c := NewCustomer(scenario(t, id))
		var last Reply
		for i, l := range lines {
			last = c.Hear(l, nil, 0)
			if last.Say == "" || strings.Contains(last.Say, "{") {
				t.Errorf("%s: %q is answered with %q", id, l, last.Say)
			}
			if last.HangUp != (i == len(lines)-1) {
				t.Fatalf("%s: after %q: %+v", id, l, last)
			}
		}
		if last.Why != "content" || !c.Content() || c.Mood() >= 0.3 {
			t.Errorf("%s: left %q, content %v, mood %.2f", id, last.Why, c.Content(), c.Mood())
		}
	}
}

func TestARefusedCustomerLeavesAngry(t *testing.T) {
	c := NewCustomer(scenario(t, "parcel-late"))
	c.Open()
	var r Reply
	for range 10 {
		if r = c.Hear("there is nothing i can do", nil, 0); r.HangUp {
			break
		}
	}
	if r.Why != "angry" || c.Content() {
		t.Fatalf("%+v, mood %.2f", r, c.Mood())
	}
}

// Meaning decides where no pattern does; a reaction that must come after another
// waits for it.
func TestMeaningAndOrder(t *testing.T) {
	c := NewCustomer(scenario(t, "parcel-late"))
	c.Open()
	c.Hear("we can get that to you by friday", nil, 0)
	if c.Happened()["date"] != 0 {
		t.Error("a date counted before there was a solution")
	}
	c.Hear("i shall make you whole at once", map[string]float64{"solution": 0.8, "hold": 0.6}, 0)
	if c.Happened()["solution"] != 1 {
		t.Errorf("happened: %v", c.Happened())
	}
}

// Whatever is said, the mood stays in bounds, every reply has words, and the
// same words meet the same customer.
func TestAnyTraineeMeetsTheSameCustomer(t *testing.T) {
	s := scenario(t, "parcel-late")
	lines := []string{"sorry", "order number please", "nothing i can do", "refund", "tomorrow", "anything else", "the weather is nice", ""}
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.SliceOfN(rapid.SampledFrom(lines), 1, 40).Draw(t, "said")
		a, b := NewCustomer(s), NewCustomer(s)
		for _, l := range said {
			ra, rb := a.Hear(l, nil, 0), b.Hear(l, nil, 0)
			if ra != rb || ra.Say == "" || a.Mood() < 0 || a.Mood() > 1 {
				t.Fatalf("%q: %+v and %+v, mood %v", l, ra, rb, a.Mood())
			}
			if ra.HangUp {
				return
			}
		}
	})
}

func TestBadScenarios(t *testing.T) {
	good := `{id: a, title: t, language: en, difficulty: easy, minutes: 1, mood: {start: 0.1, leave: 0.9}, opening: o,
reactions: [{id: g, match: [x], goal: true, says: [y]}], otherwise: {says: [z]}, silence: {after: 5s, says: [s]}, goodbye: {content: c, angry: a, tired: t}}`
	if _, err := Parse("good", strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"unknown key":     {"id: a,", "id: a, colour: red,"},
		"no goal":         {"goal: true, ", ""},
		"bad pattern":     {"match: [x]", "match: ['(']"},
		"mood":            {"leave: 0.9", "leave: 0.1"},
		"language":        {"language: en", "language: tlh"},
		"after unknown":   {"id: g,", "id: g, after: nobody,"},
		"not yaml":        {"{id", "{{id"},
		"no words to say": {"says: [y]", "says: []"},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if _, err := Parse(name, strings.NewReader(text)); !errors.Is(err, ErrScenario) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse("huge", strings.NewReader(strings.Repeat(" ", maxScenario+2))); !errors.Is(err, ErrScenario) {
		t.Errorf("huge: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("id: a")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("fuzz", strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrScenario) {
				t.Fatalf("unclassified: %v", err)
			}
			return
		}
		if r := NewCustomer(s).Hear("hello", nil, 0); r.Say == "" {
			t.Fatal("an accepted customer says nothing")
		}
	})
}
