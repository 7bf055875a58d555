package ggml

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"
)

// model writes a CTranslate2 file of float variables.
func model(vars map[string][]int) []byte {
	le := binary.LittleEndian
	text := func(b []byte, s string) []byte {
		return append(append(le.AppendUint16(b, uint16(len(s)+1)), s...), 0)
	}
	b := text(le.AppendUint32(nil, ct2Version), "WhisperSpec")
	b = le.AppendUint32(le.AppendUint32(b, 3), uint32(len(vars)))
	for name, shape := range vars {
		b = append(text(b, name), byte(len(shape)))
		n := 1
		for _, d := range shape {
			b, n = le.AppendUint32(b, uint32(d)), n*d
		}
		b = le.AppendUint32(append(b, dtypeF32), uint32(4*n))
		b = append(b, make([]byte, 4*n)...)
	}
	return b
}

func TestReadCT2(t *testing.T) {
	vars, err := readCT2(bytes.NewReader(model(map[string][]int{"a/weight": {2, 3}, "b": {4}})))
	if err != nil || len(vars) != 2 || len(vars["a/weight"].data) != 24 {
		t.Fatalf("%v, %v", vars, err)
	}
}

// A model that is not whole is refused by name, never half converted.
func TestConvertRefuses(t *testing.T) {
	whole := model(map[string][]int{"a": {2}})
	for name, b := range map[string][]byte{
		"empty":          nil,
		"cut off":        whole[:len(whole)-3],
		"wrong version":  append([]byte{9, 0, 0, 0}, whole[4:]...),
		"html":           []byte("<html><body>not found</body></html>"),
		"no such tensor": whole,
	} {
		if err := Convert(io.Discard, bytes.NewReader(b), nil, F16); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Half precision comes back as it went in.
func TestHalf(t *testing.T) {
	for _, f := range []float32{0, 1, -1, 0.5, 65504, -65504, 1.0 / 1024, 6.1035156e-05} {
		if got := halfToFloat(floatToHalf(f)); got != f {
			t.Errorf("%g came back as %g", f, got)
		}
	}
	for h := range 1 << 16 {
		f := halfToFloat(uint16(h))
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			continue
		}
		if got := floatToHalf(f); got != uint16(h) && f != 0 {
			t.Fatalf("%#x is %g and comes back as %#x", h, f, got)
		}
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(model(map[string][]int{"encoder/conv1/weight": {4, 80, 3}, "decoder/embeddings/weight": {8, 4}}), []byte("a\nb\n"))
	f.Fuzz(func(t *testing.T, b, vocab []byte) {
		if err := Convert(io.Discard, bytes.NewReader(b), vocab, F16); err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("unclassified: %v", err)
		}
	})
}
