package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Handler serves the streams of one worker process.
type Handler interface {
	// Handle serves one stream until in ends, ctx ends or it fails; each call
	// runs in its own goroutine. Results go out in order through out.
	Handle(ctx context.Context, setup []byte, in *Inlet, out func([]byte) error) error
}

// Busy notes how long native calls have been running, so that a worker stuck in
// one is recognised from outside. Safe for concurrent use.
type Busy struct {
	mu    sync.Mutex
	since map[uint64]time.Time
	next  uint64
}

// Do runs one native call.
func (b *Busy) Do(call func()) {
	b.mu.Lock()
	if b.since == nil {
		b.since = make(map[uint64]time.Time)
	}
	b.next++
	id := b.next
	b.since[id] = time.Now()
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.since, id)
		b.mu.Unlock()
	}()
	call()
}

// oldest is the age of the longest running call.
func (b *Busy) oldest() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var age time.Duration
	for _, t := range b.since {
		age = max(age, time.Since(t))
	}
	return age
}

// socketFD is where a worker process finds its end of the socket pair.
const socketFD = 3

// Inherited returns the socket a supervisor left for this process, or an error
// when the process was not started by one.
func Inherited() (net.Conn, error) {
	f := os.NewFile(socketFD, "worker socket")
	if f == nil {
		return nil, errors.New("no socket on descriptor 3: this command is started by sidetone itself")
	}
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return nil, errors.New("no socket on descriptor 3: this command is started by sidetone itself")
	}
	return conn, nil
}

// Serve says hello and serves streams until the owner closes the connection
// (nil) or it breaks. It returns after every stream's goroutine has.
func Serve(ctx context.Context, conn net.Conn, h Handler, busy *Busy) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &server{conn: conn, handler: h, busy: busy, streams: make(map[uint32]*Inlet)}
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	defer unhook()
	err := s.write(message{kind: kindHello})
	if err == nil {
		err = s.read(ctx)
	}
	cancel()
	s.wg.Wait()
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

type server struct {
	conn    net.Conn
	handler Handler
	busy    *Busy
	streams map[uint32]*Inlet // reader goroutine only
	wg      sync.WaitGroup

	mu  sync.Mutex // writes
	buf []byte
}

func (s *server) write(m message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = appendMessage(s.buf[:0], m)
	_, err := s.conn.Write(s.buf)
	return err
}

func (s *server) read(ctx context.Context) error {
	r := bufio.NewReaderSize(s.conn, 64<<10)
	for {
		m, err := readMessage(r)
		if err != nil {
			return err
		}
		switch m.kind {
		case kindPing:
			err = s.write(message{kind: kindPong, body: u32(uint32(s.busy.oldest().Milliseconds()))})
		case kindOpen:
			s.open(ctx, m)
		case kindData, kindEnd, kindCancel:
			if in := s.streams[m.stream]; in != nil {
				in.take(m)
			}
			if m.kind != kindData {
				delete(s.streams, m.stream)
			}
		}
		if err != nil {
			return err
		}
	}
}

func (s *server) open(ctx context.Context, m message) {
	sctx, cancel := context.WithCancel(ctx)
	in := &Inlet{cancel: cancel, wake: make(chan struct{}, 1)}
	in.credit = func(n uint32) error { return s.write(message{kindCredit, m.stream, u32(n)}) }
	s.streams[m.stream] = in
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer cancel()
		err := s.handle(sctx, m, in)
		end := message{kind: kindDone, stream: m.stream}
		if err != nil {
			end = message{kindFail, m.stream, []byte(err.Error())}
		}
		_ = s.write(end) // the owner may be gone; the reader notices
	}()
}

// handle turns a panic of one stream into its failure.
func (s *server) handle(ctx context.Context, m message, in *Inlet) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("worker stream panicked: %v", p)
		}
	}()
	return s.handler.Handle(ctx, m.body, in, func(b []byte) error {
		return s.write(message{kindResult, m.stream, b})
	})
}

// Inlet is the input of one stream, in order.
type Inlet struct {
	cancel context.CancelFunc
	credit func(n uint32) error
	wake   chan struct{}
	taken  uint32 // reading goroutine only

	mu    sync.Mutex
	queue [][]byte
	ended bool
}

// window is how many inputs may be under way to a stream: 3 s of frames. A
// slower worker holds its owner back no further than that.
const window = 150

func (in *Inlet) take(m message) {
	if m.kind == kindCancel {
		in.cancel()
		return
	}
	in.mu.Lock()
	switch {
	case m.kind == kindEnd:
		in.ended = true
	case len(in.queue) < 2*window: // an owner that ignores the window loses input, not our memory
		in.queue = append(in.queue, m.body)
	}
	in.mu.Unlock()
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// Next returns the next input, io.EOF after the last one, or ctx's error.
func (in *Inlet) Next(ctx context.Context) ([]byte, error) {
	for {
		in.mu.Lock()
		if len(in.queue) > 0 {
			b := in.queue[0]
			in.queue[0] = nil
			in.queue = in.queue[1:]
			in.mu.Unlock()
			return b, in.grant()
		}
		ended := in.ended
		in.mu.Unlock()
		if ended {
			return nil, io.EOF
		}
		select {
		case <-in.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// grant tells the owner, in lots, that inputs were taken up.
func (in *Inlet) grant() error {
	in.taken++
	if in.taken < window/6 {
		return nil
	}
	n := in.taken
	in.taken = 0
	return in.credit(n)
}
