package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

var (
	// ErrLost is returned when the worker process died, hung or was restarted
	// while the stream was open: open another.
	ErrLost = errors.New("the worker process was lost")
	// ErrFull is returned when a worker serves as many streams as it may.
	ErrFull = errors.New("the worker serves as many streams as it may")
)

// Failure is what the worker said about a stream it could not serve.
type Failure struct{ Why string }

func (f *Failure) Error() string { return f.Why }

// Stream is one conversation with a worker. Send, End and Close may be called
// by one goroutine while another calls Receive.
type Stream struct {
	id    uint32
	link  *link
	wake  chan struct{} // results
	space chan struct{} // credit

	mu      sync.Mutex
	results [][]byte
	err     error // set once: io.EOF, ErrLost or *Failure
	credit  int
}

// maxResults bounds what a stream keeps for a receiver that does not come.
const maxResults = 4096

// Send passes one input, waiting while the worker is behind by more than its
// window. b may be used again when Send returns.
func (s *Stream) Send(ctx context.Context, b []byte) error {
	for {
		s.mu.Lock()
		err, ok := s.err, s.credit > 0
		if err == nil && ok {
			s.credit--
		}
		s.mu.Unlock()
		if err != nil {
			return notEOF(err)
		}
		if ok {
			return s.link.send(ctx, message{kindData, s.id, b})
		}
		select {
		case <-s.space:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// notEOF: a stream that finished before its input did was not lost.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrClosedPipe
	}
	return err
}

// End says that no more input comes; results follow until io.EOF.
func (s *Stream) End(ctx context.Context) error {
	return s.link.send(ctx, message{kind: kindEnd, stream: s.id})
}

// Receive returns the next result, io.EOF when the stream is finished, ErrLost
// or a *Failure.
func (s *Stream) Receive(ctx context.Context) ([]byte, error) {
	for {
		s.mu.Lock()
		if len(s.results) > 0 {
			b := s.results[0]
			s.results = s.results[1:]
			s.mu.Unlock()
			return b, nil
		}
		err := s.err
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close forgets the stream on both sides. It does not wait for the worker.
func (s *Stream) Close() {
	if s.link.forget(s.id) {
		s.finish(ErrLost)
		s.link.offer(message{kind: kindCancel, stream: s.id})
	}
}

func (s *Stream) finish(err error) {
	s.mu.Lock()
	if s.err == nil {
		s.err = err
	}
	s.mu.Unlock()
	nudge(s.wake)
	nudge(s.space)
}

func (s *Stream) take(m message) {
	switch m.kind {
	case kindCredit:
		s.mu.Lock()
		s.credit = min(s.credit+int(getU32(m.body)), window)
		s.mu.Unlock()
		nudge(s.space)
	case kindResult:
		s.mu.Lock()
		full := len(s.results) >= maxResults
		if !full {
			s.results = append(s.results, m.body)
		}
		s.mu.Unlock()
		if full {
			s.finish(fmt.Errorf("%w: nobody takes its results", ErrLost))
		}
		nudge(s.wake)
	case kindDone:
		s.finish(io.EOF)
	case kindFail:
		s.finish(&Failure{Why: string(m.body)})
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// link is one life of a worker process: its connection and its streams.
type link struct {
	conn net.Conn
	out  chan []byte
	done chan struct{} // closed when the link is over

	mu      sync.Mutex
	streams map[uint32]*Stream
	next    uint32
	err     error
	pong    func(busyMillis uint32)
}

// outQueue bounds the messages waiting for the socket.
const outQueue = 1024

func newLink(conn net.Conn, pong func(uint32)) *link {
	return &link{conn: conn, out: make(chan []byte, outQueue), done: make(chan struct{}), streams: make(map[uint32]*Stream), pong: pong}
}

func (l *link) send(ctx context.Context, m message) error {
	select {
	case l.out <- appendMessage(make([]byte, 0, headerSize+len(m.body)), m):
		return nil
	case <-l.done:
		return ErrLost
	case <-ctx.Done():
		return ctx.Err()
	}
}

// over is true once the link has failed.
func (l *link) over() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// offer sends if there is room; for messages whose loss does no harm.
func (l *link) offer(m message) bool {
	select {
	case l.out <- appendMessage(nil, m):
		return true
	default:
		return false
	}
}

func (l *link) open(ctx context.Context, setup []byte, most int) (*Stream, error) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return nil, l.err
	}
	if len(l.streams) >= most {
		l.mu.Unlock()
		return nil, ErrFull
	}
	l.next++
	s := &Stream{id: l.next, link: l, wake: make(chan struct{}, 1), space: make(chan struct{}, 1), credit: window}
	l.streams[s.id] = s
	l.mu.Unlock()
	if err := l.send(ctx, message{kindOpen, s.id, setup}); err != nil {
		l.forget(s.id)
		return nil, err
	}
	return s, nil
}

func (l *link) forget(id uint32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.streams[id]
	delete(l.streams, id)
	return ok
}

// fail ends the link and every stream on it, once.
func (l *link) fail(err error) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.err = err
	streams := l.streams
	l.streams = make(map[uint32]*Stream)
	l.mu.Unlock()
	close(l.done)
	l.conn.Close()
	for _, s := range streams {
		s.finish(err)
	}
}

func (l *link) writeLoop() {
	for {
		select {
		case b := <-l.out:
			if _, err := l.conn.Write(b); err != nil {
				l.fail(fmt.Errorf("%w: %v", ErrLost, err)) // %v: a broken socket's EOF is not a stream's
				return
			}
		case <-l.done:
			return
		}
	}
}

func (l *link) readLoop(r *bufio.Reader) {
	for {
		m, err := readMessage(r)
		if err != nil {
			l.fail(fmt.Errorf("%w: %v", ErrLost, err)) // %v: a broken socket's EOF is not a stream's
			return
		}
		if m.kind == kindPong {
			l.pong(getU32(m.body))
			continue
		}
		l.mu.Lock()
		s := l.streams[m.stream]
		if m.kind == kindDone || m.kind == kindFail {
			delete(l.streams, m.stream)
		}
		l.mu.Unlock()
		if s != nil {
			s.take(m)
		}
	}
}
