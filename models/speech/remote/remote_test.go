package remote

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/speech/speechtest"
)

func engine(t *testing.T, url string) *Vosk {
	t.Helper()
	v, err := NewVosk(Config{URL: strings.Replace(url, "http", "ws", 1), Languages: []string{"zh"},
		Answer: 100 * time.Millisecond, Dial: time.Second, BackOff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// serve answers each message of a connection with what answer says; "" is silence.
func serve(t *testing.T, answer func(n int, kind websocket.MessageType, b []byte) string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for n := 0; ; n++ {
			kind, b, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			if a := answer(n, kind, b); a == "close" {
				return
			} else if a != "" && conn.Write(r.Context(), websocket.MessageText, []byte(a)) != nil {
				return
			}
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func source(seconds int) *speechtest.Source {
	return &speechtest.Source{Rate: 8000, Samples: make([]int16, 8000*seconds)}
}

func TestChineseTurnsComeWithTheirTimes(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	srv := serve(t, func(n int, kind websocket.MessageType, b []byte) string {
		switch {
		case n == 0:
			if string(b) != `{"config":{"sample_rate":8000,"words":true}}` {
				t.Errorf("the server is greeted with %s", b)
			}
			return ""
		case kind == websocket.MessageText:
			if string(b) != `{"eof" : 1}` {
				t.Errorf("the end is %s", b)
			}
			return `{"text" : ""}`
		case n == 10:
			return `{"partial" : "我 要 退"}`
		case n == 20:
			return `{"result":[{"conf":0.9,"start":0.3,"end":0.6,"word":"我要"},{"conf":0.7,"start":0.6,"end":1.2,"word":"退款"}],"text":"我要 退款"}`
		}
		return `{"partial" : ""}`
	})
	defer srv.Close()
	src := source(4)
	src.From = 50 * time.Second
	var got []call.Body
	err := engine(t, srv.URL).Listen(context.Background(), speech.Setup{Party: call.Customer, Language: "zh-CN"}, src, func(b call.Body) { got = append(got, b) })
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	u, ok := got[1].(call.Utterance)
	if !ok || u.Text != "我要 退款" || u.Start != call.Seconds(50.3) || u.End != call.Seconds(51.2) || len(u.Words) != 2 || u.Confidence < 0.79 || u.Confidence > 0.81 {
		t.Errorf("%+v", got[1])
	}
}

func TestBadServersGiveOneError(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>hello</html>")) }))
	defer html.Close()
	cases := map[string]struct {
		url  string
		want error
	}{
		"nobody":       {"ws://127.0.0.1:1", speech.ErrLost},
		"a web page":   {html.URL, speech.ErrLost},
		"garbage":      {serve(t, func(int, websocket.MessageType, []byte) string { return "<html>" }).URL, speech.ErrEngine},
		"other json":   {serve(t, func(int, websocket.MessageType, []byte) string { return `{"error":"no"}` }).URL, speech.ErrEngine},
		"silence":      {serve(t, func(int, websocket.MessageType, []byte) string { return "" }).URL, speech.ErrLost},
		"hanging up":   {serve(t, func(n int, _ websocket.MessageType, _ []byte) string { return []string{"", "close"}[min(n, 1)] }).URL, speech.ErrLost},
		"a huge reply": {serve(t, func(int, websocket.MessageType, []byte) string { return strings.Repeat("x", maxAnswer+10) }).URL, speech.ErrLost},
	}
	for name, c := range cases {
		v := engine(t, c.url)
		for range 3 { // again and again: each time one error, after a pause
			err := v.Listen(context.Background(), speech.Setup{Party: call.Agent, Language: "zh"}, source(3), func(call.Body) {})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestBackOffObeysTheContext(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	v := engine(t, "ws://127.0.0.1:1")
	v.note(speech.ErrLost)
	v.notUntil = time.Now().Add(time.Hour)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := v.Listen(ctx, speech.Setup{Language: "zh"}, source(1), func(call.Body) {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{{}, {URL: "http://x", Languages: []string{"zh"}}, {URL: "ws://x"}} {
		if _, err := NewVosk(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
