package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/rules"
)

func parse(t testing.TB, src string) *rules.Condition {
	t.Helper()
	var c rules.Condition
	if err := rules.Decode("test.yaml", []byte(src), &c); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return &c
}

// script is a call as short lines: "12.0 c i want a refund", "3 +a" (voice on),
// "4 -a" (off), "5 hold a", "6 answered", "7 anger 0.8".
func script(t testing.TB, lines ...string) []call.Event {
	t.Helper()
	var out []call.Event
	for i, l := range lines {
		at, rest, _ := strings.Cut(l, " ")
		var sec float64
		if _, err := fmt.Sscanf(at, "%g", &sec); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		pos := call.Seconds(sec)
		verb, words, _ := strings.Cut(rest, " ")
		out = append(out, call.Event{Seq: uint64(i + 1), At: pos, Body: body(t, pos, verb, words)})
	}
	return out
}

func party(letter string) call.Party {
	if letter == "a" {
		return call.Agent
	}
	return call.Customer
}

func body(t testing.TB, at call.Position, verb, words string) call.Body {
	switch verb {
	case "a", "c":
		return call.Utterance{Party: party(verb), Start: at - call.Seconds(1), End: at, Text: words}
	case "+a", "+c", "-a", "-c":
		return call.Speech{Party: party(verb[1:]), On: verb[0] == '+'}
	case "hold", "resume":
		return call.Hold{By: party(words), On: verb == "hold"}
	case "answered":
		return call.Answered{}
	case "ended":
		return call.Ended{Ending: call.EndCustomerHungUp}
	case "anger":
		var v float64
		fmt.Sscanf(words, "%g", &v)
		return call.Stress{Party: call.Customer, Start: at - call.Seconds(3), End: at, Span: 3, Anger: v}
	case "off":
		return call.Part{Name: words}
	}
	t.Fatalf("no verb %q", verb)
	return nil
}

