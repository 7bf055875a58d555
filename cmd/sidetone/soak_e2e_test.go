package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/sidetone/sidetone/models/voice"
	"github.com/sidetone/sidetone/sip"
)

// vitals are what a gateway process holds.
type vitals struct {
	goroutines, files int
	memory            int64 // resident bytes
}

func (v vitals) String() string {
	return fmt.Sprintf("%d goroutines, %d files and sockets, %.1f MiB", v.goroutines, v.files, float64(v.memory)/(1<<20))
}

func (s *server) vitals() vitals {
	s.t.Helper()
	var v vitals
	pid := s.cmd.Process.Pid
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		s.t.Fatal(err)
	}
	v.files = len(fds)
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		s.t.Fatal(err)
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	v.memory = pages * int64(os.Getpagesize())
	resp, err := http.Get("http://" + s.http + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(l, "go_goroutines "); ok {
			v.goroutines, _ = strconv.Atoi(rest)
		}
	}
	return v
}

// A long scripted call, everything on, leaves no goroutine, socket or file open
// after it is hung up, and memory does not grow while it runs. Its length is
// SIDETONE_SOAK (make soak: 10m); make test runs a short one.
func TestSoak(t *testing.T) {
	length := 40 * time.Second
	if v := os.Getenv("SIDETONE_SOAK"); v != "" {
		var err error
		if length, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
	}
	log := zap.NewNop()
	agent, err := newDemoPhone("rms", "alice", log)
	if err != nil {
		t.Fatal(err)
	}
	customer, err := newDemoPhone("slt", "customer", log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { _ = agent.endpoint.Serve(ctx, agent) })
	serving.Go(func() { _ = customer.endpoint.Serve(ctx, nil) })
	defer serving.Wait()
	defer stop()

	s := serve(t, t.TempDir(), "--route", "sip:alice@"+agent.endpoint.Addr())
	token := s.token("admin")
	s.warm(token)
	before := s.vitals()
	target, err := sip.ParseURI("sip:alice@" + s.sip)
	if err != nil {
		t.Fatal(err)
	}
	if err := customer.dial(ctx, target); err != nil {
		t.Fatal(err)
	}
	if err := agent.answered(ctx); err != nil {
		t.Fatal(err)
	}
	speaker := voice.NewLocal(voice.Config{})
	people := map[string]*demoPhone{"agent": agent, "customer": customer}
	var early vitals
	began := time.Now()
	for turn := 0; time.Since(began) < length; turn++ {
		d := dialogue[turn%len(dialogue)]
		pcm, err := speaker.Speak(ctx, "en", people[d.who].voice, d.text)
		if err != nil {
			t.Fatal(err)
		}
		if err := people[d.who].line.Say(ctx, pcm); err != nil {
			t.Fatal(err)
		}
		if early.memory == 0 && time.Since(began) > length/3 {
			early = s.vitals()
		}
	}
	late := s.vitals()
	customer.hangUp()
	s.eventually("the call is finished and scored", func() bool { return len(s.calls(token, "finished")) == 1 })
	t.Logf("before: %v\na third in: %v\nat the end: %v", before, early, late)
	// The log of the call itself is kept in memory: allow it 4 KiB a second.
	if grown := late.memory - early.memory; grown > 8<<20+int64(length.Seconds())*4096 {
		t.Errorf("memory grew by %.1f MiB in the last two thirds", float64(grown)/(1<<20))
	}
	var after vitals
	deadline := time.Now().Add(45 * time.Second)
	for {
		after = s.vitals()
		if after.goroutines <= before.goroutines && after.files <= before.files {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("left behind: before %v, after %v", before, after)
			break
		}
		time.Sleep(200 * time.Millisecond) // another process' state has no event
	}
	t.Logf("after: %v", after)
	recordings, _ := filepath.Glob(filepath.Join(s.data, "recordings", "*.wav"))
	if len(recordings) != 1 {
		t.Errorf("%d recordings", len(recordings))
	}
}

// warm waits for the workers and lets the HTTP side settle, so that what a
// measurement starts from is the resting state.
func (s *server) warm(token string) {
	s.t.Helper()
	s.eventually("the workers are ready", func() bool {
		var out struct {
			Parts []struct {
				Name string `json:"name"`
				On   bool   `json:"on"`
			} `json:"parts"`
		}
		s.api("GET", "/api/health", token, nil, &out)
		ready := 0
		for _, p := range out.Parts {
			if strings.HasPrefix(p.Name, "worker ") && p.On {
				ready++
			}
		}
		return ready >= 2
	})
}
