package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/web"
)

// signIn returns the session cookie of mei.
func (s *site) signIn() string {
	s.t.Helper()
	status, h, body := s.do("POST", "/api/session", "", `{"name":"mei","password":"`+goodPassword+`"}`)
	if status != 200 || !strings.Contains(body, `"permissions"`) {
		s.t.Fatalf("sign in: %d %s", status, body)
	}
	set := h.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="} {
		if !strings.Contains(set, want) {
			s.t.Errorf("cookie %q lacks %s", set, want)
		}
	}
	cookie, _, _ := strings.Cut(set, ";")
	return cookie
}

func TestSessions(t *testing.T) {
	s := newSite(t)
	cookie := s.signIn()
	me := s.wants(200, "GET", "/api/me", "", "", "Cookie", cookie)
	if !strings.Contains(me, `"mei"`) || !strings.Contains(me, `"answer"`) || strings.Contains(me, "password") {
		t.Errorf("me is %s", me)
	}
	s.clock = s.clock.Add(15 * time.Hour)
	s.wants(401, "GET", "/api/me", "", "", "Cookie", cookie)
	cookie = s.signIn()
	s.wants(204, "DELETE", "/api/session", "", "", "Cookie", cookie)
	s.wants(401, "GET", "/api/me", "", "", "Cookie", cookie)
	s.wants(204, "DELETE", "/api/session", "", "")

	cookie = s.signIn()
	s.wants(401, "POST", "/api/me/password", "", `{"old":"wrong","new":"another long one"}`, "Cookie", cookie)
	s.wants(422, "POST", "/api/me/password", "", `{"old":"`+goodPassword+`","new":"short"}`, "Cookie", cookie)
	s.wants(204, "POST", "/api/me/password", "", `{"old":"`+goodPassword+`","new":"another long one"}`, "Cookie", cookie)
	s.wants(401, "GET", "/api/me", "", "", "Cookie", cookie) // every session ends
}

func TestGuessingPasswordsIsSlow(t *testing.T) {
	s := newSite(t)
	try := func(name, password string) int {
		status, _, _ := s.do("POST", "/api/session", "", `{"name":"`+name+`","password":"`+password+`"}`)
		return status
	}
	var got []int
	for range 7 {
		got = append(got, try("mei", "guess"))
	}
	if fmt.Sprint(got) != "[401 401 401 401 401 401 429]" {
		t.Errorf("tries gave %v", got)
	}
	if status := try("mei", goodPassword); status != 429 {
		t.Errorf("the right password past the limit gave %d", status)
	}
	_, h, _ := s.do("POST", "/api/session", "", `{"name":"mei","password":"x"}`)
	if h.Get("Retry-After") != "10" {
		t.Errorf("Retry-After is %q", h.Get("Retry-After"))
	}
	s.clock = s.clock.Add(11 * time.Second)
	if status := try("mei", goodPassword); status != 200 {
		t.Errorf("after waiting: %d", status)
	}
}

// Another site makes the browser of someone signed in send a request.
func TestOtherSitesCannotAct(t *testing.T) {
	s := newSite(t)
	cookie := s.signIn()
	s.live("c1", "mei", call.Started{})
	const path, body = "/api/calls/c1/mute", `{"on":true}`
	s.wants(403, "POST", path, "", body, "Cookie", cookie, "Sec-Fetch-Site", "cross-site")
	s.wants(403, "POST", path, "", body, "Cookie", cookie, "Origin", "http://evil.test")
	s.wants(403, "POST", "/api/session", "", body, "Sec-Fetch-Site", "same-site")
	if len(s.gateway.acts) != 0 {
		t.Fatalf("acts are %v", s.gateway.acts)
	}
	s.wants(200, "POST", path, "", body, "Cookie", cookie, "Sec-Fetch-Site", "same-origin", "Origin", s.URL)
	status, _, _ := s.do("GET", "/api/live", "", "", "Cookie", cookie, "Origin", "http://evil.test", "Connection", "Upgrade",
		"Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	if status != 403 {
		t.Errorf("a socket from another site: %d", status)
	}
}

