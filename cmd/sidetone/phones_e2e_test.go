package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/internal/testnet"
)

// Two A-law phones are relayed, heard and recorded like mu-law ones.
func TestPCMA(t *testing.T) {
	agent := testnet.Start(t, testnet.Options{Name: "alice", Codec: "pcma", Plays: devdata.Shared(t, "calls/auto49_agent.wav")})
	s := serve(t, t.TempDir(), "--route", agent.Address())
	token := s.token("admin")
	customer := testnet.Start(t, testnet.Options{Name: "caller", Codec: "pcma", Plays: devdata.Shared(t, "calls/auto49_caller.wav"), Dials: "sip:alice@" + s.sip})
	p := &pair{agent: agent, customer: customer, gateway: s, token: token}
	s.eventually("the call is live", func() bool {
		live := s.calls(token, "live")
		if len(live) == 1 && live[0].State == call.Live {
			p.id = live[0].ID
			return true
		}
		return false
	})
	s.eventually("both were understood", func() bool { return words(p.events(), call.Agent) > 5 && words(p.events(), call.Customer) > 3 })
	customer.Quit()
	agent.Quit()
	if !strings.Contains(agent.Log(), "PCMA") {
		t.Error("the phones did not speak A-law")
	}
	if loud := loudest(samples(t, agent.Heard(), 0)); loud < 2000 {
		t.Errorf("the agent heard nothing (peak %d)", loud)
	}
	s.eventually("the call is finished", func() bool { return len(s.calls(token, "finished")) == 1 })
	s.stop(syscall.SIGTERM)
	if loud := loudest(samples(t, filepath.Join(s.data, "recordings", string(p.id)+".wav"), 1)); loud < 2000 {
		t.Errorf("the recording has no agent (peak %d)", loud)
	}
}

// Without any models the gateway still relays and records, and says what is off.
func TestWithoutModels(t *testing.T) {
	agent := testnet.Start(t, testnet.Options{Name: "alice", Plays: devdata.Shared(t, "calls/auto49_agent.wav")})
	s := serve(t, t.TempDir(), "--route", agent.Address(), "--models", t.TempDir())
	token := s.token("admin")
	customer := testnet.Start(t, testnet.Options{Name: "caller", Plays: devdata.Shared(t, "calls/auto49_caller.wav"), Dials: "sip:alice@" + s.sip})
	s.eventually("the call says that hearing is off", func() bool {
		live := s.calls(token, "live")
		return len(live) == 1 && strings.Contains(live[0].Off["hearing of the customer"], "make models") && live[0].Duration > call.Seconds(3)
	})
	customer.Quit()
	agent.Quit()
	if loud := loudest(samples(t, agent.Heard(), 0)); loud < 2000 {
		t.Errorf("the agent heard nothing (peak %d)", loud)
	}
}

// A caller who hangs up while it rings, and a number nobody answers for, end as
// what they are.
func TestFailedCallsAreListedAsWhatTheyAre(t *testing.T) {
	if _, err := exec.LookPath("sipp"); err != nil {
		devdata.Need(t, "sipp is not installed (deploy/packages.sh test)")
	}
	s := serve(t, t.TempDir(), "--route", "sip:nobody@127.0.0.1:9", "--ai", "off")
	token := s.token("admin")
	out, err := exec.Command("sipp", s.sip, "-sn", "uac", "-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "50s").CombinedOutput()
	if err == nil {
		t.Fatalf("sipp's call to nobody succeeded\n%s", out)
	}
	s.eventually("the call is listed as unreachable", func() bool {
		finished := s.calls(token, "finished")
		return len(finished) == 1 && finished[0].Ending == call.EndUnreachable
	})
}
