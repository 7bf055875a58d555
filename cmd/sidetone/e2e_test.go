package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/internal/testnet"
	"github.com/sidetone/sidetone/store"
)

// binary is the program under test, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sidetone-e2e")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sidetone")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func program(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// modelsDir is the checkout's cache, which make test has filled.
func modelsDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(devdata.Root(), "models", "cache")
	if _, err := os.Stat(filepath.Join(dir, "vosk-en")); err != nil {
		devdata.Need(t, "models are not fetched (make models)")
	}
	return dir
}

// server is a running `sidetone serve`.
type server struct {
	t         testing.TB
	cmd       *exec.Cmd
	data      string
	sip, http string
	log       *bytes.Buffer
	mu        sync.Mutex
	exited    chan struct{}
}

// serve starts the gateway on free ports and waits until its console answers.
func serve(t testing.TB, data string, args ...string) *server {
	t.Helper()
	s := &server{t: t, data: data, log: new(bytes.Buffer), exited: make(chan struct{})}
	s.sip = fmt.Sprintf("127.0.0.1:%d", testnet.FreePort(t))
	s.http = fmt.Sprintf("127.0.0.1:%d", testnet.FreePort(t))
	all := append([]string{"serve", "--data", data, "--sip", s.sip, "--http", s.http, "--models", modelsDir(t)}, args...)
	s.cmd = exec.Command(program(t), all...)
	s.cmd.Stderr = &lockedWriter{s}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		s.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("gateway log:\n%s", s.logged())
		}
	})
	s.eventually("the console answers", func() bool {
		resp, err := http.Get("http://" + s.http + "/api/health")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode < 500
	})
	return s
}

type lockedWriter struct{ s *server }

func (w *lockedWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.log.Write(b)
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// stop ends the gateway with a signal and waits for it.
func (s *server) stop(sig os.Signal) {
	select {
	case <-s.exited:
		return
	default:
	}
	_ = s.cmd.Process.Signal(sig)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
		s.t.Error("the gateway did not stop within 20 s of its signal")
	}
}

// eventually polls a condition of another process, which has no event to wait
// for, until it holds or the test fails.
func (s *server) eventually(what string, ok func() bool) {
	s.t.Helper()
	s.patiently(what, 45*time.Second, ok)
}

// patiently is eventually with a longer breath.
func (s *server) patiently(what string, limit time.Duration, ok func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(limit)
	for !ok() {
		select {
		case <-s.exited:
			s.t.Fatalf("the gateway ended while waiting: %s\n%s", what, s.logged())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// token makes an API token for a role.
func (s *server) token(role string) string {
	s.t.Helper()
	out, err := exec.Command(program(s.t), "token", "--role", role, "--data", s.data).Output()
	if err != nil {
		s.t.Fatalf("token: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// api calls the HTTP API and decodes the answer into out.
func (s *server) api(method, path, token string, body, out any) int {
	s.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, "http://"+s.http+path, in)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if out != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal(text, out); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	if resp.StatusCode >= 300 {
		s.t.Logf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return resp.StatusCode
}

// calls lists calls by state.
func (s *server) calls(token, state string) []call.Summary {
	s.t.Helper()
	var out struct {
		Calls []call.Summary `json:"calls"`
	}
	s.api("GET", "/api/calls?state="+state, token, nil, &out)
	return out.Calls
}

// stored reads a call's events and report from the data folder after the
// gateway has stopped.
func stored(t testing.TB, data string) (*store.SQLite, []call.Summary) {
	t.Helper()
	st, err := store.Open(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	calls, err := st.Search(context.Background(), store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return st, calls
}

func events(t testing.TB, st *store.SQLite, id call.ID) []call.Event {
	t.Helper()
	var out []call.Event
	if err := st.Events(context.Background(), id, 1, func(e call.Event) error {
		out = append(out, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
