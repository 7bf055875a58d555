package coach_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach"
	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/coach/replay"
)

func book(t testing.TB, src string) *playbook.Library {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.yaml")
	if err := os.WriteFile(path, []byte("playbook: test\nlanguage: en\nmoments:\n"+src), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := playbook.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const refund = `
  - id: refund
    title: Refund
    speaker: customer
    phrases: [refund]
    ear: stay calm
    line: Stay calm.
    cites: page 4
    cooldown: 30
`

// say is an utterance with its voice edges.
func say(p call.Party, start, end float64, text string) []call.Event {
	return []call.Event{
		{At: call.Seconds(start), Body: call.Speech{Party: p, On: true}},
		{At: call.Seconds(end), Body: call.Speech{Party: p}},
		{At: call.Seconds(end), Body: call.Utterance{Party: p, Start: call.Seconds(start), End: call.Seconds(end), Text: text}},
	}
}

func join(parts ...[]call.Event) []call.Event {
	var out []call.Event
	for _, p := range parts {
		out = append(out, p...)
	}
	for i := range out {
		out[i].Seq = uint64(i) + 1
	}
	return out
}

func one(at float64, b call.Body) []call.Event {
	return []call.Event{{At: call.Seconds(at), Body: b}}
}

// told writes a coach's output as short lines.
func told(events []call.Event) string {
	var b strings.Builder
	for _, e := range events {
		switch v := e.Body.(type) {
		case call.Advice:
			fmt.Fprintf(&b, "%v advice %s %v\n", e.At.Seconds(), v.Moment, v.Forms)
		case call.Held:
			fmt.Fprintf(&b, "%v held %s %s\n", e.At.Seconds(), v.Moment, v.Reason)
		case call.Escalation:
			fmt.Fprintf(&b, "%v escalation %v %v\n", e.At.Seconds(), v.Level, v.Raised)
		}
	}
	return b.String()
}

func run(cfg coach.Config, events []call.Event) string { return told(replay.Run(cfg, events)) }

func TestSafeMoments(t *testing.T) {
	const c, a = call.Customer, call.Agent
	urgent := strings.Replace(refund, "ear:", "urgent: true\n    ear:", 1)
	ended := func(at float64) []call.Event { return one(at, call.Ended{}) }
	for _, test := range []struct {
		name, book string
		call       []call.Event
		want       string
	}{
		{"in a pause of both", refund, join(say(c, 1, 3, "a refund"), ended(20)), "3.1 advice refund [ear line]\n"},
		{"the agent answers at once: the card comes when it must, the ear does not", refund,
			join(one(0, call.Speech{Party: a, On: true}), one(0.5, call.Speech{Party: a}), say(c, 1, 3, "a refund"), one(3, call.Speech{Party: a, On: true}), ended(20)),
			"7 advice refund [line]\n7 held refund speaking\n"},
		{"the agent pauses", refund,
			join(one(0, call.Speech{Party: a, On: true}), one(0.5, call.Speech{Party: a}), say(c, 1, 3, "a refund"), one(3, call.Speech{Party: a, On: true}),
				one(4, call.Speech{Party: a}), ended(20)), "5 advice refund [ear line]\n"},
		{"the customer goes on", refund,
			join(one(0, call.Speech{Party: a, On: true}), one(0.5, call.Speech{Party: a}), say(c, 1, 3, "a refund"), one(3, call.Speech{Party: a, On: true}),
				one(4, call.Speech{Party: a}), one(4.2, call.Speech{Party: c, On: true}), ended(20)), "4.5 advice refund [ear line]\n"},
		{"urgent cuts in", urgent,
			join(say(c, 1, 3, "a refund"), one(3, call.Speech{Party: a, On: true}), ended(20)), "3.8 advice refund [ear line]\n"},
		{"on hold", refund,
			join(say(c, 1, 3, "a refund"), one(3, call.Speech{Party: a, On: true}), one(3.5, call.Speech{Party: a}), one(3.5, call.Hold{By: a, On: true}), ended(20)),
			"3.6 advice refund [ear line]\n"},
		{"the call ends first", refund,
			join(say(c, 1, 3, "a refund"), one(3, call.Speech{Party: a, On: true}), ended(3.5)), "3.5 held refund ended\n"},
		{"cooldown", refund, join(say(c, 1, 3, "a refund"), say(c, 10, 12, "refund please"), say(c, 40, 42, "refund now"), ended(60)),
			"3.1 advice refund [ear line]\n12 held refund cooldown\n42.1 advice refund [ear line]\n"},
		{"most", refund, join(say(c, 1, 3, "a refund"), say(c, 40, 42, "refund"), say(c, 80, 82, "refund"), ended(90)),
			"3.1 advice refund [ear line]\n42.1 advice refund [ear line]\n82 held refund most\n"},
		{"muted", refund, join(one(0, call.Mute{On: true}), say(c, 1, 3, "a refund"), one(30, call.Mute{}), say(c, 40, 42, "refund"), ended(60)),
			"3 held refund muted\n42.1 advice refund [ear line]\n"},
		{"dismissed", refund, join(say(c, 1, 3, "a refund"), one(5, call.Feedback{Advice: "a1", Verdict: "dismissed"}), say(c, 40, 42, "refund"), ended(60)),
			"3.1 advice refund [ear line]\n42.1 advice refund [ear line]\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := run(coach.Config{Book: book(t, test.book), Agent: coach.Agent{Tenure: -1}}, test.call); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestNewerBetterReplacesTheUnspoken(t *testing.T) {
	src := refund + `
  - id: manager
    title: Manager
    speaker: customer
    phrases: [manager]
    priority: 80
    ear: listen first
    line: Listen.
`
	const c, a = call.Customer, call.Agent
	talking := one(0, call.Speech{Party: a, On: true})
	events := join(talking, one(1, call.Utterance{Party: c, Start: 0, End: call.Seconds(1), Text: "refund"}),
		one(2, call.Utterance{Party: c, Start: call.Seconds(1), End: call.Seconds(2), Text: "your manager"}),
		one(3, call.Utterance{Party: c, Start: call.Seconds(2.5), End: call.Seconds(3), Text: "refund"}), one(3.2, call.Speech{Party: a}), one(30, call.Ended{}))
	want := "2 held refund replaced\n3 held refund replaced\n4.2 advice manager [ear line]\n"
	if got := run(coach.Config{Book: book(t, src), Agent: coach.Agent{Tenure: -1}}, events); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestDoseByTenure(t *testing.T) {
	events := join(say(call.Customer, 1, 3, "a refund"), one(20, call.Ended{}))
	for tenure, want := range map[int]string{10: "3.1 advice refund [ear line]\n", 500: "3 held refund dose\n", 2000: "3 held refund dose\n"} {
		if got := run(coach.Config{Book: book(t, refund), Agent: coach.Agent{Tenure: tenure}}, events); got != want {
			t.Errorf("%d days: got %swant %s", tenure, got, want)
		}
	}
}

func TestAcceptedButNotActedLowersTheDose(t *testing.T) {
	src := strings.Replace(refund, "cooldown:", "acted: {said: {by: agent, any: [exchange]}}\n    cooldown:", 1)
	calls := func(answer string) []call.Event {
		return join(say(call.Customer, 1, 3, "a refund"), one(5, call.Feedback{Advice: "a1", Verdict: "accepted"}), say(call.Agent, 8, 10, answer),
			say(call.Agent, 60, 61, "right"), say(call.Customer, 100, 102, "refund"), one(120, call.Ended{}))
	}
	cfg := coach.Config{Book: book(t, src), Agent: coach.Agent{Tenure: 100}}
	if got := run(cfg, calls("i can exchange it")); !strings.Contains(got, "102.1 advice") {
		t.Errorf("acted: %s", got)
	}
	if got := run(cfg, calls("well")); !strings.Contains(got, "102 held refund dose") {
		t.Errorf("not acted: %s", got)
	}
}

func TestEscalationRises(t *testing.T) {
	l, err := playbook.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	events := join(say(call.Customer, 1, 3, "this is the third time i call"), say(call.Customer, 20, 22, "i want to speak to your manager"),
		say(call.Customer, 40, 42, "i will file a complaint"), one(60, call.Ended{}))
	var levels []float64
	for _, e := range replay.Run(coach.Config{Book: l, Agent: coach.Agent{Tenure: -1}}, events) {
		if v, ok := e.Body.(call.Escalation); ok {
			levels = append(levels, v.Level)
			if v.Raised != (v.Level >= 0.6) || len(v.Why) != len(levels) {
				t.Errorf("%+v", v)
			}
		}
	}
	if len(levels) != 3 || levels[2] < 0.7 {
		t.Errorf("levels %v", levels)
	}
}

const tense = refund + `
  - id: tense
    title: Tense
    private: true
    when: {mood: {of: agent, feeling: tension, least: 0.6, lasting: 3}}
    ear: breathe
    line: Breathe.
`

// What rests on the agent's voice is private throughout and moves nothing else.
func TestAgentVoiceIsPrivateAndMovesNothing(t *testing.T) {
	stress := func(at float64) []call.Event {
		return one(at, call.Stress{Party: call.Agent, Start: call.Seconds(at - 4), End: call.Seconds(at), Span: 3, Tension: 0.9})
	}
	with := join(stress(5), say(call.Customer, 6, 7, "a refund"), say(call.Customer, 50, 51, "a refund"), one(60, call.Ended{}))
	without := join(say(call.Customer, 6, 7, "a refund"), say(call.Customer, 50, 51, "a refund"), one(60, call.Ended{}))
	cfg := coach.Config{Book: book(t, tense), AgentVoice: true, Agent: coach.Agent{Tenure: -1}}
	private, public := 0, []call.Event{}
	for _, e := range replay.Run(cfg, with) {
		if e.Private() {
			private++
		} else {
			public = append(public, e)
		}
		if b, _ := json.Marshal(e); bytes.Contains(b, []byte("tense")) && !e.Private() {
			t.Errorf("not private: %s", b)
		}
	}
	if private < 2 {
		t.Errorf("%d private events", private)
	}
	if a, b := told(public), run(cfg, without); a != b {
		t.Errorf("with the agent's voice\n%swithout\n%s", a, b)
	}
	cfg.AgentVoice = false
	if got := run(cfg, with); strings.Contains(got, "tense") {
		t.Errorf("agent voice is off, yet: %s", got)
	}
}

// random makes a call out of a seed.
func random(seed uint64, seconds float64) []call.Event {
	r := rand.New(rand.NewPCG(seed, 1))
	texts := []string{"i want a refund", "this is the third time i am calling", "okay", "let me check that for you", "your balance is ten dollars",
		"i want to speak to your manager", "they just forgot it", "is there anything else i can do for you", "we cannot refund that", "where is my parcel"}
	var parts [][]call.Event
	parts = append(parts, one(0, call.Started{Language: "en"}), one(0, call.Answered{}))
	at := 1.0
	for at < seconds {
		p := call.Customer
		if r.IntN(2) == 0 {
			p = call.Agent
		}
		d := 1 + 4*r.Float64()
		parts = append(parts, say(p, at, at+d, texts[r.IntN(len(texts))]))
		at += d + 3*r.Float64()
		if r.IntN(12) == 0 {
			parts = append(parts, one(at, call.Feedback{Advice: fmt.Sprintf("a%d", 1+r.IntN(3)), Verdict: "dismissed"}))
		}
	}
	return join(append(parts, one(at, call.Ended{}))...)
}

func lines(t testing.TB, events []call.Event) []byte {
	t.Helper()
	var out []byte
	for _, e := range events {
		var err error
		if out, err = e.AppendLine(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// live plays events as the gateway's desk does: time told at odd moments, in
// nanoseconds, the coach's own events in the same log.
func live(cfg coach.Config, events []call.Event, seed uint64) []call.Event {
	r := rand.New(rand.NewPCG(seed, 2))
	c := coach.New(cfg)
	var log []call.Event
	last := call.Position(0)
	add := func(at call.Position, b call.Body) call.Event {
		last = max(last, at)
		e := call.Event{Seq: uint64(len(log)) + 1, At: last, Body: b}
		log = append(log, e)
		return e
	}
	advance := func(to call.Position) {
		for _, d := range c.Advance(to) {
			add(d.At, d.Body)
		}
		last = max(last, to)
	}
	for _, in := range events {
		at := in.At + call.Position(r.IntN(int(900*time.Microsecond)))
		for last < at {
			advance(min(at, last+call.Position(r.IntN(int(180*time.Millisecond)))+1))
		}
		e := add(last, in.Body)
		for _, b := range c.Observe(e) {
			add(last, b)
		}
	}
	return log
}

func TestReplayGivesTheLiveBytes(t *testing.T) {
	l, err := playbook.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	cfg := coach.Config{Book: l, Language: "en", Agent: coach.Agent{Tenure: 20}}
	advice := 0
	for seed := range uint64(20) {
		log := live(cfg, random(seed, 300), seed)
		var want []call.Event
		for _, e := range log {
			if coach.Made(e.Body) {
				want = append(want, e)
			}
			if e.Body.Type() == "advice" {
				advice++
			}
		}
		read, err := replay.Read(bytes.NewReader(lines(t, log)))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := lines(t, replay.Run(cfg, read.Events)), lines(t, want); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: live\n%s\nreplay\n%s", seed, want, got)
		}
	}
	if advice < 20 {
		t.Errorf("only %d advices in 20 calls: the test shows little", advice)
	}
}

// In no call does the ear start while the agent speaks, unless it is urgent, and
// no advice comes after its time.
func TestTimingOfRandomCalls(t *testing.T) {
	l, err := playbook.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(40) {
		events := random(seed, 300)
		speaking := map[call.Position]bool{}
		for _, e := range replay.Run(coach.Config{Book: l, Agent: coach.Agent{Tenure: -1}}, events) {
			a, ok := e.Body.(call.Advice)
			if !ok {
				continue
			}
			for _, v := range events {
				if s, ok := v.Body.(call.Speech); ok && s.Party == call.Agent && v.At <= e.At {
					speaking[e.At] = s.On
				}
			}
			if a.Forms[0] == call.Ear && speaking[e.At] && !a.Urgent {
				t.Errorf("seed %d: %s in the ear at %v while the agent speaks", seed, a.Moment, e.At)
			}
			if a.Waited > call.Seconds(20) {
				t.Errorf("seed %d: %s waited %v", seed, a.Moment, a.Waited)
			}
		}
	}
}

func BenchmarkReplayFiveMinutes(b *testing.B) {
	l, err := playbook.BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	events := random(7, 300)
	for b.Loop() {
		replay.Run(coach.Config{Book: l, Agent: coach.Agent{Tenure: -1}}, events)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"type":"utterance","party":"customer","start":1,"end":2,"text":"refund"}`))
	f.Add([]byte("{\"seq\":1,\"at\":0,\"type\":\"answered\"}\n{\"seq\":2,\"at\":3,\"type\":\"utterance\",\"party\":\"agent\",\"start\":1,\"end\":2,\"text\":\"x\"}"))
	l, err := playbook.BuiltIn()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := replay.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if log.Events[len(log.Events)-1].At > call.Seconds(3600) {
			return
		}
		cfg := coach.Config{Book: l, Agent: coach.Agent{Tenure: -1}}
		a := replay.Run(cfg, log.Events)
		if !bytes.Equal(lines(t, a), lines(t, replay.Run(cfg, log.Events))) {
			t.Fatal("two runs differ")
		}
		for i := 1; i < len(a); i++ {
			if a[i].At < a[i-1].At || a[i].Seq <= a[i-1].Seq {
				t.Fatal("the coach's events are out of order")
			}
		}
	})
}
