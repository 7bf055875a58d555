package main

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/internal/testnet"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/rtp"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/voice"
	"github.com/sidetone/sidetone/store"
)

const (
	mediaLow  = 20000
	mediaHigh = 29999
)

// pair is two baresip phones holding a call through a gateway.
type pair struct {
	customer, agent *testnet.Phone
	gateway         *server
	id              call.ID
	token           string
}

// connect starts a gateway and lets the customer's phone call the agent's.
func connect(t *testing.T, data string, args ...string) *pair {
	t.Helper()
	agent := testnet.Start(t, testnet.Options{Name: "alice", Plays: devdata.Shared(t, "calls/auto49_agent.wav")})
	s := serve(t, data, append([]string{"--route", agent.Address()}, args...)...)
	p := &pair{agent: agent, gateway: s, token: s.token("admin")}
	p.customer = testnet.Start(t, testnet.Options{Name: "caller", Plays: devdata.Shared(t, "calls/auto49_caller.wav"), Dials: "sip:alice@" + s.sip})
	s.eventually("the call is live", func() bool {
		for _, c := range s.calls(p.token, "live") {
			if c.State == call.Live {
				p.id = c.ID
				return true
			}
		}
		return false
	})
	return p
}

// events returns the call's events so far.
func (p *pair) events() []call.Event {
	var out struct {
		Events []call.Event `json:"events"`
	}
	p.gateway.api("GET", "/api/calls/"+string(p.id)+"/events", p.token, nil, &out)
	return out.Events
}

// words counts what was understood of a party.
func words(events []call.Event, party call.Party) int {
	n := 0
	for _, e := range events {
		if u, ok := e.Body.(call.Utterance); ok && u.Party == party {
			n += len(strings.Fields(u.Text))
		}
	}
	return n
}

// Two phones talk; the agent is whispered to. What leaves for the customer is,
// byte for byte, what the agent's phone sent, and the whisper is in the agent's
// ear and nowhere else.
func TestCustomerNeverHearsTheWhisper(t *testing.T) {
	p := connect(t, t.TempDir())
	capture := testnet.StartCapture(t, "udp")
	const said = "offer a refund before friday"
	p.gateway.eventually("somebody was understood", func() bool { return words(p.events(), call.Customer) > 3 })
	if status := p.gateway.api("POST", "/api/calls/"+string(p.id)+"/whisper", p.token, map[string]string{"text": said}, nil); status >= 300 {
		t.Fatalf("whisper: status %d", status)
	}
	p.gateway.eventually("the whisper was spoken", func() bool {
		for _, e := range p.events() {
			if w, ok := e.Body.(call.Whisper); ok && w.State == "stop" && w.Text == said {
				return true
			}
		}
		return false
	})
	p.customer.Quit()
	p.agent.Quit()
	sameBytes(t, capture.Packets(), p)

	spoken, err := voice.NewLocal(voice.Config{}).Speak(t.Context(), "en", "", said)
	if err != nil {
		t.Fatal(err)
	}
	if r := similarity(samples(t, p.agent.Heard(), 0), spoken); r < 0.6 {
		t.Errorf("the whisper is not in what the agent's phone heard: correlation %.2f", r)
	}
	if r := similarity(samples(t, p.customer.Heard(), 0), spoken); r > 0.3 {
		t.Errorf("the customer's phone heard something like the whisper: correlation %.2f", r)
	}
	path := filepath.Join(p.gateway.data, "recordings", string(p.id)+".wav")
	for ch := range 2 {
		if r := similarity(samples(t, path, ch), spoken); r > 0.3 {
			t.Errorf("channel %d of the recording holds the whisper: correlation %.2f", ch, r)
		}
	}
}

// sameBytes compares what the agent's phone sent with what reached the
// customer's, packet by packet.
func sameBytes(t *testing.T, packets []testnet.Packet, p *pair) {
	t.Helper()
	sent := map[uint16][]byte{}
	compared, changed := 0, 0
	for _, k := range packets {
		r, ok := rtp.Parse(k.Payload)
		if !ok {
			continue
		}
		toGateway, fromGateway := within(k.Dst, mediaLow, mediaHigh), within(k.Src, mediaLow, mediaHigh)
		switch {
		case toGateway && within(k.Src, p.agent.RTPLow, p.agent.RTPHigh):
			sent[r.Seq()] = bytes.Clone(r.Payload())
		case fromGateway && within(k.Dst, p.customer.RTPLow, p.customer.RTPHigh):
			if was, ok := sent[r.Seq()]; ok {
				compared++
				if !bytes.Equal(was, r.Payload()) {
					changed++
				}
			}
		}
	}
	if compared < 100 || changed > 0 {
		t.Errorf("%d packets compared, %d changed on their way to the customer", compared, changed)
	}
}