func TestOperators(t *testing.T) {
	for _, test := range []struct {
		name, cond string
		call       []string
		want       bool
		quote      string
	}{
		{"said", `said: {by: customer, any: [a refund]}`, []string{"3 c I want A REFUND now"}, true, "I want A REFUND now"},
		{"word boundary", `said: {any: [fund]}`, []string{"3 c i want a refund"}, false, ""},
		{"must not", `said: {any: [refund], none: [no refund]}`, []string{"3 c i need no refund"}, false, ""},
		{"other party", `said: {by: agent, any: [refund]}`, []string{"3 c refund please"}, false, ""},
		{"old words are past", `said: {any: [refund]}`, []string{"3 c refund", "30 c hello"}, false, ""},
		{"within", `said: {any: [refund], within: 60}`, []string{"3 c refund", "30 c hello"}, true, "refund"},
		{"ever", `said: {any: [refund], ever: true}`, []string{"3 c refund", "900 c hello"}, true, "refund"},
		{"times", `said: {any: ["no"], times: 2, within: 60}`, []string{"3 c no", "30 c no no"}, true, "no no"},
		{"chinese substring", `said: {any: [退款]}`, []string{"3 c 我 要 退款 马上"}, true, "我 要 退款 马上"},
		{"chinese homophone", `said: {sounds: [退款]}`, []string{"3 c 我要推款"}, true, "我要推款"},
		{"chinese southern accent", `said: {sounds: [投诉]}`, []string{"3 c 我要投宿"}, true, "我要投宿"},
		{"pinyin", `said: {sounds: [jing li]}`, []string{"3 c 叫你们经理来"}, true, "叫你们经理来"},
		{"pinyin is bounded by syllables", `said: {sounds: [xi an]}`, []string{"3 c 先生"}, false, ""},
		{"pattern", `pattern: {match: '\border (number )?\d{4}'}`, []string{"3 c it is Order Number 4711"}, true, "it is Order Number 4711"},
		{"number in words", `number: {by: customer, least: 100}`, []string{"3 c it cost two hundred and fifty dollars"}, true, "it cost two hundred and fifty dollars"},
		{"number too small", `number: {least: 100}`, []string{"3 c twenty two dollars"}, false, ""},
		{"chinese number", `number: {least: 300, most: 400}`, []string{"3 c 一共三百二十块"}, true, "一共三百二十块"},
		{"repeats", `repeats: {by: customer}`, []string{"3 c where is my parcel then", "20 a one moment", "25 c so where is my parcel"}, true, "so where is my parcel"},
		{"no repeat", `repeats: {by: customer}`, []string{"3 c where is my parcel", "25 c i would like to cancel it"}, false, ""},
		{"order", `order: {first: {said: {any: [refund]}}, then: {said: {any: [sorry]}}, within: 20}`, []string{"3 c refund", "9 a sorry no"}, true, "sorry no"},
		{"wrong order", `order: {first: {said: {any: [refund]}}, then: {said: {any: [sorry]}}}`, []string{"3 a sorry", "9 c refund"}, false, ""},
		{"not said until", `not_said: {by: agent, any: [my name is], until: 10}`, []string{"0 answered", "5 a hello", "12 c hi"}, true, ""},
		{"said until", `not_said: {by: agent, any: [my name is], until: 10}`, []string{"0 answered", "5 a hello my name is jo", "12 c hi"}, false, ""},
		{"not said after", `not_said: {by: agent, any: [sorry], after: {said: {any: [broken]}}, within: 10}`, []string{"5 c it is broken", "8 a okay", "16 c hello"}, true, "it is broken"},
		{"said after", `not_said: {by: agent, any: [sorry], after: {said: {any: [broken]}}, within: 10}`, []string{"5 c it is broken", "8 a so sorry", "16 c hello"}, false, ""},
		{"not said before", `not_said: {by: agent, any: [date of birth], before: {said: {by: agent, any: [your balance]}}}`, []string{"5 a hello", "9 a your balance is ten"}, true, "your balance is ten"},
		{"silence", `silence: {longer: 6}`, []string{"0 answered", "1 +c", "3 -c", "10 off x"}, true, ""},
		{"silence on hold is none", `silence: {longer: 6}`, []string{"0 answered", "1 +c", "3 -c", "4 hold a", "30 off x"}, false, ""},
		{"speaking is no silence", `silence: {longer: 6}`, []string{"0 answered", "1 +c", "3 -c", "4 +a", "30 off x"}, false, ""},
		{"one party's silence", `silence: {of: agent, longer: 6}`, []string{"1 +a", "3 -a", "4 +c", "12 off x"}, true, ""},
		{"overlap", `overlap: {by: agent, longer: 1}`, []string{"1 +c", "3 +a", "4.5 off x"}, true, ""},
		{"overlap by the other", `overlap: {by: customer, longer: 1}`, []string{"1 +c", "3 +a", "4.5 off x"}, false, ""},
		{"overlaps", `overlap: {by: agent, longer: 0.5, times: 2}`, []string{"1 +c", "3 +a", "4 -a", "6 +a", "7 -a"}, true, ""},
		{"hold", `hold: {by: agent, longer: 20}`, []string{"1 hold a", "30 off x"}, true, ""},
		{"mood", `mood: {of: customer, feeling: anger, least: 0.6, lasting: 4}`, []string{"3 anger 0.7", "4 anger 0.7", "5 anger 0.8"}, true, ""},
		{"a passing mood", `mood: {of: customer, feeling: anger, least: 0.6, lasting: 4}`, []string{"3 anger 0.7", "4 anger 0.2", "5 anger 0.8"}, false, ""},
		{"turns", `turns: {by: customer, least: 2}`, []string{"3 c a", "4 a b", "5 c d"}, true, ""},
		{"time", `time: {least: 60}`, []string{"0 answered", "61 off x"}, true, ""},
		{"tenure", `tenure: {less: 90}`, []string{"1 off x"}, true, ""},
		{"queue", `queue: {is: [Retail]}`, []string{"1 off x"}, true, ""},
		{"language", `language: {is: [en-GB]}`, []string{"1 off x"}, true, ""},
		{"dates", `dates: {from: "2026-11-01", to: "2026-11-30"}`, []string{"1 off x"}, true, ""},
		{"campaign over", `dates: {to: "2026-11-20"}`, []string{"1 off x"}, false, ""},
		{"field", `field: {name: contacts, least: 3}`, []string{"1 off x"}, true, ""},
		{"field not", `field: {name: tier, not: [gold]}`, []string{"1 off x"}, false, ""},
		{"all", `all: [{said: {any: [refund]}}, {not: {said: {any: [thanks]}}}]`, []string{"1 c refund"}, true, "refund"},
		{"any", `any: [{said: {any: [x]}}, {said: {any: [refund]}}]`, []string{"1 c refund"}, true, "refund"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := parse(t, test.cond)
			s := rules.NewState(rules.Facts{Language: "en", Queue: "retail", Tenure: 30, Date: "2026-11-21", Fields: map[string]string{"contacts": "3", "tier": "Gold"}})
			for _, e := range script(t, test.call...) {
				s.Fold(e)
			}
			ev, ok := c.Find(s, s.Live())
			if ok != test.want {
				t.Fatalf("found %v, want %v (%+v)", ok, test.want, ev)
			}
			quote := ""
			for _, e := range ev {
				if e.Quote != "" {
					quote = e.Quote
				}
			}
			if quote != test.quote {
				t.Errorf("quote %q, want %q", quote, test.quote)
			}
		})
	}
}

