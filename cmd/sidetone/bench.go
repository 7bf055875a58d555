package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sidetone/sidetone/sim/load"
)

func newBenchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure this machine: each figure of the README"}
	cmd.AddCommand(newBenchStressCommand())
	cmd.AddCommand(newBenchCoachCommand(), newBenchRelayCommand(), newBenchLiveCommand())
	return cmd
}

func newBenchRelayCommand() *cobra.Command {
	var calls int
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Delay, loss and CPU of relayed calls: relay only, then with recording and taps",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if calls < 1 || length < time.Second {
				return &usageError{errors.New("--calls must be at least 1 and --for at least 1s")}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%-22s %5s %8s %8s %8s %8s %6s %7s %9s %11s %10s\n", "", "calls", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "lost", "reorder", "setup p95", "CPU s/call-min", "KiB/call")
			for _, mode := range []struct {
				name string
				args []string
			}{
				{"relay only", []string{"--ai", "off", "--record", "off"}},
				{"recording and taps", []string{"--ai", "off"}},
			} {
				if err := benchRelay(cmd.Context(), cmd.OutOrStdout(), mode.name, calls, length, mode.args); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&calls, "calls", 50, "calls at the same time")
	cmd.Flags().DurationVar(&length, "for", 20*time.Second, "how long to measure each mode")
	return cmd
}

// benchRelay measures a gateway process of its own, so that its CPU and memory
// are not the load generator's.
func benchRelay(ctx context.Context, out io.Writer, name string, calls int, length time.Duration, args []string) error {
	g, err := startGateway(ctx, args)
	if err != nil {
		return err
	}
	defer g.stop()
	before, _ := g.memory()
	var cpu [2]time.Duration
	var peak int64
	n := 0
	r, err := load.Run(ctx, load.Plan{Gateway: g.sip, Calls: calls, Length: length, Ready: func() {
		if cpu[n%2], err = g.cpu(); err == nil {
			peak, _ = g.memory()
		}
		n++
	}}, g.callee, zap.NewNop())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(r.Delay) == 0 {
		return fmt.Errorf("%s: no packet came through", name)
	}
	ms := func(p float64) float64 { return float64(load.Percentile(r.Delay, p)) / 1e6 }
	perMinute := (cpu[1] - cpu[0]).Seconds() / (float64(r.Calls) * length.Minutes())
	fmt.Fprintf(out, "%-22s %5d %8.3f %8.3f %8.3f %8.3f %6d %7d %6.1f ms %14.4f %10d\n", name, r.Calls, ms(50), ms(99), ms(99.9), ms(100),
		r.Lost, r.Reorder, float64(load.Percentile(r.SetUp, 95))/1e6, perMinute, (peak-before)/1024/int64(max(r.Calls, 1)))
	return nil
}

// benched is a gateway process under measurement.
type benched struct {
	cmd    *exec.Cmd
	sip    string
	callee int
	data   string
}

func startGateway(ctx context.Context, args []string) (*benched, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "sidetone-bench")
	if err != nil {
		return nil, err
	}
	g := &benched{data: data}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	g.sip, g.callee = fmt.Sprintf("127.0.0.1:%d", ports[0]), ports[1]
	all := append([]string{"serve", "--data", filepath.Join(data, "data"), "--sip", g.sip, "--http", fmt.Sprintf("127.0.0.1:%d", ports[2]),
		"--route", load.Callee(g.callee), "--log", "error"}, args...)
	g.cmd = exec.CommandContext(ctx, exe, all...)
	g.cmd.Stderr = os.Stderr
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	return g, g.await(ctx, fmt.Sprintf("127.0.0.1:%d", ports[2]))
}

// await waits until the gateway's console takes connections.
func (g *benched) await(ctx context.Context, address string) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		var d net.Dialer
		if c, err := d.DialContext(ctx, "tcp", address); err == nil {
			return c.Close()
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	g.stop()
	return errors.New("the gateway to measure did not start")
}

func (g *benched) stop() {
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	_ = g.cmd.Wait()
	os.RemoveAll(g.data)
}

func (g *benched) cpu() (time.Duration, error) { return cpuOf(g.cmd.Process.Pid) }

// cpuOf is a process' user and system time (proc(5), fields 14 and 15).
func cpuOf(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 13 {
		return 0, errors.New("unreadable /proc/PID/stat")
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	const tick = time.Second / 100 // USER_HZ is 100 on Linux
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// memory is the process' resident set in bytes.
func (g *benched) memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", g.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0, errors.New("unreadable /proc/PID/statm")
	}
	pages, err := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
