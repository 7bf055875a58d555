package engines

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/speech/remote"
	"github.com/sidetone/sidetone/models/speech/speechtest"

	"github.com/sidetone/sidetone/internal/devdata"
)

// clip is the first 10 seconds of a store's answer.
func clip(t *testing.T) speechtest.Clip {
	t.Helper()
	f, err := wav.Open(devdata.Shared(t, "calls/store_stereo_ulaw.wav"))
	if err != nil {
		t.Fatal(err)
	}
	ch, err := f.Channel(0)
	if err != nil {
		t.Fatal(err)
	}
	defer ch.Close()
	c := speechtest.Clip{Rate: 8000, Word: "contacting"}
	var fr media.Frame
	for len(c.Samples) < 10*8000 {
		if err := ch.ReadFrame(context.Background(), &fr); err != nil {
			t.Fatal(err)
		}
		c.Samples = append(c.Samples, fr.Samples...)
	}
	return c
}

func TestLocalEngineKeepsTheSeam(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("suite", func(t *testing.T) {
		speechtest.Run(t, start(t).Speech, clip(t))
	})
}

// TestVoskServerKeepsTheSeam runs the suite through vosk-server's own protocol,
// with the embedded engine as the server's recogniser.
func TestVoskServerKeepsTheSeam(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("suite", func(t *testing.T) {
		srv := httptest.NewServer(&voskServer{t: t, eng: start(t).Speech})
		defer srv.Close()
		eng, err := remote.NewVosk(remote.Config{URL: strings.Replace(srv.URL, "http", "ws", 1), Languages: []string{"en"}})
		if err != nil {
			t.Fatal(err)
		}
		speechtest.Run(t, eng, clip(t))
	})
}

// voskServer speaks vosk-server's protocol: {"config":…}, then audio, each
// message answered by {"partial"} or {"text","result"}, {"eof":1} by the last.
type voskServer struct {
	t   *testing.T
	eng speech.Engine
}

func (v *voskServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	_, b, err := conn.Read(ctx)
	var hello struct {
		Config struct {
			Rate int `json:"sample_rate"`
		} `json:"config"`
	}
	if err != nil || json.Unmarshal(b, &hello) != nil || hello.Config.Rate == 0 {
		return
	}
	pipe := &pipeReader{rate: hello.Config.Rate, in: make(chan []int16)}
	var mu sync.Mutex
	var answers [][]byte
	var hearing sync.WaitGroup
	hearing.Go(func() {
		_ = v.eng.Listen(ctx, speech.Setup{Party: call.Customer, Language: "en"}, pipe, func(b call.Body) {
			if a := voskAnswer(b); a != nil {
				mu.Lock()
				answers = append(answers, a)
				mu.Unlock()
			}
		})
	})
	defer hearing.Wait()
	defer cancel()
	take := func() []byte {
		mu.Lock()
		defer mu.Unlock()
		if len(answers) == 0 {
			return []byte(`{"partial" : ""}`)
		}
		a := answers[0]
		answers = answers[1:]
		return a
	}
	for {
		kind, b, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if kind == websocket.MessageText { // eof
			close(pipe.in)
			hearing.Wait()
			mu.Lock()
			last := []byte(`{"text" : ""}`)
			for _, a := range answers {
				if strings.Contains(string(a), `"text"`) {
					last = a
				}
			}
			mu.Unlock()
			_ = conn.Write(ctx, websocket.MessageText, last)
			conn.Close(websocket.StatusNormalClosure, "")
			return
		}
		samples := make([]int16, len(b)/2)
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		select {
		case pipe.in <- samples:
		case <-ctx.Done():
			return
		}
		if conn.Write(ctx, websocket.MessageText, take()) != nil {
			return
		}
	}
}

func voskAnswer(b call.Body) []byte {
	type word struct {
		Word  string  `json:"word"`
		Start float64 `json:"start"`
		End   float64 `json:"end"`
		Conf  float64 `json:"conf"`
	}
	switch b := b.(type) {
	case call.Partial:
		out, _ := json.Marshal(map[string]string{"partial": b.Text})
		return out
	case call.Utterance:
		var words []word
		for _, w := range b.Words {
			words = append(words, word{w.Text, w.Start.Seconds(), w.End.Seconds(), w.Confidence})
		}
		out, _ := json.Marshal(map[string]any{"text": b.Text, "result": words})
		return out
	}
	return nil
}

// pipeReader cuts what comes into 20 ms frames.
type pipeReader struct {
	rate int
	in   chan []int16
	rest []int16
	at   time.Duration
}

func (p *pipeReader) ReadFrame(ctx context.Context, f *media.Frame) error {
	n := p.rate / 50
	for len(p.rest) < n {
		select {
		case s, ok := <-p.in:
			if !ok {
				return media.ErrClosed
			}
			p.rest = append(p.rest, s...)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.At, f.Rate = p.at, p.rate
	f.Samples = append(f.Samples[:0], p.rest[:n]...)
	p.rest = p.rest[n:]
	p.at += media.FrameTime
	return nil
}
