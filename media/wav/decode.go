package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/go-audio/audio"
	gowav "github.com/go-audio/wav"

	"github.com/sidetone/sidetone/media/g711"
)

// source reads interleaved samples.
type source interface {
	read(dst []int16) (int, error)
}

func newSource(f *os.File, h header) (source, error) {
	if h.encoding == pcm {
		return newLinear(f, h)
	}
	if _, err := f.Seek(h.offset, io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(io.LimitReader(f, h.bytes), 32<<10)
	return &coded{r: r, head: h}, nil
}

// linear reads 16, 24 and 32 bit PCM through go-audio.
type linear struct {
	dec   *gowav.Decoder
	buf   audio.IntBuffer
	shift int
	left  int64 // samples
}

func newLinear(f *os.File, h header) (*linear, error) {
	dec := gowav.NewDecoder(&plain{head: encodeHeader(h.rate, h.channels, h.bits, h.bytes), f: f, offset: h.offset, bytes: h.bytes})
	if err := dec.FwdToPCM(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &linear{dec: dec, shift: h.bits - 16, left: h.frames() * int64(h.channels)}, nil
}

func (l *linear) read(dst []int16) (int, error) {
	if int64(len(dst)) > l.left {
		dst = dst[:l.left]
	}
	if len(dst) == 0 {
		return 0, io.EOF
	}
	if cap(l.buf.Data) < len(dst) {
		l.buf.Data = make([]int, len(dst))
	}
	l.buf.Data = l.buf.Data[:len(dst)]
	n, err := l.dec.PCMBuffer(&l.buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read audio: %w", err)
	}
	if n <= 0 {
		return 0, io.EOF
	}
	for i, v := range l.buf.Data[:n] {
		dst[i] = int16(v >> l.shift)
	}
	l.left -= int64(n)
	return n, nil
}

// plain shows the library a file with the plainest header there is: readHeader
// has walked the chunks already, and hostile ones must not reach it.
type plain struct {
	head          []byte
	f             io.ReaderAt
	offset, bytes int64
	pos           int64
}

func (p *plain) Read(b []byte) (int, error) {
	n := 0
	if p.pos < headerBytes {
		n = copy(b, p.head[p.pos:])
		p.pos += int64(n)
	}
	at := p.pos - headerBytes
	if rest := min(int64(len(b)-n), p.bytes-at); rest > 0 {
		m, err := p.f.ReadAt(b[n:n+int(rest)], p.offset+at)
		p.pos += int64(m)
		if m == 0 && n == 0 && err != nil {
			return 0, err
		}
		n += m
	}
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (p *plain) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.pos
	case io.SeekEnd:
		offset += headerBytes + p.bytes
	}
	if offset < 0 {
		return p.pos, fmt.Errorf("seek to %d", offset)
	}
	p.pos = offset
	return offset, nil
}

// coded reads what go-audio does not: 8-bit unsigned, G.711 and floats.
type coded struct {
	r    *bufio.Reader
	head header
	raw  []byte
}

func (c *coded) read(dst []int16) (int, error) {
	width := c.head.bits / 8
	dst = dst[:len(dst)-len(dst)%c.head.channels]
	if cap(c.raw) < len(dst)*width {
		c.raw = make([]byte, len(dst)*width)
	}
	raw := c.raw[:len(dst)*width]
	n, err := io.ReadFull(c.r, raw)
	if n == 0 {
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, fmt.Errorf("read audio: %w", err)
	}
	raw = raw[:n-n%width]
	dst = dst[:len(raw)/width]
	switch c.head.encoding {
	case ulaw:
		g711.DecodeULaw(dst, raw)
	case alaw:
		g711.DecodeALaw(dst, raw)
	case pcm8:
		for i, b := range raw {
			dst[i] = (int16(b) - 128) << 8
		}
	case float:
		for i := range dst {
			dst[i] = fromFloat(raw[i*width:], width)
		}
	}
	return len(dst), nil
}

func fromFloat(b []byte, width int) int16 {
	var v float64
	if width == 4 {
		v = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	} else {
		v = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	if v != v {
		return 0 // not a number: silence
	}
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(v*32768))))
}
