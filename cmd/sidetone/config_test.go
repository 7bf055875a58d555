package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
)

// The sample file loads, names every key, and its defaults are the program's.
func TestSampleConfig(t *testing.T) {
	path := filepath.Join(devdata.Root(), "deploy", "sidetone.yaml")
	got, err := loadSettings(path)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := loadSettings("")
	if got.Data != want.Data || got.HTTP != want.HTTP || got.SIP != want.SIP || got.Coach.AgentVoice != want.Coach.AgentVoice {
		t.Errorf("the sample's defaults are not the program's:\n%+v\n%+v", got, want)
	}
	conf, err := got.gatewayConfig()
	if err != nil {
		t.Fatal(err)
	}
	standard, _ := want.gatewayConfig()
	if conf != standard {
		t.Errorf("gateway: sample %+v, default %+v", conf, standard)
	}
}

func TestBadConfigIsExplained(t *testing.T) {
	for text, says := range map[string]string{
		"sip: {upd: x}":              `unknown key "sip.upd"`,
		"coach: {policy: us}":        "coach.policy",
		"coach: {agent_voice: loud}": "coach.agent_voice",
		"media: [":                   "config",
	} {
		path := filepath.Join(t.TempDir(), "bad.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadSettings(path); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := loadSettings("nowhere.yaml"); err == nil {
		t.Error("a missing file was accepted")
	}
}

// The eu preset wins over whatever the file says about the agent's voice.
func TestEUPolicyForcesAgentVoiceOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eu.yaml")
	if err := os.WriteFile(path, []byte("coach: {policy: eu, agent_voice: private}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := loadSettings(path)
	if err != nil || s.Coach.AgentVoice != "off" {
		t.Fatalf("%q, %v", s.Coach.AgentVoice, err)
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
	}{{[]string{"--help"}, exitDone}, {[]string{"nonsense"}, exitUsage}, {[]string{"serve", "--colour", "red"}, exitUsage},
		{[]string{"serve", "--ai", "maybe"}, exitUsage}, {[]string{"serve", "--config", "nowhere.yaml"}, exitFailed},
		{[]string{"demo", "--customer", "x.wav"}, exitUsage}, {[]string{"bench", "relay", "--calls", "0"}, exitUsage}} {
		var out, err strings.Builder
		if code := run(t.Context(), c.args, &out, &err); code != c.code {
			t.Errorf("%v: exit %d, want %d (%s)", c.args, code, c.code, err.String())
		}
		if c.code != exitDone && strings.Count(strings.TrimSpace(err.String()), "\n") != 0 {
			t.Errorf("%v: more than one line of error: %s", c.args, err.String())
		}
	}
}

// What cannot start says so in one line that names the mend, and leaves nothing
// open.
func TestStartUpErrors(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for says, args := range map[string][]string{
		"--sip":        {"--sip", taken.LocalAddr().String()},
		"missing port": {"--sip", "nonsense"},
		"--http":       {"--sip", "127.0.0.1:0", "--http", busy.Addr().String()},
		"data folder":  {"--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", "/proc/nowhere"},
	} {
		all := append([]string{"serve", "--ai", "off", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error"}, args...)
		var out, errs strings.Builder
		if code := run(t.Context(), all, &out, &errs); code != exitFailed || !strings.Contains(errs.String(), says) || strings.Count(strings.TrimSpace(errs.String()), "\n") > 0 {
			t.Errorf("%v: exit %d: %s", args, code, errs.String())
		}
	}
}