func TestRevisedReplacesText(t *testing.T) {
	c := parse(t, `said: {any: [refund], ever: true}`)
	s := rules.NewState(rules.Facts{})
	s.Fold(call.Event{Seq: 1, At: call.Seconds(2), Body: call.Utterance{Party: call.Customer, Start: 0, End: call.Seconds(2), Text: "i want a re fund"}})
	if _, ok := c.Find(s, s.Live()); ok {
		t.Fatal("matched before the revision")
	}
	revise := func(text string) {
		s.Fold(call.Event{Seq: 2, At: call.Seconds(5), Body: call.Revised{Of: 1, Utterance: call.Utterance{Party: call.Customer, End: call.Seconds(2), Text: text}}})
	}
	revise("i want a refund")
	if ev, ok := c.Find(s, s.Live()); !ok || ev[0].Seq != 1 {
		t.Fatalf("the revision was not seen: %v", ev)
	}
	revise("i want a reef")
	if _, ok := c.Find(s, s.Live()); ok {
		t.Fatal("the old text still matches")
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for name, test := range map[string]struct {
		src, want string
		line      int
	}{
		"unknown key":   {"all:\n  - said: {any: [x]}\n  - sayd: {any: [x]}\n", "sayd", 3},
		"two operators": {"all:\n  - said: {any: [x]}\n    time: {least: 3}\n", "exactly one operator", 2},
		"regexp":        {"any:\n  - pattern: {match: 'a('}\n", "missing closing", 2},
		"party":         {"said:\n  by: boss\n  any: [x]\n", "customer, agent", 1},
		"contradiction": {"all:\n  - said: {any: [refund]}\n  - not: {said: {any: [refund]}}\n", "contradiction", 3},
		"cyclic":        {"all: &a\n  - said: {any: [x]}\n  - all: *a\n", "anchors", 1},
		"utf-8":         {"said:\n  any: [\"\xff\"]\n", "UTF-8", 2},
		"duration":      {"silence:\n  longer: -4\n", "silences are counted", 1},
		"type":          {"silence:\n  longer: long\n", "cannot unmarshal", 2},
	} {
		t.Run(name, func(t *testing.T) {
			var c rules.Condition
			err := rules.Decode("x.yaml", []byte(test.src), &c)
			if err == nil {
				err = rules.Place("x.yaml", c.Check())
			}
			var fe *rules.FileError
			if !errors.As(err, &fe) || !errors.Is(err, rules.ErrFile) {
				t.Fatalf("error %v", err)
			}
			if fe.Line != test.line || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want line %d and %q", err, test.line, test.want)
			}
		})
	}
}

func TestDeepAndHugeFilesAreRefused(t *testing.T) {
	for _, src := range []string{
		strings.Repeat("[", 100000),
		strings.Repeat("not: {", 2000),
		strings.Repeat("- ", 5000) + "x",
		strings.Repeat("# x\n", rules.MaxFile/4+1),
		"any:\n" + strings.Repeat("  - said: {any: [x]}\n", 20) + strings.Repeat("x", 5),
	} {
		var c rules.Condition
		err := rules.Decode("x.yaml", []byte(src), &c)
		if err == nil {
			err = c.Check()
		}
		if err == nil {
			t.Errorf("%.20q… was accepted", src)
		}
	}
}

// A question costs the same in the second hour as in the first minutes.
func TestLongCallsAreNotSlower(t *testing.T) {
	conds := []*rules.Condition{
		parse(t, `said: {any: [never said this], ever: true}`),
		parse(t, `said: {any: [nor this], within: 60}`),
		parse(t, `repeats: {by: customer, alike: 0.99}`),
		parse(t, `not_said: {by: agent, any: [nope], until: 60}`),
	}
	s := rules.NewState(rules.Facts{})
	at := call.Position(0)
	cost := func(n int) time.Duration {
		var spent time.Duration
		for i := range n {
			at += call.Seconds(2.4)
			p := call.Customer
			if i%2 == 0 {
				p = call.Agent
			}
			e := call.Event{Seq: uint64(i), At: at, Body: call.Utterance{Party: p, Start: at - call.Seconds(2), End: at, Text: fmt.Sprintf("this is line number %d of the call", i*7)}}
			begin := time.Now()
			s.Fold(e)
			for _, c := range conds {
				c.Find(s, s.Live())
			}
			spent += time.Since(begin)
		}
		return spent
	}
	cost(300)
	early := cost(300)
	cost(3000)
	late := cost(300)
	if late > 4*early+5*time.Millisecond {
		t.Errorf("300 utterances cost %v early and %v after two hours", early, late)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("said: {by: customer, any: [x]}")
	f.Add("all:\n - not: {silence: {longer: 3}}\n - order: {first: {time: {least: 1}}, then: {turns: {least: 1}}}")
	f.Fuzz(func(t *testing.T, src string) {
		var c rules.Condition
		if err := rules.Decode("f.yaml", []byte(src), &c); err != nil {
			if !errors.Is(err, rules.ErrFile) {
				t.Fatalf("error without its place: %v", err)
			}
			return
		}
		if c.Check() != nil {
			return
		}
		s := rules.NewState(rules.Facts{})
		for _, e := range script(t, "0 answered", "1 +c", "2 c hello 12", "3 +a", "4 -c", "9 a 退款", "20 ended") {
			s.Fold(e)
			for _, w := range []rules.Window{s.Live(), s.All()} {
				if ev, ok := c.Find(s, w); !ok && len(ev) > 0 {
					t.Fatal("evidence for what was not found")
				}
			}
		}
	})
}
