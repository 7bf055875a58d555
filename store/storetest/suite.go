package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/store"
)

// Opener opens the store that lives at the same place on every call, so that
// the suite can look at what a second process would find.
type Opener func(t *testing.T) store.Store

// Run runs the whole suite; fresh gives each part a new, empty place.
func Run(t *testing.T, fresh func(t *testing.T) Opener) {
	parts := []struct {
		name string
		test func(t *testing.T, open Opener)
	}{
		{"calls", calls}, {"events", events}, {"private", private}, {"order", order},
		{"concurrent append", concurrent}, {"search", search}, {"search pages", pages},
		{"reports", reports}, {"recover", recovers}, {"recordings", recordings},
		{"users", users}, {"passwords", passwords}, {"sessions", sessions},
		{"tokens", tokens}, {"audit", audit}, {"first admin", firstAdmin},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.test(t, fresh(t)) })
	}
}

// Noon is the wall time of the suite.
func Noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// LiveCall returns the line of a call in progress.
func LiveCall(id call.ID, agent string, created time.Time) call.Summary {
	answered := created.Add(3 * time.Second)
	return call.Summary{ID: id, State: call.Live, From: "+4930123456", To: "100", Agent: agent,
		Language: "en", Kind: call.KindLive, Created: created, Answered: &answered}
}

