package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/testnet"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/voice"
	"github.com/sidetone/sidetone/web"
)

// script speaks lines at given times into a file.
func script(t *testing.T, name string, lines map[time.Duration]string, length time.Duration) string {
	t.Helper()
	speaker := voice.NewLocal(voice.Config{})
	pcm := make([]int16, int(length.Seconds()*8000))
	for at, text := range lines {
		said, err := speaker.Speak(t.Context(), "en", name, text)
		if err != nil {
			t.Fatal(err)
		}
		copy(pcm[int(at.Seconds()*8000):], said)
	}
	path := filepath.Join(t.TempDir(), "script.wav")
	w, err := wav.NewRecorder(path, 8000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(pcm); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// A simulated customer rings a real phone through the gateway; a trainee who
// does well makes the customer content, and gets a conclusion with a score.
func TestSimulationThroughTheGateway(t *testing.T) {
	s := serve(t, t.TempDir())
	token := s.token("trainer")
	trainee := testnet.Start(t, testnet.Options{Name: "newhire", Plays: script(t, "rms", map[time.Duration]string{
		1 * time.Second:  "hello this is the service desk how can i help you",
		14 * time.Second: "i am very sorry about that can you give me your order number please",
		26 * time.Second: "thank you i will send you a replacement by express today",
		38 * time.Second: "it will arrive on friday",
		47 * time.Second: "is there anything else i can do for you",
	}, 2*time.Minute)})
	add := exec.Command(program(t), "user", "add", "newhire", "--role", "agent", "--address", trainee.Address(), "--data", s.data)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	s.eventually("hearing is ready", func() bool {
		var out struct {
			Parts []call.Part `json:"parts"`
		}
		s.api("GET", "/api/health", token, nil, &out)
		for _, p := range out.Parts {
			if p.Name == "worker hear" && p.On {
				return true
			}
		}
		return false
	})
	order := map[string]string{"scenario": "parcel-late", "trainee": "newhire"}
	if status := s.api("POST", "/api/simulations", token, order, nil); status >= 300 {
		t.Fatalf("status %d", status)
	}
	var run web.SimulationRun
	s.patiently("the simulation has ended", 2*time.Minute, func() bool {
		var out struct {
			Runs []web.SimulationRun `json:"runs"`
		}
		s.api("GET", "/api/simulations", token, nil, &out)
		if len(out.Runs) > 0 {
			run = out.Runs[0]
		}
		return run.State == "finished" || run.State == "failed"
	})
	t.Logf("%+v", run)
	if run.State != "finished" || !strings.Contains(run.Conclusion, "content") {
		t.Errorf("the customer did not leave content: %+v", run)
	}
	if run.Score == nil {
		t.Error("the simulation has no score")
	}
	finished := s.calls(token, "finished")
	if len(finished) != 1 || finished[0].Kind != call.KindSimulation || finished[0].ID != run.Call {
		t.Errorf("%+v", finished)
	}
}
