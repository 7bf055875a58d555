// Package ggml converts Whisper weights from the CTranslate2 layout, in which a
// package registry carries them, into the ggml layout that libwhisper loads.
//
// It exists because no registry carries the ggml file itself. It runs once,
// when models are fetched, and must never run inside a call.
package ggml

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrFormat is wrapped by every error about a file that is not what it should be.
var ErrFormat = errors.New("not a CTranslate2 Whisper model")

// Limits on what a file may claim, so that garbage cannot ask for memory.
const (
	maxVariables = 4096
	maxBytes     = 1 << 30
	ct2Version   = 6
)

// variable is one named tensor; data is little-endian in the stated type.
type variable struct {
	name  string
	shape []int
	dtype uint8
	data  []byte
}

const (
	dtypeF32 = 0
	dtypeF16 = 4
)

// readCT2 reads a model.bin of version 6.
func readCT2(r io.Reader) (map[string]variable, error) {
	d := &decoder{r: r}
	if v := d.u32(); d.err == nil && v != ct2Version {
		return nil, fmt.Errorf("%w: version %d, expected %d", ErrFormat, v, ct2Version)
	}
	if spec := d.text(); d.err == nil && spec != "WhisperSpec" {
		return nil, fmt.Errorf("%w: it is a %q", ErrFormat, spec)
	}
	d.u32() // revision
	n := d.u32()
	if d.err == nil && n > maxVariables {
		return nil, fmt.Errorf("%w: it claims %d variables", ErrFormat, n)
	}
	vars := make(map[string]variable)
	for i := uint32(0); i < n && d.err == nil; i++ {
		v := d.variable()
		vars[v.name] = v
	}
	if d.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, d.err)
	}
	return vars, nil
}

type decoder struct {
	r   io.Reader
	err error
	buf [8]byte
}

func (d *decoder) bytes(n int) []byte {
	b := d.buf[:n]
	if d.err == nil {
		_, d.err = io.ReadFull(d.r, b)
	}
	if d.err != nil {
		clear(b)
	}
	return b
}

func (d *decoder) u32() uint32 { return binary.LittleEndian.Uint32(d.bytes(4)) }

// text reads a length-prefixed string whose length counts a closing NUL.
func (d *decoder) text() string {
	n := int(binary.LittleEndian.Uint16(d.bytes(2)))
	b := d.long(n)
	return string(bytes.TrimSuffix(b, []byte{0}))
}

// long reads n bytes, growing only as they arrive.
func (d *decoder) long(n int) []byte {
	if d.err != nil {
		return nil
	}
	var b bytes.Buffer
	got, err := io.CopyN(&b, d.r, int64(n))
	if err != nil || got != int64(n) {
		d.err = io.ErrUnexpectedEOF
	}
	return b.Bytes()
}

func (d *decoder) variable() variable {
	v := variable{name: d.text()}
	rank := int(d.bytes(1)[0])
	if rank > 4 {
		d.fail("variable %q has %d dimensions", v.name, rank)
		return v
	}
	size := 1
	for range rank {
		dim := int(d.u32())
		if dim > maxBytes || size*max(dim, 1) > maxBytes {
			d.fail("variable %q is too large", v.name)
			return v
		}
		v.shape, size = append(v.shape, dim), size*dim
	}
	v.dtype = d.bytes(1)[0]
	n := d.u32()
	if n > maxBytes {
		d.fail("variable %q claims %d bytes", v.name, n)
		return v
	}
	v.data = d.long(int(n))
	if w := v.width(); d.err == nil && w > 0 && len(v.data) != size*w {
		d.fail("variable %q has %d bytes for %d values", v.name, len(v.data), size)
	}
	return v
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// width is the bytes per value of the float types, 0 for others.
func (v variable) width() int {
	switch v.dtype {
	case dtypeF32:
		return 4
	case dtypeF16:
		return 2
	}
	return 0
}

// floats returns the values of a float variable.
func (v variable) floats() ([]float32, error) {
	switch v.dtype {
	case dtypeF32:
		out := make([]float32, len(v.data)/4)
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(v.data[4*i:]))
		}
		return out, nil
	case dtypeF16:
		out := make([]float32, len(v.data)/2)
		for i := range out {
			out[i] = halfToFloat(binary.LittleEndian.Uint16(v.data[2*i:]))
		}
		return out, nil
	}
	return nil, fmt.Errorf("%w: variable %q has type %d, expected floats", ErrFormat, v.name, v.dtype)
}
