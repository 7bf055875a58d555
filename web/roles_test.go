package web_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
)

// Who may do what, spelled out address by address. The columns are: nobody,
// mei (agent, the call is hers), tom (agent, it is not), supervisor, QC,
// trainer, admin.
func TestWhoMayDoWhat(t *testing.T) {
	s := newSite(t)
	s.live("live", "sip:mei@10.0.0.5;transport=udp", call.Started{Call: "live"})
	s.finished("done", "mei")
	s.must(s.store.PutReport(t.Context(), qc.Report{Call: "done", Score: 80}))
	path, err := s.store.RecordingPath("done")
	s.must(err)
	s.must(os.WriteFile(path, []byte("RIFF"), 0o600))
	columns := []string{"", "mei", "tom", "sue", "quinn", "tara", "ada"}
	const own, notMine = "401 200 404 200 200 200 200", "401 200 404 200 403 403 200"
	const adminOnly = "401 403 403 403 403 403 200"
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/api/health", "", "200 200 200 200 200 200 200"},
		{"GET", "/api/openapi.json", "", "200 200 200 200 200 200 200"},
		{"GET", "/api/me", "", "401 200 200 200 200 200 200"},
		{"GET", "/api/calls", "", "401 200 200 200 200 200 200"},
		{"GET", "/api/calls/live", "", own},
		{"GET", "/api/calls/done", "", own},
		{"GET", "/api/calls/done/events", "", own},
		{"GET", "/api/calls/done/report", "", own},
		{"GET", "/api/calls/done/recording.wav", "", own},
		{"GET", "/api/calls/nothere", "", "401 404 404 404 404 404 404"},
		{"POST", "/api/calls/live/whisper", `{"text":"offer a refund"}`, "401 403 403 200 403 403 200"},
		{"POST", "/api/calls/live/mute", `{"on":true}`, notMine},
		{"POST", "/api/calls/live/hangup", ``, notMine},
		{"POST", "/api/calls/live/advice/a1/feedback", `{"verdict":"accepted"}`, "401 200 404 403 403 403 403"},
		{"GET", "/api/simulations", "", "401 200 200 200 200 200 200"},
		{"POST", "/api/simulations", `{"scenario":"late-parcel","trainee":"mei"}`, "401 200 403 200 403 200 200"},
		{"GET", "/api/users", "", adminOnly},
		{"PUT", "/api/users/new", `{"role":"agent"}`, adminOnly},
		{"GET", "/api/tokens", "", adminOnly},
		{"POST", "/api/tokens", `{"role":"agent","user":"mei"}`, adminOnly},
		{"GET", "/api/audit", "", adminOnly},
	} {
		var got []string
		for _, who := range columns {
			status, _, _ := s.do(c.method, c.path, who, c.body)
			got = append(got, fmt.Sprint(status))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s:\n got %s\nwant %s", c.method, c.path, strings.Join(got, " "), c.want)
		}
	}
}

func TestAgentsSeeOnlyTheirOwnCalls(t *testing.T) {
	s := newSite(t)
	s.finished("a", "mei")
	s.finished("b", "sip:mei@10.0.0.5")
	s.finished("c", "tom")
	s.finished("d", "sip:mei@evil.example") // same name, another host: somebody else
	s.live("e", "tom", call.Started{})
	s.live("f", "mei", call.Started{})
	list := func(who, query string) string {
		doc := decode[struct{ Calls []struct{ ID string } }](t, s.wants(200, "GET", "/api/calls"+query, who, ""))
		ids := ""
		for _, c := range doc.Calls {
			ids += c.ID
		}
		return ids
	}
	for _, c := range []struct{ who, query, want string }{
		{"mei", "", "fba"}, {"mei", "?agent=tom", ""}, {"mei", "?q=parcel", "ba"}, {"mei", "?state=live", "f"},
		{"mei", "?agent=mei", "fba"}, {"mei", "?before=f&limit=1", "b"}, {"tom", "", "ec"},
		{"sue", "", "fedcba"}, {"sue", "?state=live", "ef"}, {"sue", "?state=finished", "dcba"},
		{"sue", "?agent=tom", "ec"}, {"sue", "?state=live&agent=tom", "e"}, {"sue", "?state=ringing", ""},
	} {
		if got := list(c.who, c.query); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.who, c.query, got, c.want)
		}
	}
}

func TestSimulationsAreForOneself(t *testing.T) {
	s := newSite(t)
	runs := decode[struct{ Runs []struct{ ID string } }](t, s.wants(200, "GET", "/api/simulations", "mei", ""))
	if len(runs.Runs) != 1 {
		t.Errorf("mei sees %d runs, 1 is hers", len(runs.Runs))
	}
	s.wants(200, "POST", "/api/simulations", "mei", `{"scenario":"late-parcel"}`)
	s.wants(200, "POST", "/api/simulations", "tara", `{"scenario":"late-parcel","trainee":"mei"}`)
	s.wants(200, "POST", "/api/simulations", "tara", `{"scenario":"late-parcel","trainee":"mei","address":"mei@10.0.0.99"}`)
	s.wants(403, "POST", "/api/simulations", "mei", `{"scenario":"late-parcel","address":"sip:+900123@trunk"}`)
	s.wants(404, "POST", "/api/simulations", "mei", `{"scenario":"nope"}`)
	s.wants(404, "POST", "/api/simulations", "tara", `{"scenario":"late-parcel","trainee":"nobody"}`)
	s.wants(422, "POST", "/api/simulations", "mei", `{}`)
	want := "[{late-parcel mei sip:mei@10.0.0.5 mei} {late-parcel mei sip:mei@10.0.0.5 tara} {late-parcel mei sip:mei@10.0.0.99 tara}]"
	if got := fmt.Sprint(s.drills.orders); got != want {
		t.Errorf("orders are %s, want %s", got, want)
	}
}

func TestAnOldTokenIsToldSo(t *testing.T) {
	s := newSite(t)
	for _, bad := range []string{"Bearer sidetone_old", "Basic bWVpOng=", "Bearer"} {
		answer := s.wants(http.StatusUnauthorized, "GET", "/api/calls", "", "", "Authorization", bad)
		if !strings.Contains(answer, "sidetone token") {
			t.Errorf("%s: %s", bad, answer)
		}
	}
}
