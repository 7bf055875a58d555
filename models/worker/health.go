package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// health watches one life of a worker.
type health struct {
	cfg Config
	pid int

	mu    sync.Mutex
	heard time.Time
	busy  time.Duration
}

func (h *health) pong(busyMillis uint32) {
	h.mu.Lock()
	h.heard, h.busy = time.Now(), time.Duration(busyMillis)*time.Millisecond
	h.mu.Unlock()
}

// watch asks for a sign of life each beat and returns why the life is over.
func (h *health) watch(ctx context.Context, l *link) error {
	tick := time.NewTicker(h.cfg.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.done:
			return errors.New("its connection broke")
		case <-tick.C:
		}
		l.offer(message{kind: kindPing})
		if err := h.judge(); err != nil {
			return err
		}
	}
}

func (h *health) judge() error {
	h.mu.Lock()
	quiet, busy := time.Since(h.heard), h.busy
	h.mu.Unlock()
	if quiet > h.cfg.Silent {
		return fmt.Errorf("no sign of life for %.1f s", quiet.Seconds())
	}
	if busy > h.cfg.Stuck {
		return fmt.Errorf("stuck in a native call for %.1f s", busy.Seconds())
	}
	if m := resident(h.pid); m > h.cfg.MaxMemory {
		return fmt.Errorf("it holds %d MB, more than the %d MB allowed", m>>20, h.cfg.MaxMemory>>20)
	}
	return nil
}

// resident is the process' resident memory in bytes, 0 where /proc is absent.
func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// lastLines keeps the end of what a process says on standard error.
type lastLines struct {
	mu  sync.Mutex
	buf []byte
}

const lastBytes = 2048

func (l *lastLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, p...)
	if len(l.buf) > 2*lastBytes {
		l.buf = append(l.buf[:0], l.buf[len(l.buf)-lastBytes:]...)
	}
	return len(p), nil
}

// String is the last line said.
func (l *lastLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(l.buf), []byte{'\n'})
	return string(bytes.TrimSpace(lines[len(lines)-1]))
}
