// Package wav reads recordings as 20 ms frames and writes recordings a crash
// cannot spoil.
//
// It exists so that every command and the gateway share one careful reader: it
// streams, never trusts the size a header claims, and answers a broken file with
// one sentence. It must never load a whole file.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

var (
	// ErrFormat is wrapped when a file is not audio this package reads.
	ErrFormat = errors.New("not a recording that can be read")
	// ErrTruncated is wrapped when a file holds less audio than it says.
	ErrTruncated = errors.New("the recording is cut short")
)

// encoding of samples in a file.
type encoding int

const (
	pcm encoding = iota
	pcm8
	float
	ulaw
	alaw
)

// header is what a RIFF file says, checked against what it is.
type header struct {
	encoding encoding
	rate     int
	channels int
	bits     int
	offset   int64 // of the audio
	bytes    int64 // of audio really there
}

func (h header) frameSize() int { return h.channels * h.bits / 8 }

func (h header) frames() int64 { return h.bytes / int64(h.frameSize()) }

func (h header) duration() time.Duration {
	n := h.frames()
	return time.Duration(n/int64(h.rate))*time.Second + time.Duration(n%int64(h.rate))*time.Second/time.Duration(h.rate)
}

const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagULaw       = 7
	tagExtensible = 0xfffe

	// maxChunks bounds the walk over chunks.
	maxChunks = 1000
	// MaxChannels that a file may have.
	MaxChannels = 16
)

// readHeader walks the chunks of a RIFF file of the given size.
func readHeader(r io.ReaderAt, size int64) (header, error) {
	var riff [12]byte
	if size == 0 {
		return header{}, fmt.Errorf("%w: the file is empty", ErrFormat)
	}
	if _, err := r.ReadAt(riff[:], 0); err != nil || string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return header{}, fmt.Errorf("%w: it does not begin like a WAV file (raw telephone audio is read when its name ends in .ulaw or .alaw)", ErrFormat)
	}
	var h header
	known := false
	at := int64(12)
	for range maxChunks {
		var chunk [8]byte
		if _, err := r.ReadAt(chunk[:], at); err != nil {
			return header{}, noData(known)
		}
		n := int64(binary.LittleEndian.Uint32(chunk[4:]))
		at += 8
		switch string(chunk[:4]) {
		case "fmt ":
			var err error
			if h, err = readFormat(r, at, n); err != nil {
				return header{}, err
			}
			known = true
		case "data":
			if !known {
				return header{}, fmt.Errorf("%w: audio comes before its format", ErrFormat)
			}
			h.offset = at
			return h, h.measure(n, size-at)
		}
		at += n + n&1
	}
	return header{}, noData(known)
}

func noData(known bool) error {
	if known {
		return fmt.Errorf("%w: the header holds no audio", ErrTruncated)
	}
	return fmt.Errorf("%w: it has no format and no audio", ErrFormat)
}

// measure compares the claimed size with the bytes there. Zero and the largest
// numbers are what programs write that stream without knowing the length.
func (h *header) measure(claimed, there int64) error {
	const unknown = 0x7ffff000
	if claimed == 0 || claimed >= unknown {
		claimed = there
	}
	if claimed > there {
		short := *h
		short.bytes = claimed
		h.bytes = there
		return fmt.Errorf("%w: it says %v of audio and holds %v", ErrTruncated, short.duration().Round(time.Millisecond), h.duration().Round(time.Millisecond))
	}
	h.bytes = claimed - claimed%int64(h.frameSize())
	if h.bytes == 0 {
		return fmt.Errorf("%w: it holds no audio", ErrFormat)
	}
	return nil
}

func readFormat(r io.ReaderAt, at, n int64) (header, error) {
	var b [40]byte
	if n < 16 {
		return header{}, fmt.Errorf("%w: its format has %d bytes", ErrFormat, n)
	}
	n = min(n, int64(len(b)))
	if _, err := r.ReadAt(b[:n], at); err != nil {
		return header{}, fmt.Errorf("%w: it ends inside its format", ErrTruncated)
	}
	tag := binary.LittleEndian.Uint16(b[:])
	if tag == tagExtensible && n >= 26 {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	h := header{
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
		bits:     int(binary.LittleEndian.Uint16(b[14:])),
	}
	switch {
	case h.channels == 0:
		return header{}, fmt.Errorf("%w: it has 0 channels", ErrFormat)
	case h.channels > MaxChannels:
		return header{}, fmt.Errorf("%w: it has %d channels, at most %d are read", ErrFormat, h.channels, MaxChannels)
	case h.rate < 4000 || h.rate > 192000:
		return header{}, fmt.Errorf("%w: it has %d samples per second, 4000 to 192000 are read", ErrFormat, h.rate)
	}
	switch {
	case tag == tagPCM && h.bits == 8:
		h.encoding = pcm8
	case tag == tagPCM && (h.bits == 16 || h.bits == 24 || h.bits == 32):
		h.encoding = pcm
	case tag == tagFloat && (h.bits == 32 || h.bits == 64):
		h.encoding = float
	case tag == tagULaw && h.bits == 8:
		h.encoding = ulaw
	case tag == tagALaw && h.bits == 8:
		h.encoding = alaw
	default:
		return header{}, fmt.Errorf("%w: format %d with %d bits is unknown; convert it to 16-bit PCM", ErrFormat, tag, h.bits)
	}
	return h, nil
}
