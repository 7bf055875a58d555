package worker

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Kind is the first byte of a message.
type Kind byte

const (
	kindHello  Kind = 1 + iota // worker: ready to serve
	kindPing                   // owner: are you there
	kindPong                   // worker: u32 milliseconds the oldest native call has been running
	kindOpen                   // owner: a new stream, body = its setup
	kindData                   // owner: input of a stream
	kindEnd                    // owner: no more input
	kindCancel                 // owner: forget the stream
	kindCredit                 // worker: u32 inputs taken up
	kindResult                 // worker: one result
	kindDone                   // worker: the stream is finished
	kindFail                   // worker: the stream failed, body = why
	kindLast
)

// message is one unit on the socket: 4 bytes body length, 1 byte kind, 4 bytes
// stream (little-endian), body.
type message struct {
	kind   Kind
	stream uint32
	body   []byte
}

const (
	headerSize = 9
	// MaxBody bounds one message: half a minute of 16 kHz audio and to spare.
	MaxBody = 4 << 20
)

var errProtocol = errors.New("malformed worker message")

func appendMessage(dst []byte, m message) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(m.body)))
	dst = append(dst, byte(m.kind))
	dst = binary.LittleEndian.AppendUint32(dst, m.stream)
	return append(dst, m.body...)
}

// readMessage reads one message; the body is freshly allocated and belongs to
// the caller. io.EOF is returned only between messages.
func readMessage(r *bufio.Reader) (message, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	m := message{kind: Kind(head[4]), stream: binary.LittleEndian.Uint32(head[5:])}
	if m.kind == 0 || m.kind >= kindLast {
		return message{}, fmt.Errorf("%w: kind %d", errProtocol, m.kind)
	}
	if n > MaxBody {
		return message{}, fmt.Errorf("%w: %d bytes, at most %d", errProtocol, n, MaxBody)
	}
	if n > 0 {
		m.body = make([]byte, n)
		if _, err := io.ReadFull(r, m.body); err != nil {
			return message{}, fmt.Errorf("%w: %w", errProtocol, noEOF(err))
		}
	}
	return m, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func getU32(b []byte) uint32 {
	if len(b) != 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}