func TestActions(t *testing.T) {
	s := newSite(t)
	s.live("c1", "mei", call.Started{})
	s.wants(200, "POST", "/api/calls/c1/whisper", "sue", `{"text":"  offer\n\ta refund "}`)
	s.wants(200, "POST", "/api/calls/c1/mute", "mei", `{"on":true}`)
	s.wants(200, "POST", "/api/calls/c1/advice/a1/feedback", "mei", `{"verdict":"later"}`)
	s.wants(200, "POST", "/api/calls/c1/hangup", "ada", ``)
	want := "[c1 sue web.Whisper{Text:offer a refund} c1 mei web.Mute{On:true} " +
		"c1 mei web.Feedback{Advice:a1 Verdict:later} c1 ada web.HangUp{}]"
	if got := fmt.Sprint(s.gateway.acts); got != want {
		t.Errorf("acts are\n%s, want\n%s", got, want)
	}
	audit := s.wants(200, "GET", "/api/audit", "ada", "")
	if !strings.Contains(audit, "offer a refund") || !strings.Contains(audit, "hang up") {
		t.Errorf("audit is %s", audit)
	}
	for err, status := range map[error]int{web.ErrNotLive: 409, web.ErrBusy: 503,
		fmt.Errorf("no voice: install flite: %w", web.ErrOff): 503, errors.New("secret path"): 500} {
		s.gateway.refuse = err
		answer := s.wants(status, "POST", "/api/calls/c1/whisper", "sue", `{"text":"hello"}`)
		if strings.Contains(answer, "secret") || (errors.Is(err, web.ErrOff) && !strings.Contains(answer, "install flite")) {
			t.Errorf("%v was told as %s", err, answer)
		}
	}
}

func TestBadInput(t *testing.T) {
	s := newSite(t)
	s.live("c1", "mei", call.Started{})
	for _, c := range []struct {
		status             int
		method, path, body string
	}{
		{422, "POST", "/api/calls/c1/whisper", `{"text":""}`},
		{422, "POST", "/api/calls/c1/whisper", `{"text":" \u0000 … "}`},
		{422, "POST", "/api/calls/c1/whisper", `{"text":"` + strings.Repeat("长", 301) + `"}`},
		{422, "POST", "/api/calls/c1/whisper", `{}`},
		{422, "POST", "/api/calls/c1/whisper", `{"text":7}`},
		{422, "POST", "/api/calls/c1/whisper", `{"text":"hi","loud":true}`},
		{400, "POST", "/api/calls/c1/whisper", `{"text":`},
		{413, "POST", "/api/calls/c1/whisper", `{"text":"` + strings.Repeat("x", 70<<10) + `"}`},
		{422, "GET", "/api/calls?limit=9999", ""},
		{422, "GET", "/api/calls?state=dead", ""},
		{422, "GET", "/api/calls?from=yesterday", ""},
		{404, "GET", "/api/calls/..%2f..%2fetc%2fpasswd", ""},
		{404, "GET", "/api/calls/" + strings.Repeat("x", 60) + "/recording.wav", ""},
		{422, "GET", "/api/calls/c1/live?from=x", ""},
		{404, "GET", "/api/nothing", ""},
		{405, "POST", "/api/calls", "{}"},
		{422, "PUT", "/api/users/a%20b", `{"role":"agent"}`},
		{422, "PUT", "/api/users/x", `{"role":"king"}`},
		{422, "PUT", "/api/users/x", `{"role":"agent","password":"short"}`},
		{404, "DELETE", "/api/users/nobody", ""},
		{409, "DELETE", "/api/users/ada", ""},
		{404, "DELETE", "/api/tokens/nothing", ""},
		{404, "POST", "/api/tokens", `{"role":"agent","user":"nobody"}`},
	} {
		answer := s.wants(c.status, c.method, c.path, "ada", c.body)
		if len(decode[struct{ Detail string }](t, answer).Detail) < 10 {
			t.Errorf("%s %s: says nothing: %s", c.method, c.path, answer)
		}
	}
	if _, err := s.store.User(t.Context(), "x"); err == nil {
		t.Error("a user was made by a request that was refused")
	}
	if len(s.gateway.acts) != 0 {
		t.Errorf("acts are %v", s.gateway.acts)
	}
}

