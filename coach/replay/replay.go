// Package replay runs a finished call through the coach again.
//
// It exists so that an edit of a playbook is tried on past calls before it goes
// live, and so that a recording is coached by the very engine of a live call.
// It must give the same bytes for the same events and books, every time.
package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach"
)

const (
	// MaxLine is the size in bytes of one line.
	MaxLine = 4 << 20
	// MaxEvents is how many lines are read: several days of talk.
	MaxEvents = 2_000_000
)

// ErrLog is wrapped by every error about a log; the text names the line.
var ErrLog = errors.New("bad event log")

// Log is a call as read.
type Log struct {
	Events []call.Event // in order, positions never go back
	// Plain is a log without sequence numbers: only what was said. Voice activity
	// is made up from the times of the utterances and the end is added.
	Plain bool
	// Skipped counts lines of a type that this version does not know.
	Skipped int
}

// Scored tells whether the utterances carry scores of meaning.
func (l *Log) Scored() bool {
	return slices.ContainsFunc(l.Events, func(e call.Event) bool {
		u, ok := e.Body.(call.Utterance)
		return ok && u.Meaning != nil
	})
}

// Read reads JSON Lines: Sidetone's own log, or plain lines such as
// {"type":"utterance","party":"customer","start":1.2,"end":3.4,"text":"…"}.
func Read(r io.Reader) (*Log, error) {
	l := &Log{Plain: true}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), MaxLine)
	for n := 1; in.Scan(); n++ {
		line := bytes.TrimSpace(in.Bytes())
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(line) == 0 {
			continue
		}
		var e call.Event
		switch err := json.Unmarshal(line, &e); {
		case errors.Is(err, call.ErrUnknownEvent):
			l.Skipped++
			continue
		case err != nil:
			return nil, fmt.Errorf("%w: line %d: %w", ErrLog, n, err)
		}
		if err := check(e); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrLog, n, err)
		}
		if l.Events = append(l.Events, e); len(l.Events) > MaxEvents {
			return nil, fmt.Errorf("%w: more than %d lines", ErrLog, MaxEvents)
		}
		l.Plain = l.Plain && e.Seq == 0
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%w: line %d: %w", ErrLog, len(l.Events)+l.Skipped+1, err)
	}
	if len(l.Events) == 0 {
		return nil, fmt.Errorf("%w: no event in it; one JSON object per line is expected", ErrLog)
	}
	l.order()
	return l, nil
}

// maxAt bounds positions: a week.
const maxAt = call.Position(7 * 24 * 3600 * 1e9)

func check(e call.Event) error {
	if e.At < 0 || e.At > maxAt {
		return fmt.Errorf("position %v is not in a call", e.At.Seconds())
	}
	if u, ok := e.Body.(call.Utterance); ok {
		if u.End < u.Start || u.Start < 0 || u.End > maxAt {
			return fmt.Errorf("an utterance from %v to %v", u.Start.Seconds(), u.End.Seconds())
		}
		if u.Party == "" {
			return errors.New("an utterance needs its party: customer, agent or unknown")
		}
	}
	return nil
}

// order sorts a plain log and numbers it, and mends positions that go back.
func (l *Log) order() {
	if l.Plain {
		l.Events = voices(l.Events)
		for i := range l.Events {
			l.Events[i].Seq = uint64(i) + 1
		}
		return
	}
	last := call.Position(0)
	for i := range l.Events {
		last = max(last, l.Events[i].At)
		l.Events[i].At = last
	}
}

// voices adds what a plain log leaves out: when each voice was on, and the end.
func voices(events []call.Event) []call.Event {
	has := func(typ string) bool {
		return slices.ContainsFunc(events, func(e call.Event) bool { return e.Body.Type() == typ })
	}
	out := slices.Clone(events)
	if !has("speech") {
		for _, e := range events {
			if u, ok := e.Body.(call.Utterance); ok {
				out = append(out, call.Event{At: u.Start, Body: call.Speech{Party: u.Party, On: true}},
					call.Event{At: u.End, Body: call.Speech{Party: u.Party}})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b call.Event) int {
		if a.At != b.At {
			return int(min(1, max(-1, a.At-b.At)))
		}
		return rank(a.Body) - rank(b.Body)
	})
	if !has("ended") {
		out = append(out, call.Event{At: out[len(out)-1].At, Body: call.Ended{Ending: call.EndRecording}})
	}
	return out
}

// rank orders what happens at one position: a voice goes off, words are known, a
// voice comes on.
func rank(b call.Body) int {
	switch v := b.(type) {
	case call.Started, call.Answered:
		return 0
	case call.Speech:
		if v.On {
			return 4
		}
		return 1
	case call.Ended:
		return 5
	}
	return 2
}

// Run takes the events through a new coach and returns what it said: moments,
// advice, what was held back and why, the forecast. What a coach said before is
// left out of the events. Seq of the result continues the log's as it did live.
func Run(cfg coach.Config, events []call.Event) []call.Event {
	c := coach.New(cfg)
	var out []call.Event
	seq := uint64(0)
	add := func(at call.Position, b call.Body) {
		seq++
		out = append(out, call.Event{Seq: seq, At: at, Body: b})
	}
	for _, e := range events {
		if coach.Made(e.Body) {
			continue
		}
		for _, due := range c.Advance(e.At) {
			add(due.At, due.Body)
		}
		seq = max(seq, e.Seq)
		for _, b := range c.Observe(e) {
			add(e.At, b)
		}
	}
	return out
}
