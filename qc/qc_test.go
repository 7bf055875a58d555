package qc_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/rules"
)

func deck(t testing.TB) *qc.Deck {
	t.Helper()
	d, err := qc.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// talk makes a log of "a: words" and "c: words", five seconds each.
func talk(lines ...string) []call.Event {
	out := []call.Event{{At: 0, Body: call.Answered{}}}
	at := 1.0
	for _, l := range lines {
		p := call.Customer
		who, text, _ := strings.Cut(l, ": ")
		if who == "a" {
			p = call.Agent
		}
		out = append(out, call.Event{At: call.Seconds(at), Body: call.Speech{Party: p, On: true}}, call.Event{At: call.Seconds(at + 4), Body: call.Speech{Party: p}},
			call.Event{At: call.Seconds(at + 4), Body: call.Utterance{Party: p, Start: call.Seconds(at), End: call.Seconds(at + 4), Text: text}})
		at += 5
	}
	out = append(out, call.Event{At: call.Seconds(at), Body: call.Ended{Ending: call.EndCustomerHungUp}})
	for i := range out {
		out[i].Seq = uint64(i) + 1
	}
	return out
}

func items(r qc.Report) map[string]qc.Item {
	out := map[string]qc.Item{}
	for _, s := range r.Sections {
		for _, i := range s.Items {
			out[i.ID] = i
		}
	}
	return out
}

func TestScore(t *testing.T) {
	good := talk("a: good morning how can i help you", "c: hello my parcel hasn't arrived", "a: i am so sorry may i have your name please", "c: jo smith",
		"a: thanks your order is in leeds i will send a new one tomorrow", "c: great", "a: to recap a new one comes tomorrow is there anything else", "c: no", "a: have a nice day")
	r, err := deck(t).Score(call.Summary{Language: "en-GB"}, good)
	if err != nil {
		t.Fatal(err)
	}
	if r.Score != 100 || r.AutoFail != "" {
		t.Errorf("a good call scores %v %q: %+v", r.Score, r.AutoFail, r)
	}
	got := items(r)
	if got["alternative"].Verdict != qc.NA || got["complaint_taken"].Verdict != qc.NA {
		t.Error("what nobody asked for applies")
	}
	if e := got["identity"].Evidence; got["identity"].Verdict != qc.Pass || len(e) == 0 {
		t.Errorf("identity: %+v", got["identity"])
	}
	if e := got["greets"].Evidence; len(e) != 1 || e[0].Quote != "good morning how can i help you" || e[0].At != call.Seconds(1) || e[0].Seq != 4 {
		t.Errorf("greets: %+v", e)
	}
	bad := talk("a: yes", "c: my parcel never arrived i will make a complaint", "a: your order is late we can't refund", "c: what", "a: that is not my problem", "c: well", "a: as soon as possible")
	if r, err = deck(t).Score(call.Summary{Language: "en"}, bad); err != nil {
		t.Fatal(err)
	}
	got = items(r)
	for _, id := range []string{"greets", "identity", "empathy", "alternative", "no_vague_promise", "complaint_taken", "summary", "respectful"} {
		if i := got[id]; i.Verdict != qc.Fail || len(i.Evidence) == 0 || i.Why == "" {
			t.Errorf("%s: %+v", id, i)
		}
	}
	if r.Score != 0 || r.AutoFail != "respectful" {
		t.Errorf("score %v, auto-fail %q", r.Score, r.AutoFail)
	}
}

func TestChinese(t *testing.T) {
	r, err := deck(t).Score(call.Summary{Language: "zh-CN"}, talk("a: 您好请问有什么可以帮您", "c: 我的快递没收到我要投诉你们", "a: 非常抱歉我帮您登记", "a: 再确认一下明天补发还有其他需要吗", "a: 再见"))
	if err != nil {
		t.Fatal(err)
	}
	if got := items(r); r.Score != 100 || got["complaint_taken"].Verdict != qc.Pass || got["complaint_taken"].Source == "" {
		t.Errorf("%+v", r)
	}
}

// What was not heard is no fault.
func TestUnsureWhereAPartWasOff(t *testing.T) {
	events := talk("a: hello", "c: it is broken")
	events = append([]call.Event{{At: 0, Body: call.Part{Name: "hearing", Party: call.Agent, Why: "lost"}}}, events...)
	r, err := deck(t).Score(call.Summary{Language: "en"}, events)
	if err != nil {
		t.Fatal(err)
	}
	for id, i := range items(r) {
		if i.Verdict == qc.Fail || i.Verdict == qc.Pass && id != "empathy" && len(i.Evidence) == 0 {
			t.Errorf("%s is %s though hearing was off", id, i.Verdict)
		}
	}
	// A voice that cannot be told apart is nobody's fault either.
	mono := []call.Event{{At: call.Seconds(4), Body: call.Utterance{Party: call.Unknown, End: call.Seconds(4), Text: "shut up"}}}
	if r, err = deck(t).Score(call.Summary{}, mono); err != nil || r.Decided != 0 {
		t.Errorf("mono: %v, %+v", err, r)
	}
}

// The agent's own voice never reaches a score.
func TestAgentVoiceIsNotLookedAt(t *testing.T) {
	_, err := qc.ReadCard("c.yaml", []byte("scorecard: x1\nlanguage: en\nsections:\n  - id: s1\n    items:\n      - id: i1\n        title: T\n        fail: {mood: {of: agent, feeling: anger, least: 0.5}}\n"))
	var fe *rules.FileError
	if !errors.As(err, &fe) || fe.Line != 6 || !strings.Contains(err.Error(), "agent's voice") {
		t.Errorf("%v", err)
	}
	events := talk("a: hello", "c: hi")
	with := append([]call.Event{{At: 0, Body: call.Stress{Party: call.Agent, Span: 3, Anger: 1}}}, events...)
	a, _ := deck(t).Score(call.Summary{}, events)
	b, _ := deck(t).Score(call.Summary{}, with)
	if a.Score != b.Score {
		t.Error("the agent's voice moved the score")
	}
}

func FuzzReadCard(f *testing.F) {
	f.Add([]byte("scorecard: x1\nlanguage: en\nsections:\n  - id: s1\n    items:\n      - {id: i1, title: T, pass: {said: {any: [x]}}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := qc.ReadCard("f.yaml", data)
		if err != nil {
			if !errors.Is(err, rules.ErrFile) {
				t.Fatalf("error without its place: %v", err)
			}
			return
		}
		r, err := c.Score(call.Summary{}, talk("a: x", "c: y"))
		if err != nil || math.IsNaN(r.Score) || r.Score < 0 || r.Score > 100 {
			t.Fatalf("score %v, %v", r.Score, err)
		}
	})
}