func within(v, low, high int) bool { return v >= low && v <= high }

func samples(t testing.TB, path string, channel int) []int16 {
	t.Helper()
	f, err := wav.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	ch, err := f.Channel(channel)
	if err != nil {
		t.Fatal(err)
	}
	defer ch.Close()
	var out []int16
	var frame media.Frame
	for ch.ReadFrame(context.Background(), &frame) == nil {
		out = append(out, frame.Samples...)
	}
	return out
}

// similarity is the highest normalised correlation of half a second from the
// middle of the needle anywhere in the haystack.
func similarity(hay, needle []int16) float64 {
	const n = 4000
	if len(needle) > n {
		from := (len(needle) - n) / 2
		needle = needle[from : from+n]
	}
	var own float64
	for _, s := range needle {
		own += float64(s) * float64(s)
	}
	best := 0.0
	var energy float64
	for i := range hay {
		energy += float64(hay[i]) * float64(hay[i])
		if i < len(needle) {
			continue
		}
		start := i - len(needle)
		energy -= float64(hay[start]) * float64(hay[start])
		if energy < own/1000 {
			continue
		}
		var cross int64
		for k, s := range needle {
			cross += int64(hay[start+1+k]) * int64(s)
		}
		best = math.Max(best, float64(cross)/math.Sqrt(energy*own))
	}
	return best
}

// kill -9 in the middle of a call: what happened up to a second before is there
// afterwards, the call is listed as broken off, and its recording plays.
func TestGatewayKilledDuringACall(t *testing.T) {
	data := t.TempDir()
	p := connect(t, data)
	p.gateway.eventually("both were understood", func() bool {
		e := p.events()
		return words(e, call.Customer) > 5 && words(e, call.Agent) > 5
	})
	before := p.events()
	var live []call.Summary
	p.gateway.eventually("a live call with a duration", func() bool {
		live = p.gateway.calls(p.token, "live")
		return len(live) == 1 && live[0].Duration > 0
	})
	_ = p.gateway.cmd.Process.Signal(syscall.SIGKILL)
	<-p.gateway.exited

	again := serve(t, data)
	finished := again.calls(again.token("admin"), "finished")
	if len(finished) != 1 || finished[0].Ending != call.EndBrokenOff || finished[0].ID != p.id {
		t.Fatalf("calls after the restart: %+v", finished)
	}
	again.stop(syscall.SIGTERM)
	st, _ := stored(t, data)
	kept := events(t, st, p.id)
	last := kept[len(kept)-1]
	if _, ok := last.Body.(call.Ended); !ok {
		t.Errorf("the log ends with %s", last.Body.Type())
	}
	have := map[uint64]bool{}
	for _, e := range kept {
		have[e.Seq] = true
	}
	for _, e := range before {
		if !have[e.Seq] && e.At < live[0].Duration-call.Seconds(1) {
			t.Errorf("event %d (%s at %v) was lost", e.Seq, e.Body.Type(), e.At)
		}
	}
	f, err := wav.Open(filepath.Join(data, "recordings", string(p.id)+".wav"))
	if err != nil {
		t.Fatal(err)
	}
	if lost := time.Duration(live[0].Duration) - f.Duration(); lost > time.Second {
		t.Errorf("the recording lost %v of %v", lost, time.Duration(live[0].Duration))
	}
}

// Workers are killed and stopped in the middle of a call: every packet still
// goes through in both directions, the console says what is off, and hearing
// comes back.
func TestWorkersDieDuringACall(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, t.TempDir())
			p.gateway.eventually("somebody was understood", func() bool { return words(p.events(), call.Agent)+words(p.events(), call.Customer) > 3 })
			capture := testnet.StartCapture(t, "udp")
			for _, pid := range children(t, p.gateway.cmd.Process.Pid) {
				if err := syscall.Kill(pid, sig); err != nil {
					t.Fatal(err)
				}
			}
			part := func(on bool) func() bool {
				return func() bool {
					for _, e := range p.events() {
						if b, ok := e.Body.(call.Part); ok && b.Name == "hearing" && b.On == on {
							return true
						}
					}
					return false
				}
			}
			p.gateway.eventually("hearing is reported off", part(false))
			p.gateway.eventually("hearing is back", part(true))
			before := words(p.events(), call.Agent) + words(p.events(), call.Customer)
			p.gateway.eventually("they are understood again", func() bool {
				return words(p.events(), call.Agent)+words(p.events(), call.Customer) > before+5
			})
			p.customer.Quit()
			p.agent.Quit()
			allForwarded(t, capture.Packets(), p)
		})
	}
}

