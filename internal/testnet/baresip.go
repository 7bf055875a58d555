// Package testnet runs real peers for the end-to-end tests: baresip phones on
// loopback. Tests only; the product must never import it.
package testnet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidetone/sidetone/internal/devdata"
)

// Phone is a running baresip 1.0: it plays a file as its microphone and records
// what it hears.
type Phone struct {
	RTPLow, RTPHigh int // the ports its audio may use

	t    testing.TB
	dir  string
	name string
	port int
	cmd  *exec.Cmd

	mu    sync.Mutex
	lines []string
	grown chan struct{}
	done  chan struct{}
}

// Options describe a phone.
type Options struct {
	Name  string // user part of its address
	Plays string // WAV file, any rate
	Codec string // "pcmu" (default) or "pcma"
	Dials string // address to call when it is up; "" waits and answers
	Proxy string // host:port every call goes through; "" none
}

// statistics is what baresip prints over itself while a call runs.
var statistics = regexp.MustCompile(`\x1b?\[\d+:\d\d:\d\d\][^\[]*\(bit/s\)\s*`)

const config = `sip_listen 127.0.0.1:%[1]d
call_max_calls 4
audio_source aufile,%[2]s/src.wav
audio_player aubridge,%[3]s
audio_alert aubridge,%[3]sa
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_tos 0
rtp_ports %[4]d-%[5]d
rtcp_mux no
jitter_buffer_delay 2-6
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
snd_path %[2]s/rec
`

// Start brings a phone up and returns when it is ready for calls.
func Start(t testing.TB, o Options) *Phone {
	t.Helper()
	for _, program := range []string{"baresip", "sox"} {
		if _, err := exec.LookPath(program); err != nil {
			devdata.Need(t, program+" is not installed (deploy/packages.sh test)")
		}
	}
	p := &Phone{t: t, dir: t.TempDir(), name: o.Name, port: FreePort(t), grown: make(chan struct{}), done: make(chan struct{})}
	p.configure(o)
	args := []string{"-4", "-f", p.dir, "-v"}
	if o.Dials != "" {
		args = append(args, "-e", "/dial "+o.Dials)
	}
	p.cmd = exec.Command("baresip", args...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.cmd.Stdout
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(out)
	t.Cleanup(func() {
		p.Quit()
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, p.Log())
		}
	})
	p.Await("baresip is ready")
	return p
}

func (p *Phone) configure(o Options) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Join(p.dir, "rec"), 0o755); err != nil {
		p.t.Fatal(err)
	}
	sox := exec.Command("sox", o.Plays, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer", filepath.Join(p.dir, "src.wav"))
	if out, err := sox.CombinedOutput(); err != nil {
		p.t.Fatalf("sox: %v\n%s", err, out)
	}
	p.RTPLow = 10000 + p.port%200*50 // its own block of RTP ports
	p.RTPHigh = p.RTPLow + 48
	codec := o.Codec
	if codec == "" {
		codec = "pcmu"
	}
	account := fmt.Sprintf("<sip:%s@127.0.0.1:%d>;regint=0;answermode=auto;audio_codecs=%s/8000/1;ptime=20", o.Name, p.port, codec)
	if o.Proxy != "" {
		account += fmt.Sprintf(";outbound=\"sip:%s\"", o.Proxy)
	}
	for name, text := range map[string]string{
		"config":   fmt.Sprintf(config, p.port, p.dir, o.Name, p.RTPLow, p.RTPHigh),
		"accounts": account + "\n",
		"contacts": "",
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *Phone) read(out io.Reader) {
	defer close(p.done)
	s := bufio.NewScanner(out)
	for s.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, statistics.ReplaceAllString(s.Text(), ""))
		close(p.grown)
		p.grown = make(chan struct{})
		p.mu.Unlock()
	}
}

// Address is the phone's SIP address.
func (p *Phone) Address() string { return fmt.Sprintf("sip:%s@127.0.0.1:%d", p.name, p.port) }

// Log is what the phone has printed.
func (p *Phone) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// Await waits until the phone prints a line with this text.
func (p *Phone) Await(text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for seen := 0; ; {
		p.mu.Lock()
		for ; seen < len(p.lines); seen++ {
			if strings.Contains(p.lines[seen], text) {
				p.mu.Unlock()
				return
			}
		}
		grown := p.grown
		p.mu.Unlock()
		select {
		case <-grown:
		case <-p.done:
			p.t.Fatalf("%s ended before it said %q:\n%s", p.name, text, p.Log())
		case <-ctx.Done():
			p.t.Fatalf("%s never said %q:\n%s", p.name, text, p.Log())
		}
	}
}

// Quit hangs up and ends the phone. Safe to call twice.
func (p *Phone) Quit() {
	_ = p.cmd.Process.Signal(os.Interrupt) // it may be gone already
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	_ = p.cmd.Wait()
}

// Heard is the recording of what reached the phone's ear; call it after Quit.
func (p *Phone) Heard() string {
	p.t.Helper()
	var best string
	var size int64
	found, _ := filepath.Glob(filepath.Join(p.dir, "rec", "*dec*.wav"))
	for _, f := range found {
		if st, err := os.Stat(f); err == nil && st.Size() > size {
			best, size = f, st.Size()
		}
	}
	if best == "" {
		p.t.Fatalf("%s recorded nothing:\n%s", p.name, p.Log())
	}
	return best
}

// FreePort returns a UDP and TCP port that is free on loopback.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		l.Close()
		if err == nil {
			u.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}
