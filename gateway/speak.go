package gateway

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sidetone/sidetone/call"
)

const (
	// speakTime is how long a voice may take to speak one line.
	speakTime = 2 * time.Second
	// listenTime is how often a playing whisper is looked at.
	listenTime = 20 * time.Millisecond
)

// line is something to be said into the agent's ear.
type line struct {
	id, text, by string
	private      bool // the answer to a private advice
}

// event is what the log says about the line.
func (l line) event(state, why string) call.Whisper {
	return call.Whisper{ID: l.id, Text: l.text, By: l.by, State: state, Why: why, Private: l.private}
}

// player is the way into the agent's ear; relay.Whispered is one.
type player interface {
	Play(pcm []int16) uint64
	Stop()
	Done(id uint64) bool
}

// speaker whispers to one agent: one line at a time, a supervisor's before the
// coach's, none while muted.
type speaker struct {
	voice    Voice
	name     string // voice name
	language string
	ear      player
	post     func(call.Body)
	lines    chan line
	muted    atomic.Bool
}

// say queues a line. A full queue drops it and says so.
func (s *speaker) say(l line) {
	select {
	case s.lines <- l:
	default:
		s.post(l.event("dropped", "another whisper is waiting"))
	}
}

// advice whispers the ear form of an advice.
func (s *speaker) advice(a call.Advice) { s.say(line{a.ID, a.Ear, "coach", a.Private}) }

// mute silences the coach now and until woken; a supervisor is still heard.
func (s *speaker) mute(on bool) {
	s.muted.Store(on)
	if on {
		s.ear.Stop()
	}
}

// run speaks until ctx ends.
func (s *speaker) run(ctx context.Context) {
	for {
		select {
		case l := <-s.lines:
			s.speak(ctx, l)
		case <-ctx.Done():
			return
		}
	}
}

func (s *speaker) speak(ctx context.Context, l line) {
	if s.muted.Load() && l.by == "coach" {
		s.post(l.event("dropped", "the coach is muted"))
		return
	}
	pcm, err := s.sound(ctx, l.text)
	if err != nil {
		s.post(l.event("dropped", err.Error()))
		return
	}
	id := s.ear.Play(pcm)
	s.post(l.event("start", ""))
	s.await(ctx, id, len(pcm))
	s.post(l.event("stop", ""))
}

func (s *speaker) sound(ctx context.Context, text string) (pcm []int16, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("voice: internal error: %v", r)
		}
	}()
	if s.voice == nil {
		return nil, fmt.Errorf("voice: off")
	}
	ctx, cancel := context.WithTimeout(ctx, speakTime)
	defer cancel()
	return s.voice.Speak(ctx, s.language, s.name, text)
}

// await returns when the whisper is over. One that makes no progress (the
// agent's leg is gone) is stopped after twice its length.
func (s *speaker) await(ctx context.Context, id uint64, samples int) {
	ticker := time.NewTicker(listenTime)
	defer ticker.Stop()
	limit := time.After(2*time.Duration(samples)*time.Second/8000 + time.Second)
	for !s.ear.Done(id) {
		select {
		case <-ticker.C:
		case <-limit:
			s.ear.Stop()
			return
		case <-ctx.Done():
			s.ear.Stop()
			return
		}
	}
}
