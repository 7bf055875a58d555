package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sidetone/sidetone/call"
)

// Whose voice is felt is decided by policy alone, and "nobody" is a nil that
// the gateway can see.
func TestWhoseVoiceIsFelt(t *testing.T) {
	for _, test := range []struct {
		config string
		agent  bool
	}{
		{"{}", false},
		{"coach: {agent_voice: off}", false},
		{"coach: {agent_voice: private}", true},
		{"coach: {agent_voice: private, policy: eu}", false},
	} {
		path := filepath.Join(t.TempDir(), "sidetone.yaml")
		if err := os.WriteFile(path, []byte(test.config), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := loadSettings(path)
		if err != nil {
			t.Fatal(err)
		}
		feel, err := feelings(s.Coach.AgentVoice)
		if err != nil {
			t.Fatal(err)
		}
		if feel(call.Customer) == nil {
			t.Errorf("%s: the customer's voice is off", test.config)
		}
		if got := feel(call.Agent) != nil; got != test.agent {
			t.Errorf("%s: the agent's voice is felt: %v", test.config, got)
		}
		if feel(call.Unknown) != nil {
			t.Errorf("%s: a mixed voice has no baseline, and yet it is felt", test.config)
		}
	}
}
