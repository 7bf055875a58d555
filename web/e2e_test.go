package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/web"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
)

// answering is a gateway whose calls log what people do, as the real one does.
type answering struct{ *gateway }

func (a answering) Act(ctx context.Context, id call.ID, by string, act web.Action) error {
	if err := a.gateway.Act(ctx, id, by, act); err != nil {
		return err
	}
	switch act := act.(type) {
	case web.Feedback:
		a.say(id, call.Feedback{Advice: act.Advice, Verdict: act.Verdict, By: by})
	case web.Mute:
		a.say(id, call.Mute{On: act.On, By: by})
	case web.Whisper:
		a.say(id, call.Whisper{ID: "s1", Text: act.Text, By: by, State: "start"})
	}
	return nil
}

// needs skips, or fails where everything must be there, without a tool.
func needs(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv("SIDETONE_REQUIRE_DATA") == "1" {
		t.Fatalf("%s is needed: %v", what, err)
	}
	t.Skipf("%s is needed: %v", what, err)
}

// The console in a real browser against the real server and a real store:
// console/e2e/run.mjs drives it and names each step on its standard output;
// this side plays the call.
func TestConsoleInARealBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is too slow for -short")
	}
	node, err := exec.LookPath("node")
	needs(t, "node", err)
	_, err = os.Stat("console/node_modules/playwright-core")
	needs(t, "npm ci in web/console", err)
	_, err = os.Stat("console/dist/index.html")
	needs(t, "npm run build in web/console", err)
	browser := os.Getenv("SIDETONE_CHROMIUM")
	if browser == "" {
		browser, err = exec.LookPath("chromium")
		needs(t, "chromium", err)
	}

	s := newSite(t)
	s.person("wang", store.RoleAgent)
	s.person("sue", store.RoleSupervisor)
	s.person("ada", store.RoleAdmin)
	s.seedCall("finished1", "mei", "en", english)
	s.seedCall("finished2", "wang", "zh", chinese)
	srv, err := web.New(web.Config{Store: s.store, Live: answering{s.gateway}, Simulations: s.drills,
		Log: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)), Health: func() []call.Part {
			return []call.Part{{Name: "hearing", On: true}, {Name: "voice", Why: "flite is not installed: apt-get install flite"}}
		}})
	s.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, l) }()
	defer func() { stop(); s.must(<-served) }()

	limit, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(limit, node, "run.mjs")
	cmd.Dir = "console/e2e"
	cmd.Env = append(os.Environ(), "CONSOLE=http://"+l.Addr().String(), "PASSWORD="+goodPassword,
		"CHROMIUM="+browser, "PROFILE="+t.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	s.must(err)
	s.must(cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		t.Log(lines.Text())
		s.play(lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal("the browser run failed, see above: ", err)
	}
	acts := strings.Join(s.gateway.acts, "\n")
	for _, want := range []string{"live1 mei web.Feedback{Advice:a1 Verdict:accepted}", "live1 mei web.Mute{On:true}",
		"live1 mei web.Mute{On:false}", "live1 sue web.Whisper{Text:offer the refund}"} {
		if !strings.Contains(acts, want) {
			t.Errorf("nobody did %q in\n%s", want, acts)
		}
	}
}

// play does the gateway's part of one step.
func (s *site) play(step string) {
	id, _, _ := strings.Cut(strings.TrimPrefix(step, "PLAY "), " ")
	script, lang, agent := english, "en", "mei"
	if id == "live2" {
		script, lang, agent = chinese, "zh", "wang"
	}
	say := func(from, to int) {
		for _, e := range eventsOf(call.ID(id), lang, script)[from:to] {
			s.gateway.say(call.ID(id), e.Body)
		}
	}
	all := eventsOf(call.ID(id), lang, script)
	firstTip, secondTip := indexOf(all, "a1"), indexOf(all, "a2")
	switch {
	case !strings.HasPrefix(step, "PLAY "):
	case strings.HasSuffix(step, " start"):
		answered := time.Now()
		s.gateway.start(web.LiveCall{Summary: call.Summary{ID: call.ID(id), State: call.Live, From: "sip:+49305550177@trunk", To: "100",
			Agent: agent, Queue: "parcels", Language: lang, Kind: call.KindLive, Created: answered, Answered: &answered}})
		say(0, 3)
		s.gateway.say(call.ID(id), call.Partial{Party: script[0].party, Start: call.Seconds(1), End: call.Seconds(2),
			Text: script[0].text[:len(script[0].text)/2/3*3], Stable: script[0].text[:12]})
	case strings.HasSuffix(step, " tip"):
		say(3, firstTip+1)
	case strings.HasSuffix(step, " second"):
		say(firstTip+1, firstTip+2)
		for _, e := range all[firstTip+2 : secondTip+1] {
			if _, answeredAlready := e.Body.(call.Feedback); !answeredAlready {
				s.gateway.say(call.ID(id), e.Body)
			}
		}
		s.gateway.say(call.ID(id), call.Stress{Party: call.Agent, Start: call.Seconds(30), End: call.Seconds(33), Span: 3, Tension: .5},
			call.Part{Name: "voice", Why: "flite stopped"},
			call.Partial{Party: call.Agent, Start: call.Seconds(34), End: call.Seconds(36), Text: script[6].text[:24], Stable: script[6].text[:12]})
		s.gateway.change(func() {
			for i := range s.gateway.calls {
				s.gateway.calls[i].Escalation = &call.Escalation{Level: .8, Raised: true, Why: []string{"threatens to complain", "third contact"}}
			}
		})
	case strings.HasSuffix(step, " end"):
		s.gateway.say(call.ID(id), call.Ended{Ending: call.EndCustomerHungUp})
		s.gateway.change(func() {
			for i, c := range s.gateway.calls {
				if c.ID == call.ID(id) {
					s.gateway.calls = append(s.gateway.calls[:i:i], s.gateway.calls[i+1:]...)
					return
				}
			}
		})
	default:
		s.t.Error(fmt.Sprint("unknown step ", step))
	}
}

func indexOf(events []call.Event, advice string) int {
	for i, e := range events {
		if a, ok := e.Body.(call.Advice); ok && a.ID == advice {
			return i
		}
	}
	return -1
}
