package qc

import (
	"fmt"
	"math"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/rules"
)

// Score scores a finished call. Who the agent is and how long in the job is not
// looked at, nor is the agent's voice.
func (c *Card) Score(s call.Summary, events []call.Event) (Report, error) {
	f := rules.Facts{Language: s.Language, Queue: s.Queue, Tenure: -1}
	if !s.Created.IsZero() {
		f.Date = s.Created.Format(time.DateOnly)
	}
	j := &judge{card: c, state: rules.NewState(f)}
	for _, e := range events {
		j.read(e)
	}
	if !j.state.Ended() { // a log that broke off is scored as far as it goes
		j.state.Fold(call.Event{At: j.state.Now(), Body: call.Ended{}})
	}
	r := Report{Call: s.ID, Scorecard: c.Scorecard, Version: c.Version, Language: c.Language, Sections: []Section{}}
	var all tally
	for _, sec := range c.Sections {
		var own tally
		out := Section{ID: sec.ID, Title: sec.Title, Items: []Item{}}
		for _, i := range sec.Items {
			item := j.item(i)
			own.add(item)
			all.add(item)
			if item.AutoFail && item.Verdict == Fail && r.AutoFail == "" {
				r.AutoFail = item.ID
			}
			out.Items = append(out.Items, item)
		}
		if own.of > 0 {
			score := own.score()
			out.Score = &score
		}
		r.Sections = append(r.Sections, out)
	}
	r.Decided = all.decided
	if r.Score = all.score(); r.AutoFail != "" {
		r.Score = 0
	}
	return r, nil
}

// tally sums weights over the items that were decided.
type tally struct {
	got, of float64
	decided int
}

func (t *tally) add(i Item) {
	switch i.Verdict {
	case Pass:
		t.got += i.Weight
	case Fail:
	default:
		return
	}
	t.of += i.Weight
	t.decided++
}

func (t *tally) score() float64 {
	if t.of == 0 {
		return 0
	}
	return math.Round(1000*t.got/t.of) / 10
}

// judge knows one finished call.
type judge struct {
	card  *Card
	state *rules.State
	// first is the agent's first utterance, where to begin to look for what was not
	// said; last is where it ends.
	first, last *Evidence
}

func (j *judge) read(e call.Event) {
	switch b := e.Body.(type) {
	case call.Stress:
		if b.Party != call.Customer {
			return
		}
	case call.Utterance:
		if b.Party == call.Agent {
			j.last = &Evidence{Party: b.Party, At: b.Start, End: b.End, Quote: b.Text, Seq: e.Seq}
			if j.first == nil {
				j.first = j.last
			}
		}
	}
	j.state.Fold(e)
}

func (j *judge) item(i *CardItem) Item {
	out := Item{ID: i.ID, Title: i.Title, Weight: i.Weight, AutoFail: i.AutoFail, Source: i.Source}
	w := j.state.All()
	if j.first == nil {
		out.Verdict, out.Why = Unsure, j.card.Words.Unheard
		return out
	}
	hindered := j.hindered(i)
	var because []rules.Evidence
	if i.Applies != nil {
		var ok bool
		if because, ok = i.Applies.Find(j.state, w); !ok {
			out.Verdict, out.Why = NA, j.card.Words.NA
			if hindered != "" {
				out.Verdict, out.Why = Unsure, fmt.Sprintf(j.card.Words.Off, hindered)
			}
			return out
		}
	}
	if i.Fail != nil {
		if found, ok := i.Fail.Find(j.state, w); ok {
			out.Verdict, out.Why = Fail, either(i.WhyFail, j.card.Words.Fail)
			out.Evidence = j.evidence(found, because)
			return out
		}
	}
	if i.Pass != nil {
		if found, ok := i.Pass.Find(j.state, w); ok {
			out.Verdict, out.Why = Pass, either(i.WhyPass, j.card.Words.Pass)
			out.Evidence = j.evidence(found, because)
			return out
		}
	}
	// What remains rests on something not being there: only a call that was heard
	// whole can show that.
	out.Evidence = j.evidence(because, nil)
	if len(because) == 0 && i.Pass != nil && i.Pass.Said != nil && i.Pass.Said.Last > 0 {
		out.Evidence = []Evidence{*j.last}
	}
	switch {
	case hindered != "":
		out.Verdict, out.Why, out.Evidence = Unsure, fmt.Sprintf(j.card.Words.Off, hindered), nil
	case i.Fail == nil:
		out.Verdict, out.Why = Fail, either(i.WhyFail, j.card.Words.Fail)
	case i.Pass == nil:
		out.Verdict, out.Why = Pass, either(i.WhyPass, j.card.Words.Pass)
	default:
		out.Verdict, out.Why = Unsure, j.card.Words.Unsure
	}
	return out
}

// hindered names a part the item needs that was off during the call.
func (j *judge) hindered(i *CardItem) string {
	for _, c := range i.conditions() {
		for _, part := range c.Needs() {
			if j.state.Off(part) || part == "meaning" && !j.state.Scored() {
				return part
			}
		}
	}
	return ""
}

func either(own, common string) string {
	if own != "" {
		return own
	}
	return common
}

// mostEvidence bounds what one item shows.
const mostEvidence = 4

// evidence turns what was found into places that can be played. Where nothing
// was said, it is where to begin listening.
func (j *judge) evidence(found, because []rules.Evidence) []Evidence {
	var out []Evidence
	for _, e := range append(append([]rules.Evidence(nil), found...), because...) {
		if e.At < 0 || len(out) == mostEvidence {
			continue
		}
		quote := e.Quote
		if quote == "" {
			quote = e.Why
		}
		out = append(out, Evidence{Party: e.Party, At: e.At, End: e.End, Quote: quote, Seq: e.Seq})
	}
	if len(out) == 0 {
		out = append(out, *j.first)
	}
	return out
}