// allForwarded checks that no packet was lost between the phones and none waited.
func allForwarded(t *testing.T, packets []testnet.Packet, p *pair) {
	t.Helper()
	for _, way := range []struct {
		name     string
		from, to *testnet.Phone
	}{{"to the agent", p.customer, p.agent}, {"to the customer", p.agent, p.customer}} {
		in := map[uint32]time.Duration{}
		var lost, late, count int
		var lastIn time.Duration
		out := map[uint32]bool{}
		for _, k := range packets {
			r, ok := rtp.Parse(k.Payload)
			if !ok {
				continue
			}
			if within(k.Src, way.from.RTPLow, way.from.RTPHigh) && within(k.Dst, mediaLow, mediaHigh) {
				in[r.Timestamp()], lastIn = k.At, k.At
			}
			if within(k.Dst, way.to.RTPLow, way.to.RTPHigh) && within(k.Src, mediaLow, mediaHigh) {
				out[r.Timestamp()] = true
				count++
				if at, ok := in[r.Timestamp()]; ok && k.At-at > 200*time.Millisecond {
					late++
				}
			}
		}
		for ts, at := range in {
			if !out[ts] && lastIn-at > time.Second {
				lost++
			}
		}
		// One in fifty may wait: the machine that runs the tests does other things
		// too. A gateway that waits for a worker holds every packet.
		if count < 50 || lost > 0 || late*50 > count {
			t.Errorf("%s: %d forwarded, %d lost, %d waited more than 200 ms", way.name, count, lost, late)
		}
	}
}

// children lists the worker processes of a process.
func children(t testing.TB, pid int) []int {
	t.Helper()
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(pid)).Output()
	if err != nil {
		t.Fatalf("no worker processes: %v", err)
	}
	var pids []int
	for _, f := range strings.Fields(string(out)) {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, n)
	}
	return pids
}

// The disk fills up in the middle of a call: the phones keep hearing each other,
// the console says what is off, and both parts come back when there is room.
func TestDiskFullDuringACall(t *testing.T) {
	if os.Geteuid() != 0 {
		devdata.Need(t, "a small file system needs root")
	}
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=6m"); err != nil {
		devdata.Need(t, "mounting a small tmpfs: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p := connect(t, data)
	capture := testnet.StartCapture(t, "udp")
	ballast := filepath.Join(data, "ballast")
	fill(t, ballast)
	off := func(name string, on bool) func() bool {
		return func() bool {
			for _, c := range p.gateway.calls(p.token, "live") {
				_, isOff := c.Off[name]
				return isOff != on
			}
			return false
		}
	}
	p.gateway.eventually("the recording is off", off("recording", false))
	p.gateway.eventually("the store is off", off("store", false))
	p.gateway.eventually("the call went on for a while", func() bool {
		live := p.gateway.calls(p.token, "live")
		return len(live) == 1 && live[0].Duration > call.Seconds(6)
	})
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	p.gateway.eventually("the recording is back", off("recording", true))
	p.gateway.eventually("the store is back", off("store", true))
	p.customer.Quit()
	p.agent.Quit()
	allForwarded(t, capture.Packets(), p)
	p.gateway.eventually("the call is finished", func() bool { return len(p.gateway.calls(p.token, "finished")) == 1 })
	p.gateway.stop(syscall.SIGTERM)
	st, err := store.Open(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for i, e := range events(t, st, p.id) {
		if e.Seq != uint64(i+1) {
			t.Fatalf("event %d has number %d: something was lost", i+1, e.Seq)
		}
	}
}

// fill writes zeros until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}

// The API document is there and names the paths scripts rely on.
func TestAPIDocument(t *testing.T) {
	s := serve(t, t.TempDir())
	resp, err := http.Get("http://" + s.http + "/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{`"/api/calls"`, `"/api/calls/{id}/whisper"`} {
		if !strings.Contains(b.String(), path) {
			t.Errorf("%s is not in the API document", path)
		}
	}
}
