package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// Recorder writes 16-bit PCM whose header is right again after every second of
// audio: a process killed at any moment leaves a file that plays up to then.
// One goroutine writes.
type Recorder struct {
	f        *os.File
	rate     int
	channels int
	buf      []byte
	bytes    int64 // of audio written
	patched  int64 // of audio the header tells of
}

const headerBytes = 44

// maxBytes is what a RIFF header can tell of.
const maxBytes = 0xffffffff - 1024

// ErrLong is returned when a recording reaches the 4 GiB a WAV file may have.
var ErrLong = errors.New("the recording has reached the 4 GiB a wav file may hold")

// NewRecorder creates the file; it must not exist.
func NewRecorder(path string, rate, channels int) (*Recorder, error) {
	if rate < 4000 || rate > 192000 || channels < 1 || channels > MaxChannels {
		return nil, fmt.Errorf("cannot record %d channels at %d samples per second", channels, rate)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	r := &Recorder{f: f, rate: rate, channels: channels}
	if _, err := f.Write(encodeHeader(rate, channels, 16, 0)); err != nil {
		f.Close()
		return nil, fmt.Errorf("recording: %w", err)
	}
	return r, nil
}

func encodeHeader(rate, channels, bits int, bytes int64) []byte {
	le := binary.LittleEndian
	b := append([]byte(nil), "RIFF"...)
	b = le.AppendUint32(b, uint32(bytes+headerBytes-8))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, tagPCM)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*bits/8))
	b = le.AppendUint16(b, uint16(channels*bits/8))
	b = le.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(bytes))
}

// Write appends interleaved samples: a whole number of frames. After an error
// none of them are in the file, what was written before plays, and Write may be
// tried again: a full disk gets room.
func (r *Recorder) Write(interleaved []int16) error {
	if len(interleaved)%r.channels != 0 {
		return fmt.Errorf("%d samples do not make whole frames of %d channels", len(interleaved), r.channels)
	}
	if r.bytes+int64(2*len(interleaved)) > maxBytes {
		return ErrLong
	}
	r.buf = r.buf[:0]
	for _, s := range interleaved {
		r.buf = binary.LittleEndian.AppendUint16(r.buf, uint16(s))
	}
	if _, err := r.f.WriteAt(r.buf, headerBytes+r.bytes); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	r.bytes += int64(len(r.buf))
	if r.bytes-r.patched >= int64(r.rate*r.channels*2) {
		// The samples are in the file. A header that could not be patched is
		// tried again with the next Write, and by Close.
		_ = r.patch()
	}
	return nil
}

// patch makes the header tell of all audio written so far.
func (r *Recorder) patch() error {
	if _, err := r.f.WriteAt(encodeHeader(r.rate, r.channels, 16, r.bytes), 0); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	r.patched = r.bytes
	return nil
}

// Close completes the header and closes the file.
func (r *Recorder) Close() error {
	err := errors.Join(r.patch(), r.f.Sync())
	return errors.Join(err, r.f.Close())
}

// Repair makes the header of a recording that was broken off tell of all audio
// in the file. It changes nothing in a sound file, and refuses what no Recorder
// wrote.
func Repair(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return cause(err)
	}
	var b [headerBytes]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return fmt.Errorf("%s: %w: it ends inside its header", path, ErrTruncated)
	}
	channels, rate := int(binary.LittleEndian.Uint16(b[22:])), int(binary.LittleEndian.Uint32(b[24:]))
	if string(b[:4]) != "RIFF" || string(b[36:40]) != "data" || binary.LittleEndian.Uint16(b[20:]) != tagPCM || channels < 1 || channels > MaxChannels {
		return fmt.Errorf("%s: %w: no recorder of ours wrote it", path, ErrFormat)
	}
	there := st.Size() - headerBytes
	there -= there % int64(2*channels)
	if int64(binary.LittleEndian.Uint32(b[40:])) == there {
		return nil
	}
	if _, err := f.WriteAt(encodeHeader(rate, channels, 16, there), 0); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Sync()
}