func TestUsersAndTokens(t *testing.T) {
	s := newSite(t)
	s.wants(200, "PUT", "/api/users/%E7%8E%8B%E8%8A%B3", "ada", `{"role":"agent","display":"王芳","password":"`+goodPassword+`"}`)
	s.wants(200, "POST", "/api/session", "", `{"name":"王芳","password":"`+goodPassword+`"}`)
	made := decode[struct{ ID, Secret string }](t, s.wants(200, "POST", "/api/tokens", "ada", `{"role":"qc","name":"dashboard"}`))
	s.tokens["dash"] = made.Secret
	s.wants(200, "GET", "/api/calls", "dash", "")
	if strings.Contains(s.wants(200, "GET", "/api/tokens", "ada", ""), made.Secret) {
		t.Error("a token's secret was shown again")
	}
	s.wants(204, "DELETE", "/api/tokens/"+made.ID, "ada", "")
	s.wants(401, "GET", "/api/calls", "dash", "")
	s.wants(204, "DELETE", "/api/users/%E7%8E%8B%E8%8A%B3", "ada", "")
	if users := s.wants(200, "GET", "/api/users", "ada", ""); strings.Contains(users, "argon2") {
		t.Error("digests were shown")
	}
}

func TestEventsAndRecording(t *testing.T) {
	s := newSite(t)
	s.finished("c1", "mei")
	doc := decode[struct{ Events []call.Event }](t, s.wants(200, "GET", "/api/calls/c1/events?from=3", "mei", ""))
	if len(doc.Events) != 598 || doc.Events[0].Seq != 3 {
		t.Errorf("%d events came", len(doc.Events))
	}
	lines := s.wants(200, "GET", "/api/calls/c1/events?format=lines", "mei", "")
	if strings.Count(lines, "\n") != 600 {
		t.Errorf("%d lines came", strings.Count(lines, "\n"))
	}
	s.wants(404, "GET", "/api/calls/c1/recording.wav", "mei", "")
	path, err := s.store.RecordingPath("c1")
	s.must(err)
	s.must(os.WriteFile(path, []byte("RIFFabcdef"), 0o600))
	status, h, body := s.do("GET", "/api/calls/c1/recording.wav", "mei", "", "Range", "bytes=4-6")
	if status != http.StatusPartialContent || body != "abc" || h.Get("Content-Range") != "bytes 4-6/10" || h.Get("Content-Type") != "audio/wav" {
		t.Errorf("range gave %d %q %v", status, body, h)
	}
}

func TestPagesAndHeaders(t *testing.T) {
	s := newSite(t)
	_, h, page := s.do("GET", "/agent", "", "")
	csp := h.Get("Content-Security-Policy")
	_, nonce, _ := strings.Cut(page, "page ")
	if len(nonce) < 20 || !strings.Contains(csp, "'nonce-"+nonce+"'") || strings.Contains(csp, "unsafe") {
		t.Errorf("page %q has policy %q", page, csp)
	}
	for _, path := range []string{"/", "/api/health", "/assets/app-1.js", "/api/nothing"} {
		_, h, _ := s.do("GET", path, "", "")
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s has headers %v", path, h)
		}
	}
	if _, h, _ := s.do("GET", "/assets/app-1.js", "", ""); !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("assets have headers %v", h)
	}
	s.wants(200, "GET", "/metrics", "", "")
	if h := s.wants(200, "GET", "/api/health", "", ""); strings.Contains(h, "/usr/bin") || !strings.Contains(h, "degraded") {
		t.Errorf("health for nobody is %s", h)
	}
	if h := s.wants(200, "GET", "/api/health", "mei", ""); !strings.Contains(h, "/usr/bin/flite") {
		t.Errorf("health for mei is %s", h)
	}
	empty := newSite(t, func(c *web.Config) { c.Console = os.DirFS(t.TempDir()) })
	if status, _, page := empty.do("GET", "/", "", ""); status != 404 || !strings.Contains(page, "make build") {
		t.Errorf("without pages: %d %s", status, page)
	}
}

func TestOpenAPI(t *testing.T) {
	s := newSite(t)
	doc := decode[struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ Summary string }
	}](t, s.wants(200, "GET", "/api/openapi.json", "", ""))
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) < 18 {
		t.Errorf("version %s, %d paths", doc.OpenAPI, len(doc.Paths))
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if op.Summary == "" {
				t.Errorf("%s %s says nothing", method, path)
			}
		}
	}
}
