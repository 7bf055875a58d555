// Package wire is what a hearing stream says on the worker's socket: its setup,
// audio frames one way, events the other.
//
// It exists so that both ends, and the fuzz test, share one reading of the
// bytes. It must never trust a length.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
)

// Setup opens a hearing stream.
type Setup struct {
	Party      call.Party `json:"party"`
	Language   string     `json:"language"`
	Vocabulary []string   `json:"vocabulary,omitempty"`
}

// ErrFrame is wrapped by every error about a frame's bytes.
var ErrFrame = errors.New("malformed audio frame")

const (
	frameHeader = 13
	flagGap     = 1
	// maxSamples bounds a frame to 100 ms at the highest rate.
	maxSamples = 1600
)

// AppendFrame appends a frame: 8 bytes position in ns, 4 bytes rate, 1 byte
// flags, then 16-bit samples, all little-endian.
func AppendFrame(dst []byte, f *media.Frame) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.At))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(f.Rate))
	flags := byte(0)
	if f.Gap {
		flags |= flagGap
	}
	dst = append(dst, flags)
	for _, s := range f.Samples {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(s))
	}
	return dst
}

// ReadFrame fills f, re-using its samples.
func ReadFrame(b []byte, f *media.Frame) error {
	if len(b) < frameHeader || (len(b)-frameHeader)%2 != 0 {
		return fmt.Errorf("%w: %d bytes", ErrFrame, len(b))
	}
	f.At = time.Duration(binary.LittleEndian.Uint64(b))
	f.Rate = int(binary.LittleEndian.Uint32(b[8:]))
	f.Gap = b[12]&flagGap != 0
	if f.Rate != 8000 && f.Rate != 16000 {
		return fmt.Errorf("%w: %d samples per second; only 8000 and 16000 are heard", ErrFrame, f.Rate)
	}
	b = b[frameHeader:]
	if len(b)/2 > maxSamples {
		return fmt.Errorf("%w: %d samples", ErrFrame, len(b)/2)
	}
	f.Samples = f.Samples[:0]
	for ; len(b) > 0; b = b[2:] {
		f.Samples = append(f.Samples, int16(binary.LittleEndian.Uint16(b)))
	}
	return nil
}

// Event packs a result.
func Event(e call.Event) ([]byte, error) { return json.Marshal(e) }

// ReadEvent unpacks a result.
func ReadEvent(b []byte) (call.Event, error) {
	var e call.Event
	if err := json.Unmarshal(b, &e); err != nil {
		return e, fmt.Errorf("result of the hearing worker: %w", err)
	}
	return e, nil
}
