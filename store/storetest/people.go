package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/store"
)

const goodPassword = "correct horse battery"

func put(t *testing.T, s store.Store, name string, role store.Role) {
	t.Helper()
	must(t, s.PutUser(t.Context(), store.User{Name: name, Display: name, Role: role, Created: Noon()}))
}

func users(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	mei := store.User{Name: "mei", Display: "王梅", Role: store.RoleAgent, Address: "sip:mei@10.0.0.7", Created: Noon()}
	must(t, s.PutUser(ctx, mei))
	put(t, s, "anna", store.RoleAdmin)
	got, err := s.User(ctx, "MEI")
	must(t, err)
	if got != mei {
		t.Fatalf("got %+v, want %+v", got, mei)
	}
	all, err := s.Users(ctx)
	must(t, err)
	if len(all) != 2 || all[0].Name != "anna" {
		t.Fatalf("users are %+v", all)
	}
	for _, bad := range []store.User{{Role: store.RoleAgent}, {Name: "a b", Role: store.RoleAgent},
		{Name: "a\x00", Role: store.RoleAgent}, {Name: "x", Role: "king"},
		{Name: strings.Repeat("x", 65), Role: store.RoleAgent}} {
		wants(t, s.PutUser(ctx, bad), store.ErrBadInput)
	}
	wants(t, s.RemoveUser(ctx, "nobody"), store.ErrNotFound)
	wants(t, s.RemoveUser(ctx, "anna"), store.ErrLastAdmin)
	wants(t, s.PutUser(ctx, store.User{Name: "anna", Role: store.RoleQC}), store.ErrLastAdmin)
	wants(t, s.PutUser(ctx, store.User{Name: "anna", Role: store.RoleAdmin, Disabled: true}), store.ErrLastAdmin)
	put(t, s, "bob", store.RoleAdmin)
	must(t, s.RemoveUser(ctx, "anna"))
	_, err = s.User(ctx, "anna")
	wants(t, err, store.ErrNotFound)
}

func passwords(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	put(t, s, "mei", store.RoleAgent)
	_, err := s.CheckPassword(ctx, "mei", "")
	wants(t, err, store.ErrWrongPassword)
	wants(t, s.SetPassword(ctx, "mei", "short"), store.ErrBadInput)
	wants(t, s.SetPassword(ctx, "mei", strings.Repeat("x", 300)), store.ErrBadInput)
	wants(t, s.SetPassword(ctx, "nobody", goodPassword), store.ErrNotFound)
	must(t, s.SetPassword(ctx, "mei", goodPassword))
	u, err := s.CheckPassword(ctx, "Mei", goodPassword)
	must(t, err)
	if u.Name != "mei" {
		t.Fatalf("user is %+v", u)
	}
	for name, password := range map[string]string{"mei": goodPassword + "!", "nobody": goodPassword, "": ""} {
		_, err := s.CheckPassword(ctx, name, password)
		wants(t, err, store.ErrWrongPassword)
	}
	u.Display = "still the same password"
	must(t, s.PutUser(ctx, u))
	_, err = s.CheckPassword(ctx, "mei", goodPassword)
	must(t, err)
	u.Disabled = true
	must(t, s.PutUser(ctx, u))
	_, err = s.CheckPassword(ctx, "mei", goodPassword)
	wants(t, err, store.ErrWrongPassword)
}

