package wav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/resample"
)

// File is a recording on disk. It holds no open file: each channel's reader
// does, so that channels are read at their own pace.
type File struct {
	path string
	head header
}

// Open looks at a WAV file, or at raw 8 kHz audio named .ulaw or .alaw.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: it is not a file", path, ErrFormat)
	}
	if raw, ok := rawHeader(path, st.Size()); ok {
		if raw.bytes == 0 {
			return nil, fmt.Errorf("%s: %w: the file is empty", path, ErrFormat)
		}
		return &File{path: path, head: raw}, nil
	}
	h, err := readHeader(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{path: path, head: h}, nil
}

// cause drops the "open" of a path error: the sentence is for a person.
func cause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

func rawHeader(path string, size int64) (header, bool) {
	h := header{rate: 8000, channels: 1, bits: 8, bytes: size}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".ulaw", ".mulaw", ".ul":
		h.encoding = ulaw
	case ".alaw", ".al":
		h.encoding = alaw
	default:
		return header{}, false
	}
	return h, true
}

// Path is the name given to Open.
func (f *File) Path() string { return f.path }

// Rate is samples per second in the file.
func (f *File) Rate() int { return f.head.rate }

// Channels is how many there are.
func (f *File) Channels() int { return f.head.channels }

// Duration of the audio that is really there.
func (f *File) Duration() time.Duration { return f.head.duration() }

// FrameRate is what frames of this file come in: 8000 for telephone rates,
// 16000 for anything better.
func (f *File) FrameRate() int {
	if f.head.rate <= 8000 {
		return 8000
	}
	return 16000
}

// Samples reads all channels interleaved, at the file's own rate.
type Samples struct {
	f   *os.File
	src source
}

// Samples opens the file for reading from its beginning.
func (f *File) Samples() (*Samples, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, cause(err)
	}
	src, err := newSource(file, f.head)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return &Samples{f: file, src: src}, nil
}

// ReadFrames fills dst with interleaved samples, whole frames only, and returns
// how many samples; io.EOF comes with 0 after the last.
func (s *Samples) ReadFrames(dst []int16) (int, error) { return s.src.read(dst) }

// Close closes the file.
func (s *Samples) Close() error { return s.f.Close() }

// Channel opens one channel as 20 ms frames of FrameRate; the last frame is
// filled up with silence. The caller closes it.
func (f *File) Channel(i int) (*Channel, error) {
	if i < 0 || i >= f.head.channels {
		return nil, fmt.Errorf("%s has no channel %d; it has %d, counted from 0", f.path, i, f.head.channels)
	}
	up, err := resample.New(f.head.rate, f.FrameRate())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	s, err := f.Samples()
	if err != nil {
		return nil, err
	}
	return &Channel{in: s, index: i, channels: f.head.channels, rate: f.FrameRate(), up: up,
		block: make([]int16, 1024*f.head.channels), mono: make([]int16, 0, 1024)}, nil
}

// Channel is a media.Reader over one channel of a file.
type Channel struct {
	in       *Samples
	index    int
	channels int
	rate     int
	up       *resample.Resampler
	block    []int16
	mono     []int16
	ready    []int16
	sent     int64 // samples handed out
	over     bool
}

var _ media.Reader = (*Channel)(nil)

// ReadFrame hands out the next frame; media.ErrClosed after the last.
func (c *Channel) ReadFrame(ctx context.Context, f *media.Frame) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n := c.rate / 50
	for len(c.ready) < n && !c.over {
		if err := c.fill(); err != nil {
			return err
		}
	}
	if len(c.ready) == 0 {
		return media.ErrClosed
	}
	f.At = time.Duration(c.sent) * time.Second / time.Duration(c.rate)
	f.Rate, f.Gap = c.rate, false
	f.Samples = append(f.Samples[:0], c.ready[:min(n, len(c.ready))]...)
	c.ready = c.ready[:copy(c.ready, c.ready[len(f.Samples):])]
	c.sent += int64(n)
	for len(f.Samples) < n {
		f.Samples = append(f.Samples, 0)
	}
	return nil
}

func (c *Channel) fill() error {
	n, err := c.in.ReadFrames(c.block)
	if errors.Is(err, io.EOF) {
		c.ready, c.over = c.up.Flush(c.ready), true
		return nil
	}
	if err != nil {
		return err
	}
	c.mono = c.mono[:0]
	for i := c.index; i < n; i += c.channels {
		c.mono = append(c.mono, c.block[i])
	}
	c.ready = c.up.Push(c.ready, c.mono)
	return nil
}

// Close closes the file.
func (c *Channel) Close() error { return c.in.Close() }
