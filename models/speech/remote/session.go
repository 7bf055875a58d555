package remote

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/speech/turn"
	"github.com/sidetone/sidetone/models/vad"
)

// chunkFrames go to the server in one message: 100 ms.
const chunkFrames = 5

// unanswered messages allowed before we wait: one second.
const unanswered = 10

// session is one stream's state; one goroutine.
type session struct {
	party  call.Party
	sink   func(call.Event)
	clock  *turn.Clock
	stable turn.Stability
	det    *vad.Detector

	end     time.Duration // position after the last frame
	started time.Duration // where the present utterance's audio began
	guess   string
	waiting int // messages the server has not answered
}

func newSession(party call.Party, sink func(call.Event)) *session {
	return &session{party: party, sink: sink}
}

// talk sends audio and takes answers until the source ends and the last answer
// is there.
func (v *Vosk) talk(ctx context.Context, conn *websocket.Conn, src media.Reader, ses *session, answers <-chan answer) error {
	var f media.Frame
	var buf []byte
	frames, rate := 0, 0
	for {
		err := src.ReadFrame(ctx, &f)
		if errors.Is(err, media.ErrClosed) {
			break
		}
		if err != nil {
			return err
		}
		if rate == 0 {
			rate = f.Rate
			if err := ses.begin(rate, f.At); err != nil {
				return fmt.Errorf("%w: %w", speech.ErrEngine, err)
			}
			hello, _ := json.Marshal(map[string]any{"config": map[string]any{"sample_rate": rate, "words": true}})
			if err := v.write(ctx, conn, websocket.MessageText, hello); err != nil {
				return err
			}
		}
		if f.Rate != rate {
			return fmt.Errorf("%w: the sample rate changed in mid-stream", speech.ErrEngine)
		}
		if err := ses.frame(&f); err != nil {
			return fmt.Errorf("%w: %w", speech.ErrEngine, err)
		}
		for _, s := range f.Samples {
			buf = binary.LittleEndian.AppendUint16(buf, uint16(s))
		}
		if frames++; frames%chunkFrames != 0 {
			continue
		}
		if err := v.exchange(ctx, conn, buf, ses, answers); err != nil {
			return err
		}
		buf = buf[:0]
	}
	if rate == 0 {
		return nil // nothing was ever said
	}
	return v.finish(ctx, conn, buf, ses, answers)
}

// exchange sends one message and takes whatever answers are there, waiting only
// when the server is a second behind.
func (v *Vosk) exchange(ctx context.Context, conn *websocket.Conn, pcm []byte, ses *session, answers <-chan answer) error {
	if err := v.write(ctx, conn, websocket.MessageBinary, pcm); err != nil {
		return err
	}
	ses.waiting++
	for {
		select {
		case a, ok := <-answers:
			if !ok {
				return errEnded
			}
			ses.take(a)
			continue
		default:
		}
		if ses.waiting < unanswered {
			return nil
		}
		if err := v.next(ctx, ses, answers); err != nil {
			return err
		}
	}
}

// next waits for one answer.
func (v *Vosk) next(ctx context.Context, ses *session, answers <-chan answer) error {
	t := time.NewTimer(v.cfg.Answer)
	defer t.Stop()
	select {
	case a, ok := <-answers:
		if !ok {
			return errEnded
		}
		ses.take(a)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return v.lost(ctx, "listen", fmt.Errorf("no answer for %v", v.cfg.Answer))
	}
}

func (v *Vosk) write(ctx context.Context, conn *websocket.Conn, kind websocket.MessageType, b []byte) error {
	wctx, cancel := context.WithTimeout(ctx, v.cfg.Answer)
	defer cancel()
	if err := conn.Write(wctx, kind, b); err != nil {
		return v.lost(ctx, "send", err)
	}
	return nil
}

// finish sends the rest and the end mark, and takes answers until all are in.
func (v *Vosk) finish(ctx context.Context, conn *websocket.Conn, rest []byte, ses *session, answers <-chan answer) error {
	if len(rest) > 0 {
		if err := v.exchange(ctx, conn, rest, ses, answers); err != nil {
			return err
		}
	}
	if err := v.write(ctx, conn, websocket.MessageText, []byte(`{"eof" : 1}`)); err != nil {
		return err
	}
	ses.waiting++ // the end mark is answered with the final result
	for ses.waiting > 0 {
		if err := v.next(ctx, ses, answers); err != nil {
			return err
		}
	}
	ses.close()
	return nil
}

func (s *session) begin(rate int, at time.Duration) error {
	s.clock = turn.NewClock(rate)
	s.started = at
	det, err := vad.New(vad.Energy{Rate: rate}, rate, vad.Config{})
	s.det = det
	return err
}

func (s *session) frame(f *media.Frame) error {
	s.end = f.At + media.FrameTime
	s.clock.Mark(f.At)
	s.clock.Advance(len(f.Samples))
	edge, err := s.det.Push(f.Samples, f.Gap)
	if err != nil {
		return err
	}
	switch edge.Kind {
	case vad.On:
		s.started = max(s.started, s.end-edge.Ago)
		s.emit(call.Speech{Party: s.party, On: true})
	case vad.Off:
		s.emit(call.Speech{Party: s.party})
	}
	return nil
}

func (s *session) emit(b call.Body) {
	s.sink(call.Event{At: position(s.end), Body: b})
}

func (s *session) take(a answer) {
	s.waiting--
	if a.Text != nil {
		s.utter(a)
		return
	}
	text := strings.TrimSpace(*a.Partial)
	if text == "" || text == s.guess {
		return
	}
	s.guess = text
	s.emit(call.Partial{Party: s.party, Start: position(s.started), End: position(s.end), Text: text, Stable: s.stable.See(text, s.end)})
}

func (s *session) utter(a answer) {
	start := s.started
	s.guess, s.started = "", s.end
	s.stable.Reset()
	text := strings.TrimSpace(*a.Text)
	if text == "" {
		return
	}
	u := call.Utterance{Party: s.party, Start: position(start), End: position(s.end), Text: text}
	for _, w := range a.Result {
		u.Words = append(u.Words, call.Word{Text: w.Word, Start: position(s.clock.At(w.Start)), End: position(s.clock.At(w.End)), Confidence: min(max(w.Conf, 0), 1)})
		u.Confidence += min(max(w.Conf, 0), 1)
	}
	if n := len(u.Words); n > 0 {
		u.Start, u.End = u.Words[0].Start, u.Words[n-1].End
		u.Confidence /= float64(n)
	}
	s.emit(u)
}

// close ends a turn that the source cut off.
func (s *session) close() {
	if s.det != nil && s.det.Speaking() {
		s.emit(call.Speech{Party: s.party})
	}
}

func position(d time.Duration) call.Position { return call.Position(d.Round(time.Millisecond)) }