func sessions(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	put(t, s, "mei", store.RoleAgent)
	login := func() string {
		t.Helper()
		secret, err := s.OpenSession(ctx, "mei", Noon().Add(time.Hour))
		must(t, err)
		return secret
	}
	gone := func(secret string, now time.Time) {
		t.Helper()
		_, err := s.Session(ctx, secret, now)
		wants(t, err, store.ErrNotFound)
	}
	_, err := s.OpenSession(ctx, "nobody", Noon())
	wants(t, err, store.ErrNotFound)
	one, two := login(), login()
	u, err := open(t).Session(ctx, one, Noon())
	must(t, err)
	if u.Name != "mei" || one == two {
		t.Fatalf("session is %+v", u)
	}
	must(t, s.CloseSession(ctx, one))
	must(t, s.CloseSession(ctx, "unknown"))
	gone(one, Noon())
	gone(two, Noon().Add(time.Hour))
	three := login()
	must(t, s.SetPassword(ctx, "mei", goodPassword))
	gone(three, Noon())
	four := login()
	must(t, s.CloseSessionsOf(ctx, "mei"))
	gone(four, Noon())
	five := login()
	must(t, s.PutUser(ctx, store.User{Name: "mei", Role: store.RoleAgent, Disabled: true}))
	gone(five, Noon())
	must(t, s.PutUser(ctx, store.User{Name: "mei", Role: store.RoleAgent}))
	six := login()
	must(t, s.RemoveUser(ctx, "mei"))
	gone(six, Noon())
}

func tokens(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	must(t, s.PutUser(ctx, store.User{Name: "mei", Role: store.RoleAgent, Address: "sip:mei@x", Created: Noon()}))
	free, made, err := s.AddToken(ctx, store.Token{Name: "dashboard", Role: store.RoleSupervisor, Created: Noon()})
	must(t, err)
	u, err := s.TokenUser(ctx, free)
	must(t, err)
	if u.Role != store.RoleSupervisor || u.Name != "token "+made.ID {
		t.Fatalf("token speaks for %+v", u)
	}
	bound, _, err := s.AddToken(ctx, store.Token{Role: store.RoleAgent, User: "MEI", Created: Noon().Add(time.Second)})
	must(t, err)
	u, err = s.TokenUser(ctx, bound)
	must(t, err)
	if u.Name != "mei" || u.Address != "sip:mei@x" {
		t.Fatalf("token speaks for %+v", u)
	}
	_, _, err = s.AddToken(ctx, store.Token{Role: "king"})
	wants(t, err, store.ErrBadInput)
	_, _, err = s.AddToken(ctx, store.Token{Role: store.RoleAgent, User: "nobody"})
	wants(t, err, store.ErrNotFound)
	all, err := s.Tokens(ctx)
	must(t, err)
	if len(all) != 2 || all[0].User != "mei" || all[1] != made {
		t.Fatalf("tokens are %+v", all)
	}
	must(t, s.RemoveToken(ctx, made.ID))
	wants(t, s.RemoveToken(ctx, made.ID), store.ErrNotFound)
	_, err = s.TokenUser(ctx, free)
	wants(t, err, store.ErrNotFound)
	must(t, s.RemoveUser(ctx, "mei"))
	_, err = s.TokenUser(ctx, bound)
	wants(t, err, store.ErrNotFound)
}

func audit(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	for _, who := range []string{"mei", "tom", "anna"} {
		must(t, s.Record(ctx, store.Entry{At: Noon(), Who: who, What: "whisper", Target: "c1", Detail: "say sorry"}))
	}
	page, err := s.Entries(ctx, 0, 2)
	must(t, err)
	if len(page) != 2 || page[0].Who != "anna" || page[1].Who != "tom" || !page[0].At.Equal(Noon()) {
		t.Fatalf("audit is %+v", page)
	}
	page, err = s.Entries(ctx, page[1].ID, 2)
	must(t, err)
	if len(page) != 1 || page[0].Who != "mei" {
		t.Fatalf("next page is %+v", page)
	}
}

func firstAdmin(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	put(t, s, "mei", store.RoleAgent)
	password, err := store.FirstAdmin(ctx, s, Noon())
	must(t, err)
	u, err := s.CheckPassword(ctx, "admin", password)
	must(t, err)
	if u.Role != store.RoleAdmin {
		t.Fatalf("first admin is %+v", u)
	}
	again, err := store.FirstAdmin(ctx, s, Noon())
	must(t, err)
	if again != "" {
		t.Fatal("a second first administrator was made")
	}
}
