package sip

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidetone/sidetone/internal/devdata"
)

// recording keeps what the bridge asked, in order.
type recording struct {
	marked
	mu    sync.Mutex
	asked []string
}

func (r *recording) note(what string, from Side, sdp []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, fmt.Sprintf("%s of %s: %s", what, from, strings.TrimSpace(string(sdp))))
}

func (r *recording) Offer(from Side, sdp []byte) ([]byte, error) {
	r.note("offer", from, sdp)
	return r.marked.Offer(from, sdp)
}

func (r *recording) Answer(from Side, sdp []byte) ([]byte, error) {
	r.note("answer", from, sdp)
	return r.marked.Answer(from, sdp)
}

// sipp's scenarios against the bridge: who is asked for what, and when, on hold
// and with a late offer. The scenarios themselves check the bodies they get.
func TestOfferAnswerTiming(t *testing.T) {
	if _, err := exec.LookPath("sipp"); err != nil {
		devdata.Need(t, "sipp is not installed (deploy/packages.sh test)")
	}
	for scenario, want := range map[string][]string{
		"hold":       {"offer of caller: first", "answer of callee: callee", "offer of caller: hold", "answer of callee: callee"},
		"late_offer": {"offer of callee: callee", "answer of caller: late"},
	} {
		t.Run(scenario, func(t *testing.T) {
			callee := endpoint(t, func(ctx context.Context, in *Invitation) { in.Accept([]byte("callee")).Run(ctx) })
			hooks := &recording{}
			outcomes := make(chan Outcome, 1)
			gw := endpoint(t, func(ctx context.Context, in *Invitation) {
				outcomes <- in.Bridge(ctx, Plan{Targets: []Target{{URI: uri(t, "sip:agent@"+callee.Addr())}}, Ring: time.Minute}, hooks)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			out, err := exec.CommandContext(ctx, "sipp", gw.Addr(), "-sf", filepath.Join("testdata", scenario+".xml"),
				"-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "20s").CombinedOutput()
			if err != nil {
				t.Fatalf("sipp: %v\n%s", err, tailOf(string(out)))
			}
			<-outcomes
			if got := strings.Join(hooks.asked, "\n"); got != strings.Join(want, "\n") {
				t.Errorf("asked:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
			}
		})
	}
}

func tailOf(s string) string { return s[max(0, len(s)-1500):] }
