package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/tap"
	"github.com/sidetone/sidetone/models/speech"
)

const (
	// meaningTime is how long an utterance may wait for its scores before it
	// goes on without.
	meaningTime = 250 * time.Millisecond
	// againMin and againMax bound the wait before a lost engine is tried again.
	againMin = 250 * time.Millisecond
	againMax = 5 * time.Second
)

// listener hears one party.
type listener struct {
	party    call.Party
	language string
	words    []string
	queue    *tap.Queue
	hearing  Hearing
	meaning  Meaning
	post     func(call.Body)

	meaningOff bool
	drops      uint64
}

// run hears until the queue closes or ctx ends. An engine that is lost is
// reported, waited for and taken up again at what is being said by then.
func (l *listener) run(ctx context.Context) {
	wait := againMin
	off := false
	for {
		if off {
			l.queue.Skip()
		}
		err := l.once(ctx, func() {
			if off {
				off, wait = false, againMin
				l.post(call.Part{Name: "hearing", Party: l.party, On: true})
			}
		})
		if err == nil || ctx.Err() != nil {
			return
		}
		if !off {
			off = true
			l.post(call.Part{Name: "hearing", Party: l.party, Why: err.Error()})
		}
		if errors.Is(err, speech.ErrLanguage) || !l.pause(ctx, wait) {
			return
		}
		wait = min(2*wait, againMax)
	}
}

// once listens until the engine or the party is gone. heard is called with the
// first thing heard, when the engine evidently works.
func (l *listener) once(ctx context.Context, heard func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v", r)
		}
	}()
	setup := speech.Setup{Party: l.party, Language: l.language, Vocabulary: l.words}
	return l.hearing.Listen(ctx, setup, l.queue, func(b call.Body) {
		heard()
		if u, ok := b.(call.Utterance); ok {
			u.Meaning = l.score(ctx, u.Text)
			b = u
		}
		l.post(b)
		if n := l.queue.Dropped(); n > l.drops {
			l.post(call.Dropped{Where: "hearing of the " + string(l.party), Count: n - l.drops})
			l.drops = n
		}
	})
}

// pause waits before the next try, less when the engine says it is back.
func (l *listener) pause(ctx context.Context, d time.Duration) bool {
	if w, ok := l.hearing.(speech.Waiter); ok {
		return w.Ready(ctx) == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	case <-l.queue.Closed():
		return false
	}
}

// score asks what an utterance resembles; the call does not wait long for it.
func (l *listener) score(ctx context.Context, text string) map[string]float64 {
	if l.meaning == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, meaningTime)
	defer cancel()
	scores, err := l.meaning.Score(ctx, l.language, text)
	if bad := err != nil; bad != l.meaningOff {
		l.meaningOff = bad
		part := call.Part{Name: "meaning", Party: l.party, On: !bad}
		if bad {
			part.Why = err.Error()
		}
		l.post(part)
	}
	return scores
}

// feeler runs one party's stress estimate.
type feeler struct {
	party   call.Party
	queue   *tap.Queue
	feeling Feeling
	post    func(call.Body)
	anew    atomic.Bool // somebody else may be speaking now: forget the baseline
}

// run feels until the queue closes or ctx ends.
func (f *feeler) run(ctx context.Context) {
	defer func() {
		if r := recover(); r != nil {
			f.post(call.Part{Name: "stress", Party: f.party, Why: fmt.Sprintf("internal error: %v", r)})
		}
	}()
	var frame media.Frame
	for f.queue.ReadFrame(ctx, &frame) == nil {
		if f.anew.Swap(false) {
			f.feeling.Reset()
		}
		for _, s := range f.feeling.Frame(&frame) {
			s.Party = f.party
			f.post(s)
		}
	}
}
