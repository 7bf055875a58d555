package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
)

// Two phones hold a real recorded conversation through the gateway. Both sides
// are understood, a moment of it is recognised with a quote that was said, and
// a reviewer finds recording, words and report on the call page in a browser.
func TestTwoPhonesHoldAWholeCall(t *testing.T) {
	p := connect(t, t.TempDir())
	p.gateway.patiently("300 words are understood and a moment is recognised", 4*time.Minute, func() bool {
		e := p.events()
		_, ok := quoted(e)
		return ok && words(e, call.Customer) > 50 && words(e, call.Agent) > 50 && words(e, call.Customer)+words(e, call.Agent) >= 300
	})
	p.customer.Quit()
	p.agent.Quit()
	var finished []call.Summary
	p.gateway.eventually("the call is finished and scored", func() bool {
		finished = p.gateway.calls(p.token, "finished")
		return len(finished) == 1 && finished[0].Score != nil
	})
	e := p.events()
	t.Logf("%d words of the customer, %d of the agent, score %.0f", words(e, call.Customer), words(e, call.Agent), *finished[0].Score)
	m, _ := quoted(e)
	t.Logf("moment %s at %v: %q", m.ID, m.QuoteAt, m.Quote)
	p.review(t, e, m)
	p.gateway.stop(syscall.SIGTERM)
	if loud := loudest(samples(t, p.agent.Heard(), 0)); loud < 2000 {
		t.Errorf("the agent's phone heard no speech (peak %d)", loud)
	}
	if loud := loudest(samples(t, p.customer.Heard(), 0)); loud < 2000 {
		t.Errorf("the customer's phone heard no speech (peak %d)", loud)
	}
}

func loudest(pcm []int16) int16 { return slices.Max(pcm) }

// quoted finds a moment whose quote stands in the transcript within 10 s of it.
func quoted(events []call.Event) (call.Moment, bool) {
	const near = call.Position(10 * time.Second)
	for _, e := range events {
		m, ok := e.Body.(call.Moment)
		if !ok || m.Quote == "" {
			continue
		}
		for _, said := range events {
			u, ok := said.Body.(call.Utterance)
			if ok && strings.Contains(u.Text, m.Quote) && e.At >= u.Start-near && e.At <= u.End+near {
				return m, true
			}
		}
	}
	return call.Moment{}, false
}

// review opens the call page in a real browser.
func (p *pair) review(t *testing.T, events []call.Event, m call.Moment) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		devdata.Need(t, "node is not installed")
	}
	browser := os.Getenv("SIDETONE_CHROMIUM")
	if browser == "" {
		if browser, err = exec.LookPath("chromium"); err != nil {
			devdata.Need(t, "chromium is not installed (deploy/packages.sh test)")
		}
	}
	password := regexp.MustCompile(`password (\S+) \(`).FindStringSubmatch(p.gateway.logged())
	if password == nil {
		t.Fatalf("no first password in\n%s", p.gateway.logged())
	}
	var some []string
	for _, party := range []call.Party{call.Customer, call.Agent} {
		for _, e := range events {
			if u, ok := e.Body.(call.Utterance); ok && u.Party == party && len(u.Text) > 20 {
				text := u.Text
				if u.Display != "" {
					text = u.Display
				}
				some = append(some, text[:20])
				break
			}
		}
	}
	list, _ := json.Marshal(some)
	cmd := exec.Command(node, "callpage.mjs")
	cmd.Dir = filepath.Join(devdata.Root(), "web", "console", "e2e")
	cmd.Env = append(os.Environ(), "CONSOLE=http://"+p.gateway.http, "PASSWORD="+password[1], "CHROMIUM="+browser,
		"PROFILE="+t.TempDir(), "CALL="+string(p.id), "WORDS="+string(list), "QUOTE="+m.Quote[:min(len(m.Quote), 20)])
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the call page: %v\n%s", err, out)
	}
	t.Logf("the call page plays %s", strings.TrimSpace(string(out)))
}