// Talk returns n events of a conversation, numbered from 1.
func Talk(id call.ID, n int) []call.Event {
	log := []call.Event{{Seq: 1, Body: call.Started{Call: id, From: "+4930123456", To: "100", Language: "en"}},
		{Seq: 2, At: call.Seconds(0.5), Body: call.Answered{}}}
	for i := len(log); i < n; i++ {
		at := call.Seconds(float64(i))
		log = append(log, call.Event{Seq: uint64(i + 1), At: at, Body: call.Utterance{Party: call.Customer,
			Start: at - call.Seconds(0.8), End: at, Text: fmt.Sprintf("my parcel number %d is late", i)}})
	}
	return log[:n]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// Stored reads a whole log back.
func Stored(t *testing.T, s store.Events, id call.ID, from uint64) []call.Event {
	t.Helper()
	var got []call.Event
	must(t, s.Events(context.Background(), id, from, func(e call.Event) error {
		got = append(got, e)
		return nil
	}))
	return got
}

func calls(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	_, err := s.Call(ctx, "nobody")
	wants(t, err, store.ErrNotFound)
	want := LiveCall("c1", "mei", Noon())
	want.Off = map[string]string{"hearing": "the worker stopped"}
	must(t, s.PutCall(ctx, want))
	got, err := s.Call(ctx, "c1")
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	want.State, want.Ending = call.Finished, call.EndAgentHungUp
	must(t, s.PutCall(ctx, want))
	got, err = s.Call(ctx, "c1")
	must(t, err)
	if got.State != call.Finished || got.Off != nil {
		t.Fatalf("after the end: %+v", got)
	}
	for _, bad := range []call.ID{"", "../x", "a/b", "a.b", call.ID(make([]byte, 65))} {
		wants(t, s.PutCall(ctx, call.Summary{ID: bad}), store.ErrBadInput)
	}
}

func events(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	wants(t, s.Append(ctx, "c1", Talk("c1", 1)...), store.ErrNotFound)
	must(t, s.PutCall(ctx, LiveCall("c1", "mei", Noon())))
	log := Talk("c1", 1200) // more than a page
	must(t, s.Append(ctx, "c1"))
	must(t, s.Append(ctx, "c1", log[:700]...))
	must(t, s.Append(ctx, "c1", log[700:]...))
	if got := Stored(t, s, "c1", 1); !reflect.DeepEqual(got, log) {
		t.Fatalf("%d events came back, want %d alike", len(got), len(log))
	}
	if got := Stored(t, s, "c1", 1195); len(got) != 6 || got[0].Seq != 1195 {
		t.Fatalf("from 1195: %d events", len(got))
	}
	if got := Stored(t, open(t), "c1", 0); len(got) != 1200 {
		t.Fatalf("a second process finds %d events", len(got))
	}
	stop := errors.New("enough")
	seen := 0
	err := s.Events(ctx, "c1", 1, func(call.Event) error {
		// Writing while reading must not wait for the reader.
		if seen++; seen == 1 {
			must(t, s.PutCall(ctx, LiveCall("c2", "mei", Noon())))
		}
		if seen == 3 {
			return stop
		}
		return nil
	})
	wants(t, err, stop)
	wants(t, s.Events(ctx, "nobody", 1, func(call.Event) error { return nil }), store.ErrNotFound)
}

func private(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	must(t, s.PutCall(ctx, LiveCall("c1", "mei", Noon())))
	for _, body := range []call.Body{
		call.Stress{Party: call.Agent, Tension: 0.9},
		call.Advice{ID: "a1", Line: "breathe out", Private: true},
		call.Moment{ID: "agent-tense", Private: true},
		call.Held{Moment: "agent-tense", Private: true},
		call.Feedback{Advice: "a1", Private: true},
		call.Whisper{Text: "breathe out", Private: true},
	} {
		err := s.Append(ctx, "c1", call.Event{Seq: 1, Body: call.Answered{}}, call.Event{Seq: 2, Body: body})
		wants(t, err, store.ErrPrivate)
	}
	if got := Stored(t, s, "c1", 1); len(got) != 0 {
		t.Fatalf("%d events of a refused batch were stored", len(got))
	}
	must(t, s.Append(ctx, "c1", call.Event{Seq: 1, Body: call.Answered{}},
		call.Event{Seq: 3, Body: call.Stress{Party: call.Customer, Arousal: 0.9}}))
}

func order(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	must(t, s.PutCall(ctx, LiveCall("c1", "mei", Noon())))
	log := Talk("c1", 10)
	must(t, s.Append(ctx, "c1", log[:5]...))
	must(t, s.Append(ctx, "c1", log[3:8]...)) // a batch repeated after an unclear outcome
	other := log[4]
	other.Body = call.Answered{}
	wants(t, s.Append(ctx, "c1", other), store.ErrOrder)
	wants(t, s.Append(ctx, "c1", log[9], log[8]), store.ErrOrder)
	wants(t, s.Append(ctx, "c1", call.Event{Seq: 0, Body: call.Answered{}}), store.ErrBadInput)
	wants(t, s.Append(ctx, "c1", call.Event{Seq: 99}), store.ErrBadInput)
	if got := Stored(t, s, "c1", 1); !reflect.DeepEqual(got, log[:8]) {
		t.Fatalf("stored %d events, want the first 8", len(got))
	}
}

func concurrent(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	const callers, each = 8, 60
	var wg sync.WaitGroup
	errs := make(chan error, callers)
	for c := range callers {
		wg.Go(func() {
			id := call.ID(fmt.Sprintf("c%d", c))
			err := s.PutCall(ctx, LiveCall(id, "mei", Noon()))
			for i, e := range Talk(id, each) {
				err = errors.Join(err, s.Append(ctx, id, e))
				if i%20 == 0 {
					_, serr := s.Search(ctx, store.Query{Text: "parcel"})
					err = errors.Join(err, serr)
				}
			}
			errs <- err
		})
	}
	wg.Wait()
	for range callers {
		must(t, <-errs)
	}
	for c := range callers {
		id := call.ID(fmt.Sprintf("c%d", c))
		if got := Stored(t, s, id, 1); !reflect.DeepEqual(got, Talk(id, each)) {
			t.Fatalf("call %s: %d events, or out of order", id, len(got))
		}
	}
}

func recovers(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	must(t, s.PutCall(ctx, LiveCall("live", "mei", Noon())))
	must(t, s.Append(ctx, "live", Talk("live", 10)...))
	ringing := LiveCall("ringing", "mei", Noon().Add(time.Second))
	ringing.State, ringing.Answered = call.Ringing, nil
	must(t, s.PutCall(ctx, ringing))
	must(t, s.PutCall(ctx, LiveCall("closed", "mei", Noon().Add(2*time.Second))))
	must(t, s.Append(ctx, "closed", append(Talk("closed", 4),
		call.Event{Seq: 5, At: call.Seconds(4), Body: call.Ended{Ending: call.EndCustomerHungUp}})...))
	done := LiveCall("done", "mei", Noon())
	done.State, done.Ending = call.Finished, call.EndAgentHungUp
	must(t, s.PutCall(ctx, done))

	broken, err := s.Recover(ctx)
	must(t, err)
	if len(broken) != 3 || broken[0].ID != "live" || broken[1].ID != "ringing" || broken[2].ID != "closed" {
		t.Fatalf("recovered %+v", broken)
	}
	got := broken[0]
	if got.State != call.Finished || got.Ending != call.EndBrokenOff || got.Duration != call.Seconds(8.5) ||
		!got.Ended.Equal(got.Answered.Add(8500*time.Millisecond)) {
		t.Fatalf("the live call became %+v", got)
	}
	log := Stored(t, s, "live", 10)
	if end, ok := log[len(log)-1].Body.(call.Ended); len(log) != 2 || !ok || end.Ending != call.EndBrokenOff ||
		log[1].Seq != 11 || log[1].At != log[0].At {
		t.Fatalf("log ends %+v", log)
	}
	if broken[2].Ending != call.EndCustomerHungUp || len(Stored(t, s, "closed", 1)) != 5 {
		t.Fatalf("a closed log was closed again: %+v", broken[2])
	}
	again, err := s.Recover(ctx)
	must(t, err)
	if len(again) != 0 {
		t.Fatalf("recovered twice: %+v", again)
	}
	_, err = open(t).Recover(ctx)
	wants(t, err, store.ErrInUse)
}

func reports(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	score := 90.0
	report := qc.Report{Call: "c1", Scorecard: "retail", Version: 2, Language: "en", Score: 71.5, Decided: 1,
		Sections: []qc.Section{{ID: "open", Title: "Opening", Score: &score, Items: []qc.Item{{ID: "greet",
			Title: "Greets", Verdict: qc.Pass, Weight: 1, Why: "said hello",
			Evidence: []qc.Evidence{{Party: call.Agent, At: 0, End: call.Seconds(1), Quote: "hello", Seq: 3}}}}}}}
	wants(t, s.PutReport(ctx, report), store.ErrNotFound)
	must(t, s.PutCall(ctx, LiveCall("c1", "mei", Noon())))
	_, err := s.Report(ctx, "c1")
	wants(t, err, store.ErrNotFound)
	must(t, s.PutReport(ctx, report))
	must(t, s.PutCall(ctx, LiveCall("c1", "mei", Noon()))) // without a score
	got, err := s.Report(ctx, "c1")
	must(t, err)
	if !reflect.DeepEqual(got, report) {
		t.Fatalf("got %+v, want %+v", got, report)
	}
	sum, err := s.Call(ctx, "c1")
	must(t, err)
	if sum.Score == nil || *sum.Score != 71.5 {
		t.Fatalf("score is %v", sum.Score)
	}
}

func recordings(t *testing.T, open Opener) {
	s := open(t)
	a, err := s.RecordingPath("c1")
	must(t, err)
	b, err := s.RecordingPath("c2")
	must(t, err)
	if a == b {
		t.Fatal("two calls share a recording")
	}
	for _, bad := range []call.ID{"", "..", "../../etc/passwd", "a/b", "-x"} {
		_, err := s.RecordingPath(bad)
		wants(t, err, store.ErrBadInput)
	}
}
