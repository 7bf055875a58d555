package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/sim/phone"
)

const (
	// turnGap is how long the customer waits after the trainee's turn, in case
	// it goes on.
	turnGap = 300 * time.Millisecond
	// yieldAfter is how long the trainee must talk over the customer before the
	// customer lets them.
	yieldAfter = 900 * time.Millisecond
	// greeting is how long the customer waits to be greeted.
	greeting = 3 * time.Second
)

// Hearing is a speech engine; speech.Engine states the contract.
type Hearing interface {
	Listen(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Body)) error
}

// Meaning scores what a sentence resembles: reaction id to 0..1.
type Meaning interface {
	Score(ctx context.Context, language, text string) (map[string]float64, error)
}

// Voice speaks a line as 8000 Hz mono PCM.
type Voice interface {
	Speak(ctx context.Context, language, voice, text string) ([]int16, error)
}

// Senses are what a customer hears, understands and speaks with. Meaning may be
// nil: then only patterns count.
type Senses struct {
	Hearing Hearing
	Meaning Meaning
	Voice   Voice
}

// Result is what is left of a simulated call.
type Result struct {
	Why      string         `json:"why"` // "content", "angry", "tired", "trainee" (hung up first)
	Content  bool           `json:"content"`
	Mood     []MoodPoint    `json:"mood"`
	Happened map[string]int `json:"happened"`
	Lines    []Line         `json:"lines"`
}

// Line is one turn as the customer said or understood it.
type Line struct {
	At   time.Duration `json:"at_ns"`
	Who  string        `json:"who"` // "customer", "trainee"
	Text string        `json:"text"`
}

// session is one simulated call's loop. Its fields belong to the loop.
type session struct {
	scenario *Scenario
	customer *Customer
	senses   Senses
	line     *phone.Line
	heard    chan call.Body
	said     chan error
	result   Result

	speaking bool
	stop     context.CancelFunc // stops what is being said
	trainee  bool               // the trainee is speaking
	pending  []string           // what was understood and not answered yet
	leaving  string             // hang up once the last words are out
}

// Play runs the customer on an answered line until the call is over. Ending ctx
// hangs up.
func Play(ctx context.Context, s *Scenario, line *phone.Line, senses Senses) (Result, error) {
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	p := &session{scenario: s, customer: NewCustomer(s), senses: senses, line: line,
		heard: make(chan call.Body, 64), said: make(chan error, 1), stop: func() {}}
	var work sync.WaitGroup
	defer work.Wait()
	over := make(chan struct{})
	var farEnd bool
	work.Go(func() { farEnd = line.Run(ctx); close(over) })
	work.Go(func() { p.listen(ctx) })
	err := p.loop(ctx, over, &work)
	p.stop()
	hangUp()
	<-over
	if p.result.Why == "" && farEnd {
		p.result.Why = "trainee"
	}
	p.result.Content, p.result.Mood, p.result.Happened = p.customer.Content(), p.customer.Curve(), p.customer.Happened()
	return p.result, err
}

// listen feeds the loop with what the trainee says. A lost engine is taken up
// again: the customer has missed some words.
func (p *session) listen(ctx context.Context) {
	setup := speech.Setup{Party: call.Agent, Language: p.scenario.Language}
	for ctx.Err() == nil {
		err := p.senses.Hearing.Listen(ctx, setup, p.line.Heard, func(b call.Body) {
			select {
			case p.heard <- b:
			case <-ctx.Done():
			}
		})
		if err == nil || errors.Is(err, speech.ErrLanguage) {
			return
		}
		if w, ok := p.senses.Hearing.(speech.Waiter); ok {
			_ = w.Ready(ctx) // ends with ctx, which the loop looks at
		}
	}
}

func (p *session) loop(ctx context.Context, over <-chan struct{}, work *sync.WaitGroup) error {
	quiet := time.NewTimer(greeting)
	defer quiet.Stop()
	turn := time.NewTimer(time.Hour)
	defer turn.Stop()
	yield := time.NewTimer(time.Hour)
	defer yield.Stop()
	limit := time.NewTimer(2 * time.Duration(p.scenario.Minutes) * time.Minute)
	defer limit.Stop()
	for {
		var reply Reply
		answer := false
		select {
		case <-over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			reply, answer = p.customer.Tired(), true
		case b := <-p.heard:
			p.hear(b, turn, yield)
			quiet.Reset(p.patience())
		case <-yield.C:
			p.stop()
		case <-turn.C:
			reply, answer = p.answer(ctx), true
		case <-quiet.C:
			if !p.speaking && !p.trainee {
				reply, answer = p.silent(), true
			}
			quiet.Reset(p.patience())
		case err := <-p.said:
			p.speaking = false
			if p.leaving != "" {
				p.result.Why = p.leaving
				return nil
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("the customer lost the voice: %w", err)
			}
			quiet.Reset(p.patience())
			if len(p.pending) > 0 && !p.trainee {
				turn.Reset(turnGap)
			}
		}
		if answer {
			p.say(ctx, reply, work)
		}
	}
}

func (p *session) patience() time.Duration {
	if !p.customer.Opened() {
		return greeting
	}
	return p.scenario.Silence.After
}

// hear takes one thing heard of the trainee.
func (p *session) hear(b call.Body, turn, yield *time.Timer) {
	switch b := b.(type) {
	case call.Speech:
		p.trainee = b.On
		if b.On {
			turn.Stop()
			if p.speaking {
				yield.Reset(yieldAfter)
			}
			return
		}
		yield.Stop()
		if len(p.pending) > 0 && !p.speaking {
			turn.Reset(turnGap)
		}
	case call.Utterance:
		p.pending = append(p.pending, b.Text)
		p.result.Lines = append(p.result.Lines, Line{time.Duration(b.Start), "trainee", b.Text})
		if !p.speaking && !p.trainee {
			turn.Reset(turnGap)
		}
	}
}

// answer reacts to everything the trainee has said since the last turn.
func (p *session) answer(ctx context.Context) Reply {
	text := strings.Join(p.pending, " ")
	p.pending = nil
	var scores map[string]float64
	if p.senses.Meaning != nil {
		// Without scores the patterns decide; the customer understands less.
		scores, _ = p.senses.Meaning.Score(ctx, p.scenario.Language, text)
	}
	return p.customer.Hear(text, scores, p.line.Now())
}

func (p *session) silent() Reply {
	if !p.customer.Opened() {
		return p.customer.Open()
	}
	return p.customer.Silence(p.line.Now())
}

// say speaks a reply in the background; the loop hears of its end.
func (p *session) say(ctx context.Context, r Reply, work *sync.WaitGroup) {
	if r.Say == "" || p.speaking || p.leaving != "" {
		return
	}
	if r.HangUp {
		p.leaving = r.Why
	}
	ctx, p.stop = context.WithCancel(ctx)
	p.speaking = true
	p.result.Lines = append(p.result.Lines, Line{p.line.Now(), "customer", r.Say})
	work.Go(func() {
		pcm, err := p.senses.Voice.Speak(ctx, p.scenario.Language, p.scenario.Voice, r.Say)
		if err == nil {
			err = p.line.Say(ctx, pcm)
		}
		if errors.Is(err, phone.ErrOver) {
			err = nil
		}
		p.said <- err
	})
}
