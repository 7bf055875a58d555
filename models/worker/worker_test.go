package worker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
)

// echo is the test binary's own worker: it returns inputs in capitals, and obeys
// a few words.
type echo struct{ busy *Busy }

func (e echo) Handle(ctx context.Context, setup []byte, in *Inlet, out func([]byte) error) error {
	for {
		b, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch string(b) {
		case "panic":
			panic("as told")
		case "fail":
			return errors.New("as told")
		case "abort":
			_ = syscall.Kill(os.Getpid(), syscall.SIGABRT)
		case "hang":
			e.busy.Do(func() { select {} })
		}
		if err := out(bytes.ToUpper(b)); err != nil {
			return err
		}
	}
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "echo-worker" {
		conn, err := Inherited()
		if err == nil {
			busy := &Busy{}
			time.AfterFunc(time.Minute, func() { os.Exit(9) })
			err = Serve(context.Background(), conn, echo{busy}, busy)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, args ...string) (*Worker, context.Context) {
	t.Helper()
	if args == nil {
		args = []string{"echo-worker"}
	}
	w, err := New(Config{Kind: "echo", Path: os.Args[0], Args: args, Beat: 20 * time.Millisecond,
		Silent: 400 * time.Millisecond, Stuck: 300 * time.Millisecond, BackOff: time.Millisecond, MaxStreams: 4}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		goleak.VerifyNone(t)
	})
	return w, ctx
}

func open(t *testing.T, ctx context.Context, w *Worker) *Stream {
	t.Helper()
	s, err := w.Open(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStreamsKeepOrderAndApart(t *testing.T) {
	w, ctx := run(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			s := open(t, ctx, w)
			defer s.Close()
			all.Go(func() {
				for n := range 1000 { // far more than the window
					if err := s.Send(ctx, fmt.Appendf(nil, "s%d-%d", i, n)); err != nil {
						t.Error(err)
						return
					}
				}
				if err := s.End(ctx); err != nil {
					t.Error(err)
				}
			})
			for n := range 1000 {
				b, err := s.Receive(ctx)
				if want := fmt.Sprintf("S%d-%d", i, n); err != nil || string(b) != want {
					t.Errorf("%q, %v instead of %q", b, err, want)
					return
				}
			}
			if _, err := s.Receive(ctx); !errors.Is(err, io.EOF) {
				t.Errorf("the end is %v", err)
			}
		})
	}
	all.Wait()
}

func TestOneStreamsFailureIsItsOwn(t *testing.T) {
	w, ctx := run(t)
	good := open(t, ctx, w)
	for _, word := range []string{"panic", "fail"} {
		bad := open(t, ctx, w)
		if err := bad.Send(ctx, []byte(word)); err != nil {
			t.Fatal(err)
		}
		var f *Failure
		if _, err := bad.Receive(ctx); !errors.As(err, &f) || !strings.Contains(f.Why, "as told") {
			t.Errorf("%s gives %v", word, err)
		}
	}
	if err := good.Send(ctx, []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if b, err := good.Receive(ctx); string(b) != "STILL HERE" {
		t.Errorf("%q, %v", b, err)
	}
	if st := w.Status(); st.Restarts != 0 || !st.Ready {
		t.Errorf("%+v", st)
	}
}

func TestLostWorkersComeBack(t *testing.T) {
	for name, lose := range map[string]func(*Worker, *Stream, context.Context){
		"killed":   func(w *Worker, _ *Stream, _ context.Context) { _ = syscall.Kill(w.Status().PID, syscall.SIGKILL) },
		"stopped":  func(w *Worker, _ *Stream, _ context.Context) { _ = syscall.Kill(w.Status().PID, syscall.SIGSTOP) },
		"aborting": func(_ *Worker, s *Stream, ctx context.Context) { _ = s.Send(ctx, []byte("abort")) },
		"hanging":  func(_ *Worker, s *Stream, ctx context.Context) { _ = s.Send(ctx, []byte("hang")) },
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := run(t)
			s := open(t, ctx, w)
			lose(w, s, ctx)
			for {
				_, err := s.Receive(ctx)
				if errors.Is(err, ErrLost) {
					break
				}
				if err != nil {
					t.Fatalf("the listener is told %v", err)
				}
			}
			if err := s.Send(ctx, []byte("x")); !errors.Is(err, ErrLost) {
				t.Errorf("sending on gives %v", err)
			}
			again := open(t, ctx, w)
			if err := again.Send(ctx, []byte("hello")); err != nil {
				t.Fatal(err)
			}
			if b, err := again.Receive(ctx); string(b) != "HELLO" {
				t.Errorf("%q, %v", b, err)
			}
			if st := w.Status(); st.Restarts != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestBrokenProgramsSayWhy(t *testing.T) {
	for _, args := range [][]string{{"-test.run=NONE"}, {"-no-such-flag"}} {
		t.Run(args[0], func(t *testing.T) {
			w, ctx := run(t, args...)
			short, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
			defer cancel()
			if err := w.Ready(short); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "echo worker is not ready") {
				t.Error(err)
			}
			if st := w.Status(); st.Ready || st.Restarts == 0 || st.Why == "" {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestTooManyStreamsAreRefused(t *testing.T) {
	w, ctx := run(t)
	for range 4 {
		open(t, ctx, w)
	}
	if _, err := w.Open(ctx, nil); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add(appendMessage(nil, message{kindData, 7, []byte("abc")}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		var back []byte
		for {
			m, err := readMessage(r)
			if err != nil {
				if !errors.Is(err, errProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%v", err)
				}
				break
			}
			back = appendMessage(back, m)
		}
		if !bytes.HasPrefix(b, back) {
			t.Fatal("messages did not survive")
		}
	})
}
