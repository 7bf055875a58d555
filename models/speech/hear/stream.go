// Package hear is the inside of the hearing worker: voice activity and a
// streaming recogniser for each stream, models loaded once and shared.
//
// It exists to run in a worker process; the gateway must never import the
// native engines' results any other way than over the worker's socket.
package hear

import (
	"errors"
	"strings"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/resample"
	"github.com/sidetone/sidetone/models/speech/turn"
	"github.com/sidetone/sidetone/models/speech/vosk"
	"github.com/sidetone/sidetone/models/vad"
)

// Recogniser turns 16 kHz audio into words; *vosk.Recogniser is one.
type Recogniser interface {
	Accept(pcm []int16) (end bool, err error)
	Partial() (string, error)
	Result() (vosk.Result, error)
	Close()
}

const (
	recogniserRate = vosk.Rate
	// partialEvery is the audio between two looks at the present guess.
	partialEvery = 100 * time.Millisecond
	// keep is the pre-roll held while nobody speaks.
	keep = 600 * time.Millisecond
	// longest turn before it is cut, so that nobody waits for words.
	longest = 25 * time.Second
)

// Stream hears one party; not safe for concurrent use.
type Stream struct {
	party call.Party
	make  func() (Recogniser, error)
	sink  func(call.Event) error
	det   *vad.Detector
	rate  int

	up    *resample.Resampler
	rec   Recogniser // made at the first speech: a silent party costs no memory
	buf   []int16
	past  past
	clock *turn.Clock

	inTurn  bool
	began   time.Duration // position of the turn's first audio
	end     time.Duration // position after the last frame
	since   time.Duration // audio since the last look at the guess
	guess   string
	stable  turn.Stability
	started time.Duration // where the present utterance's audio began
}

// NewStream makes a stream whose events go to sink, in order, each with the
// position of the audio that showed it. newRec is called when the first speech
// comes.
func NewStream(party call.Party, rate int, det *vad.Detector, newRec func() (Recogniser, error), sink func(call.Event) error) (*Stream, error) {
	up, err := resample.New(rate, recogniserRate)
	if err != nil {
		return nil, err
	}
	return &Stream{party: party, make: newRec, sink: sink, det: det, rate: rate, up: up, clock: turn.NewClock(recogniserRate)}, nil
}

// ErrRate is returned when the rate of a stream changes half-way.
var ErrRate = errors.New("the sample rate changed in mid-stream")

// Push takes the next frame.
func (s *Stream) Push(f *media.Frame) error {
	if f.Rate != s.rate {
		return ErrRate
	}
	s.end = f.At + time.Duration(len(f.Samples))*time.Second/time.Duration(s.rate)
	edge, err := s.det.Push(f.Samples, f.Gap)
	if err != nil {
		return err
	}
	if edge.Kind == vad.On {
		if err := s.begin(edge.Ago); err != nil {
			return err
		}
	}
	if !s.inTurn {
		s.past.push(f)
		return nil
	}
	if err := s.feed(f); err != nil {
		return err
	}
	if edge.Kind == vad.Off {
		return s.finish()
	}
	return nil
}

// Close flushes what is being said and frees the recogniser.
func (s *Stream) Close() error {
	var err error
	if s.inTurn {
		// The recogniser looks ahead: give it the quiet a pause would have.
		err = s.accept(make([]int16, recogniserRate/2))
		err = errors.Join(err, s.finish())
	}
	if s.rec != nil {
		s.rec.Close()
		s.rec = nil
	}
	return err
}

func (s *Stream) begin(ago time.Duration) error {
	if s.rec == nil {
		rec, err := s.make()
		if err != nil {
			return err
		}
		s.rec = rec
	}
	s.inTurn = true
	s.up.Reset()
	s.began = max(0, s.end-ago)
	s.started, s.since, s.guess = s.began, 0, ""
	s.stable.Reset()
	if err := s.emit(call.Speech{Party: s.party, On: true}); err != nil {
		return err
	}
	for f := range s.past.frames() {
		if f.At+media.FrameTime > s.began {
			if err := s.feed(f); err != nil {
				return err
			}
		}
	}
	s.past.clear()
	return nil
}

func (s *Stream) feed(f *media.Frame) error {
	s.clock.Mark(f.At)
	s.buf = s.up.Push(s.buf[:0], f.Samples)
	if err := s.accept(s.buf); err != nil {
		return err
	}
	s.since += media.FrameTime
	if s.since < partialEvery {
		return nil
	}
	s.since = 0
	return s.partial()
}

func (s *Stream) accept(pcm []int16) error {
	end, err := s.rec.Accept(pcm)
	if err != nil {
		return err
	}
	s.clock.Advance(len(pcm))
	if end || s.end-s.started > longest {
		return s.utter()
	}
	return nil
}

func (s *Stream) partial() error {
	text, err := s.rec.Partial()
	if err != nil || text == "" || text == s.guess {
		s.stable.See(s.guess, s.end)
		return err
	}
	s.guess = text
	return s.emit(call.Partial{
		Party: s.party, Start: position(s.started), End: position(s.end),
		Text: text, Stable: s.stable.See(text, s.end),
	})
}

// finish ends the turn.
func (s *Stream) finish() error {
	s.inTurn = false
	if err := s.emit(call.Speech{Party: s.party}); err != nil {
		return err
	}
	return s.utter()
}

// utter takes the words heard so far as an utterance.
func (s *Stream) utter() error {
	res, err := s.rec.Result()
	if err != nil {
		return err
	}
	start := s.started
	s.started, s.guess = s.end, ""
	s.stable.Reset()
	text := strings.TrimSpace(res.Text)
	if text == "" {
		s.clock.Trim()
		return nil
	}
	u := call.Utterance{Party: s.party, Start: position(start), End: position(s.end), Text: text}
	for _, w := range res.Words {
		u.Words = append(u.Words, call.Word{
			Text: w.Text, Start: position(s.clock.At(w.Start)), End: position(s.clock.At(w.End)),
			Confidence: round3(w.Confidence),
		})
		u.Confidence += w.Confidence
	}
	if n := len(u.Words); n > 0 {
		u.Start, u.End = u.Words[0].Start, u.Words[n-1].End
		u.Confidence = round3(u.Confidence / float64(n))
	}
	s.clock.Trim()
	return s.emit(u)
}

func (s *Stream) emit(b call.Body) error {
	return s.sink(call.Event{At: position(s.end), Body: b})
}

func position(d time.Duration) call.Position {
	return call.Position(d.Round(time.Millisecond))
}

func round3(v float64) float64 { return float64(int(v*1000+0.5)) / 1000 }
