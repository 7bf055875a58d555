// Package recording hears finished recordings: each channel through a speech
// engine, the parties told apart, the turns in the order they were spoken.
//
// It exists so that transcribe, analyze and the simulation's examiner hear a file
// in the same way. It must never hold a whole recording in memory.
package recording

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/speech"
)

// Options say how a recording is to be heard.
type Options struct {
	Language     string // BCP 47; default "en"
	AgentChannel int    // the agent's channel of two, counted from 1; default 2
	Vocabulary   []string
	// Progress is told the share (0..1) heard so far, from one goroutine at a time.
	Progress func(share float64)
}

// Default is left = customer, right = agent.
func Default() Options { return Options{Language: "en", AgentChannel: 2} }

// ErrChannels is wrapped when a recording has neither one nor two channels.
var ErrChannels = errors.New("a recording has one channel, or one per party")

// Party names the voice on a channel.
func (o Options) Party(channel, channels int) call.Party {
	switch {
	case channels == 1:
		return call.Unknown
	case channel == o.AgentChannel-1:
		return call.Agent
	}
	return call.Customer
}

// Check rejects what cannot be heard, before any work is done.
func (o Options) Check(f *wav.File) error {
	if f.Channels() > 2 {
		return fmt.Errorf("%s: %w; it has %d", f.Path(), ErrChannels, f.Channels())
	}
	if f.Channels() == 2 && o.AgentChannel != 1 && o.AgentChannel != 2 {
		return fmt.Errorf("%s has no channel %d; give 1 or 2 as the agent's channel", f.Path(), o.AgentChannel)
	}
	return nil
}

// Events hears f and returns what happened on all channels, ordered by position;
// Seq is 0. Engines that do not tell positions get those of their utterances.
func Events(ctx context.Context, eng speech.Engine, f *wav.File, o Options) ([]call.Event, error) {
	if err := o.Check(f); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &progress{total: f.Duration() * time.Duration(f.Channels()), tell: o.Progress}
	events := make([][]call.Event, f.Channels())
	errs := make([]error, f.Channels())
	var all sync.WaitGroup
	for i := range f.Channels() {
		all.Go(func() {
			events[i], errs[i] = channel(ctx, eng, f, i, o, p)
			if errs[i] != nil {
				cancel() // one half of a conversation is no result
			}
		})
	}
	all.Wait()
	if err := first(errs); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path(), err)
	}
	out := slices.Concat(events...)
	slices.SortStableFunc(out, func(a, b call.Event) int { return int(a.At - b.At) })
	return out, nil
}

// first is the error that made the others: not the cancelling it led to.
func first(errs []error) error {
	var out error
	for _, err := range errs {
		if out == nil || errors.Is(out, context.Canceled) && err != nil {
			out = err
		}
	}
	return out
}

// Utterances hears f and returns the turns in the order they began.
func Utterances(ctx context.Context, eng speech.Engine, f *wav.File, o Options) ([]call.Utterance, error) {
	events, err := Events(ctx, eng, f, o)
	if err != nil {
		return nil, err
	}
	out := []call.Utterance{}
	for _, e := range events {
		if u, ok := e.Body.(call.Utterance); ok {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b call.Utterance) int { return int(a.Start - b.Start) })
	return out, nil
}

// attempts at a channel when the engine is lost half-way.
const attempts = 3

func channel(ctx context.Context, eng speech.Engine, f *wav.File, i int, o Options, p *progress) ([]call.Event, error) {
	setup := speech.Setup{Party: o.Party(i, f.Channels()), Language: o.Language, Vocabulary: o.Vocabulary}
	var err error
	for range attempts {
		var events []call.Event
		if events, err = once(ctx, eng, f, i, setup, p); err == nil {
			return events, nil
		}
		if !errors.Is(err, speech.ErrLost) {
			break
		}
	}
	return nil, err
}

func once(ctx context.Context, eng speech.Engine, f *wav.File, i int, s speech.Setup, p *progress) ([]call.Event, error) {
	ch, err := f.Channel(i)
	if err != nil {
		return nil, err
	}
	defer ch.Close()
	src := &counted{Reader: ch, p: p}
	defer src.takeBack(&err)
	var out []call.Event
	if at, ok := eng.(speech.Positioned); ok {
		err = at.ListenAt(ctx, s, src, func(e call.Event) { out = append(out, e) })
		return out, err
	}
	err = eng.Listen(ctx, s, src, func(b call.Body) {
		if u, ok := b.(call.Utterance); ok {
			out = append(out, call.Event{At: u.End, Body: u})
		}
	})
	return out, err
}

// progress sums what all channels have read.
type progress struct {
	total time.Duration
	read  atomic.Int64
	mu    sync.Mutex
	told  int
	tell  func(float64)
}

func (p *progress) add(d time.Duration) {
	read := p.read.Add(int64(d))
	if p.tell == nil || p.total <= 0 {
		return
	}
	share := min(1, float64(read)/float64(p.total))
	p.mu.Lock()
	defer p.mu.Unlock()
	if percent := int(100 * share); percent > p.told {
		p.told = percent
		p.tell(share)
	}
}

// counted tells the progress of a reader.
type counted struct {
	media.Reader
	p    *progress
	read time.Duration
}

func (c *counted) ReadFrame(ctx context.Context, f *media.Frame) error {
	err := c.Reader.ReadFrame(ctx, f)
	if err == nil {
		c.read += media.FrameTime
		c.p.add(media.FrameTime)
	}
	return err
}

// takeBack uncounts what a failed attempt read.
func (c *counted) takeBack(err *error) {
	if *err != nil {
		c.p.read.Add(int64(-c.read))
	}
}
