package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/store"
)

// A person and a token made on the command line open the store's doors.
func TestTokenAndUserCommands(t *testing.T) {
	data := t.TempDir()
	do := func(args ...string) (string, error) {
		var out bytes.Buffer
		c := newUserCommand()
		if args[0] == "token" {
			c = newTokenCommand()
		}
		c.SilenceUsage, c.SilenceErrors = true, true
		c.SetArgs(append(args[1:], "--data", data))
		c.SetOut(&out)
		c.SetIn(strings.NewReader("a password of four words\n"))
		err := c.ExecuteContext(t.Context())
		return strings.TrimSuffix(out.String(), "\n"), err
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := do(args...)
		if err != nil {
			t.Fatal(args, err)
		}
		return out
	}
	password := must("user", "add", "mei", "--role", "agent", "--address", "sip:mei@10.0.0.7")
	secret := must("token", "--role", "agent", "--user", "mei")
	if list := must("user", "list"); !strings.Contains(list, "mei") || !strings.Contains(list, "agent") {
		t.Errorf("users are %q", list)
	}
	s, err := store.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.CheckPassword(t.Context(), "mei", password); err != nil {
		t.Errorf("the printed password %q: %v", password, err)
	}
	if u, err := s.TokenUser(t.Context(), secret); err != nil || u.Name != "mei" {
		t.Errorf("the printed token %q speaks for %+v: %v", secret, u, err)
	}
	must("user", "password", "mei", "--stdin")
	if _, err := s.CheckPassword(t.Context(), "mei", "a password of four words"); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]string{{"token"}, {"token", "--role", "king"}, {"token", "--role", "agent", "--user", "nobody"},
		{"user", "add", "a b"}, {"user", "remove", "nobody"}, {"user", "password", "nobody"}} {
		if out, err := do(bad...); err == nil {
			t.Errorf("%v gave %q", bad, out)
		}
	}
}
