package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
	"unicode"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach"
	"github.com/sidetone/sidetone/coach/meaning"
	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/coach/replay"
	"github.com/sidetone/sidetone/models/embed"
	"github.com/sidetone/sidetone/models/engines"
	"github.com/sidetone/sidetone/qc"
)

// coaching is what calls are coached and scored with, live or afterwards: the
// playbooks and scorecards in force, read once and shared.
type coaching struct {
	book       *playbook.Library
	deck       *qc.Deck
	agentVoice bool
}

// newCoaching reads the built-in files and the operator's own, which win.
func newCoaching(playbooks []string, scorecard string, agentVoice bool) (*coaching, error) {
	c := &coaching{agentVoice: agentVoice}
	var err error
	if c.book, err = playbook.BuiltIn(); err != nil {
		return nil, err
	}
	own, err := playbook.Load(playbooks...)
	if err != nil {
		return nil, err
	}
	c.book = c.book.And(own)
	if c.deck, err = qc.BuiltIn(); err != nil {
		return nil, err
	}
	if scorecard != "" {
		card, err := qc.LoadCard(scorecard)
		if err != nil {
			return nil, err
		}
		c.deck.Cards = append(c.deck.Cards, card)
	}
	return c, nil
}

// tenureField is the customer or route field that says how many days the agent
// has been in the job.
const tenureField = "agent_tenure_days"

// of makes the coach's configuration for one call.
func (c *coaching) of(s call.Summary, fields map[string]string) coach.Config {
	tenure := -1
	if n, err := strconv.Atoi(fields[tenureField]); err == nil && n >= 0 {
		tenure = n
	}
	cfg := coach.Config{Book: c.book, Language: s.Language, Queue: s.Queue, Agent: coach.Agent{Tenure: tenure}, Fields: fields, AgentVoice: c.agentVoice}
	if !s.Created.IsZero() {
		cfg.Date = s.Created.Format(time.DateOnly)
	}
	return cfg
}

// meaning is the scorer over the examples of the playbooks.
func (c *coaching) meaning(e embed.Embedder) *meaning.Scorer {
	return meaning.New(e, c.book.Examples())
}

// scoreMeaning gives every utterance its scores, so that moments are found by
// meaning in what was never live.
func (c *coaching) scoreMeaning(ctx context.Context, eng *engines.Engines, language string, events []call.Event) error {
	s := c.meaning(eng.Embedder)
	if err := s.Prepare(ctx, language); err != nil {
		return err
	}
	for i, e := range events {
		u, ok := e.Body.(call.Utterance)
		if !ok {
			continue
		}
		scores, err := s.Score(ctx, language, u.Text)
		if err != nil {
			return err
		}
		u.Meaning = scores
		events[i].Body = u
	}
	return nil
}

// readLog reads an event log from a file, or from stdin for "-".
func readLog(path string, stdin io.Reader) (*replay.Log, error) {
	name := path
	if path == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		stdin = f
	}
	l, err := replay.Read(stdin)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l, nil
}

// summaryOf tells from its events what is known of a call.
func summaryOf(events []call.Event, language string) call.Summary {
	s := call.Summary{Language: language, State: call.Finished}
	han := false
	for _, e := range events {
		switch b := e.Body.(type) {
		case call.Started:
			s.ID, s.From, s.To, s.Agent, s.Queue, s.Kind = b.Call, b.From, b.To, b.Agent, b.Queue, b.Kind
			if language == "" {
				s.Language = b.Language
			}
		case call.Utterance:
			for _, r := range b.Text {
				han = han || unicode.Is(unicode.Han, r)
			}
		case call.Ended:
			s.Ending, s.Duration = b.Ending, e.At
		}
	}
	if s.Language == "" {
		if s.Language = "en"; han {
			s.Language = "zh"
		}
	}
	return s
}

// coachLine is what the coach said, as one JSON object without a number: the
// same call gives the same lines whatever else stood in its log.
func coachLine(e call.Event) (json.RawMessage, error) {
	e.Seq = 0
	b, err := e.MarshalJSON()
	if err != nil {
		return nil, err
	}
	const zero = `{"seq":0,`
	if len(b) < len(zero) || string(b[:len(zero)]) != zero {
		return nil, errors.New("an event without its number")
	}
	return append(json.RawMessage{'{'}, b[len(zero):]...), nil
}
