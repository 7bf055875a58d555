package testnet

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidetone/sidetone/internal/devdata"
)

// Packet is one UDP datagram seen on loopback.
type Packet struct {
	At       time.Duration // since the capture began
	Src, Dst int           // ports
	Payload  []byte
}

// Capture is tcpdump on the loopback interface.
type Capture struct {
	t    testing.TB
	path string
	cmd  *exec.Cmd
	stop sync.Once
}

// StartCapture records UDP on loopback between the given port and 65535-side
// peers until Packets is called. It needs the right to capture.
func StartCapture(t testing.TB, filter string) *Capture {
	t.Helper()
	if _, err := exec.LookPath("tcpdump"); err != nil {
		devdata.Need(t, "tcpdump is not installed (deploy/packages.sh test)")
	}
	if os.Geteuid() != 0 {
		devdata.Need(t, "capturing on loopback needs root")
	}
	c := &Capture{t: t, path: filepath.Join(t.TempDir(), "lo.pcap")}
	c.cmd = exec.Command("tcpdump", "-i", "lo", "-U", "-n", "-B", "8192", "-w", c.path, "-Z", "root", filter)
	var said bytes.Buffer
	c.cmd.Stderr = &said
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	for deadline := time.Now().Add(10 * time.Second); ; {
		if st, err := os.Stat(c.path); err == nil && st.Size() >= 24 {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("tcpdump did not start: %s", strings.TrimSpace(said.String()))
		}
		time.Sleep(10 * time.Millisecond) // another process's file has no event
	}
}

func (c *Capture) end() {
	c.stop.Do(func() {
		_ = c.cmd.Process.Signal(syscall.SIGINT)
		_ = c.cmd.Wait()
	})
}

// Packets ends the capture and returns what was seen, in order.
func (c *Capture) Packets() []Packet {
	c.t.Helper()
	c.end()
	b, err := os.ReadFile(c.path)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(b) < 24 || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 || binary.LittleEndian.Uint32(b[20:]) != 1 {
		c.t.Fatal("not an Ethernet pcap of this machine's byte order")
	}
	var out []Packet
	var first time.Duration
	for b = b[24:]; len(b) >= 16; {
		at := time.Duration(binary.LittleEndian.Uint32(b))*time.Second + time.Duration(binary.LittleEndian.Uint32(b[4:]))*time.Microsecond
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if len(b) < 16+n {
			break
		}
		frame := b[16 : 16+n]
		b = b[16+n:]
		if len(frame) < 42 || binary.BigEndian.Uint16(frame[12:]) != 0x0800 || frame[23] != 17 {
			continue
		}
		if out == nil {
			first = at
		}
		out = append(out, Packet{At: at - first, Src: int(binary.BigEndian.Uint16(frame[34:])), Dst: int(binary.BigEndian.Uint16(frame[36:])), Payload: frame[42:]})
	}
	return out
}

// PortFilter is a tcpdump filter for UDP ports low to high.
func PortFilter(low, high int) string {
	return "udp portrange " + strconv.Itoa(low) + "-" + strconv.Itoa(high)
}
