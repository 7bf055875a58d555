package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/store"
)

func say(text, display string) call.Body {
	return call.Utterance{Party: call.Customer, End: call.Seconds(1), Text: text, Display: display}
}

func search(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	put := func(id call.ID, agent string, hours int, bodies ...call.Body) {
		t.Helper()
		sum := LiveCall(id, agent, Noon().Add(time.Duration(hours)*time.Hour))
		must(t, s.PutCall(ctx, sum))
		for i, b := range bodies {
			must(t, s.Append(ctx, id, call.Event{Seq: uint64(i + 1), At: call.Seconds(1), Body: b}))
		}
	}
	put("a", "mei", 0, say("where is my refund", "Where is my refund?"), say("order one two three", "order 123"))
	put("b", "tom", 1, say("我要退款,三天了", ""))
	put("c", "Mei", 2, say("a hundred percent \"sure\"", "100% sure_thing"))
	put("d", "tom", 3, call.Revised{Of: 1, Utterance: call.Utterance{Text: "the refound came"}})
	must(t, s.PutReport(ctx, qc.Report{Call: "a", Score: 40, Decided: 1}))
	must(t, s.PutReport(ctx, qc.Report{Call: "b", Score: 80, Decided: 1}))
	done := LiveCall("d", "tom", Noon().Add(3*time.Hour))
	done.State = call.Finished
	must(t, s.PutCall(ctx, done))

	half := 50.0
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{}, "[d c b a]"},
		{store.Query{Text: "refund"}, "[a]"},
		{store.Query{Text: "REFUND where"}, "[a]"},
		{store.Query{Text: "refund sure"}, "[]"},
		{store.Query{Text: "退款"}, "[b]"}, // two characters: shorter than a trigram
		{store.Query{Text: "我要退款"}, "[b]"},
		{store.Query{Text: "123"}, "[d c b a]"}, // in a's words, and in every caller's number
		{store.Query{Text: `"sure"`}, "[c]"},
		{store.Query{Text: "100%"}, "[c]"},
		{store.Query{Text: "%"}, "[c]"},
		{store.Query{Text: "refound"}, "[d]"},
		{store.Query{Text: "tom"}, "[d b]"},
		{store.Query{Text: "x' OR 1=1 --"}, "[]"},
		{store.Query{Agents: []string{"mei"}}, "[c a]"},
		{store.Query{Agents: []string{}}, "[]"},
		{store.Query{State: call.Finished}, "[d]"},
		{store.Query{From: Noon().Add(time.Hour), Until: Noon().Add(3 * time.Hour)}, "[c b]"},
		{store.Query{MinScore: &half}, "[b]"},
		{store.Query{MaxScore: &half}, "[a]"},
	} {
		found, err := s.Search(ctx, c.q)
		must(t, err)
		if got := ids(found); got != c.want {
			t.Errorf("%+v: found %s, want %s", c.q, got, c.want)
		}
	}
}

func ids(found []call.Summary) string {
	all := make([]string, 0, len(found))
	for _, s := range found {
		all = append(all, string(s.ID))
	}
	return fmt.Sprint(all)
}

func pages(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	var want []call.ID
	for i := range 25 {
		id := call.ID(fmt.Sprintf("c%02d", i))
		// Several calls in the same instant must not be skipped or repeated.
		must(t, s.PutCall(ctx, LiveCall(id, "mei", Noon().Add(time.Duration(i/4)*time.Second))))
		want = append(want, id)
	}
	slices.Reverse(want)
	var got []call.ID
	for q := (store.Query{Limit: 7}); ; {
		page, err := s.Search(ctx, q)
		must(t, err)
		for _, sum := range page {
			got = append(got, sum.ID)
		}
		if len(page) < 7 {
			break
		}
		q.Before = page[6].ID
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pages gave %v, want %v", got, want)
	}
}
