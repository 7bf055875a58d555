package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/sidetone/sidetone/call"
)

// watch follows a call's live page as one user until the test ends.
type watch struct {
	mu     sync.Mutex
	stress map[call.Party][]call.Stress
}

func (p *pair) watch(t *testing.T, token string) *watch {
	t.Helper()
	w := &watch{stress: map[call.Party][]call.Stress{}}
	ctx, cancel := context.WithCancel(t.Context())
	conn, _, err := websocket.Dial(ctx, "ws://"+p.gateway.http+"/api/calls/"+string(p.id)+"/live",
		&websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 22)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			_, b, err := conn.Read(ctx)
			if err != nil {
				return
			}
			w.take(b)
		}
	}()
	t.Cleanup(func() { cancel(); conn.CloseNow(); <-done })
	return w
}

// take reads one message: an event, or an object that holds several.
func (w *watch) take(b []byte) {
	var list struct {
		Events []call.Event `json:"events"`
	}
	if json.Unmarshal(b, &list) != nil || len(list.Events) == 0 {
		var one call.Event
		if json.Unmarshal(b, &one) != nil {
			return
		}
		list.Events = []call.Event{one}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range list.Events {
		if s, ok := e.Body.(call.Stress); ok {
			w.stress[s.Party] = append(w.stress[s.Party], s)
		}
	}
}

// felt returns the estimates seen of a party; windows without one do not count.
func (w *watch) felt(p call.Party) (out []call.Stress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.stress[p] {
		if s.Absent == "" {
			out = append(out, s)
		}
	}
	return out
}

// print is what the scores look like in anything that is written as JSON.
func scorePrint(s call.Stress) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	text := string(b)
	from, to := strings.Index(text, `"arousal"`), strings.Index(text, `,"quality"`)
	if from < 0 || to < from {
		return ""
	}
	return text[from:to]
}

// With agent_voice private the agent sees what the own voice gave away, and no
// trace of it is left: not in the store, the log, the metrics, nor on anybody
// else's page. Everything that was written is searched for the very figures.
func TestAgentVoiceLeavesNoTrace(t *testing.T) {
	if testing.Short() {
		t.Skip("a real call takes a quarter of a minute")
	}
	data := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "sidetone.yaml")
	if err := os.WriteFile(config, []byte("coach: {agent_voice: private}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := connect(t, data, "--config", config, "--log", "debug")
	if out, err := exec.Command(program(t), "user", "add", "alice", "--role", "agent", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	out, err := exec.Command(program(t), "token", "--role", "agent", "--user", "alice", "--data", data).Output()
	if err != nil {
		t.Fatal(err)
	}
	agent := p.watch(t, strings.TrimSpace(string(out)))
	boss := p.watch(t, p.gateway.token("supervisor"))
	p.gateway.patiently("both voices are felt", 90*time.Second, func() bool {
		return len(agent.felt(call.Agent)) >= 3 && len(boss.felt(call.Customer)) >= 1
	})
	metrics := fetch(t, p.gateway, "/metrics", p.token)
	lines := fetch(t, p.gateway, "/api/calls/"+string(p.id)+"/events?format=lines", p.token)
	p.gateway.stop(syscall.SIGTERM)

	if got := boss.felt(call.Agent); len(got) > 0 {
		t.Errorf("the supervisor saw %d windows of the agent's voice", len(got))
	}
	written := map[string][]byte{"log": []byte(p.gateway.logged()), "metrics": metrics, "events over the API": lines}
	err = filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		written[path] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	searchFor(t, written, agent)
}

// searchFor looks for the agent's figures, and for the customer's to be sure
// that the search would find them.
func searchFor(t *testing.T, written map[string][]byte, agent *watch) {
	t.Helper()
	control := 0
	shared := map[string]bool{}
	for _, s := range agent.felt(call.Customer) {
		shared[scorePrint(s)] = true
		for _, b := range written {
			control += bytes.Count(b, []byte(scorePrint(s)))
		}
	}
	if control == 0 {
		t.Error("not even the customer's figures are found: the search proves nothing")
	}
	for _, s := range agent.felt(call.Agent) {
		if shared[scorePrint(s)] {
			continue // the same figures by chance
		}
		for name, b := range written {
			if bytes.Contains(b, []byte(scorePrint(s))) {
				t.Errorf("%s holds the agent's %s", name, scorePrint(s))
			}
		}
	}
	for name, b := range written {
		for _, line := range bytes.Split(b, []byte("\n")) {
			if bytes.Contains(line, []byte(`"type":"stress","party":"agent"`)) {
				t.Errorf("%s holds a stress event of the agent", name)
				break
			}
		}
	}
}

func fetch(t *testing.T, s *server, path, token string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s%s", s.http, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
	return b.Bytes()
}
