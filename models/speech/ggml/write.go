package ggml

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Weights is how the large matrices are stored.
type Weights string

const (
	// F16 keeps the weights as they come.
	F16 Weights = "f16"
	// Q8 stores blocks of 32 bytes with one scale: half the size, faster, and
	// no measurable loss on telephone speech.
	Q8 Weights = "q8_0"
)

const (
	ggmlMagic  = 0x67676d6c
	typeF32    = 0
	typeF16    = 1
	typeQ8     = 8
	ftypeF16   = 1
	ftypeQ8    = 2007 // 7 = mostly q8_0, plus quantisation version 2 x 1000
	quantBlock = 32
)

type writer struct {
	w    *bufio.Writer
	err  error
	kind Weights
}

func newWriter(w io.Writer, kind Weights) *writer {
	return &writer{w: bufio.NewWriterSize(w, 1<<20), kind: kind}
}

func (w *writer) put(v any) {
	if w.err == nil {
		w.err = binary.Write(w.w, binary.LittleEndian, v)
	}
}

func (w *writer) ints(v ...int) {
	for _, x := range v {
		w.put(int32(x))
	}
}

// shape is what the tensors say about the model.
type shape struct {
	vocab, audioCtx, audioState, audioHeads, audioLayers int
	textCtx, textState, textHeads, textLayers, mels      int
}

func (w *writer) header(s shape) {
	ftype := ftypeF16
	if w.kind == Q8 {
		ftype = ftypeQ8
	}
	w.put(uint32(ggmlMagic))
	w.ints(s.vocab, s.audioCtx, s.audioState, s.audioHeads, s.audioLayers,
		s.textCtx, s.textState, s.textHeads, s.textLayers, s.mels, ftype)
	filters := melFilters(s.mels)
	w.ints(s.mels, len(filters)/s.mels)
	w.put(filters)
}

func (w *writer) vocabulary(tokens [][]byte) {
	w.ints(len(tokens))
	for _, t := range tokens {
		w.ints(len(t))
		if w.err == nil {
			_, w.err = w.w.Write(t)
		}
	}
}

// tensor writes one tensor. Matrices become the chosen type; conv kernels are
// always f16, vectors and positional tables f32, as libwhisper expects.
func (w *writer) tensor(name string, dims []int, values []float32, as int) {
	rev := make([]int, len(dims))
	for i, d := range dims {
		rev[len(dims)-1-i] = d
	}
	w.ints(len(dims), len(name), as)
	w.ints(rev...)
	if w.err == nil {
		_, w.err = w.w.WriteString(name)
	}
	switch as {
	case typeF32:
		w.put(values)
	case typeF16:
		half := make([]uint16, len(values))
		for i, v := range values {
			half[i] = floatToHalf(v)
		}
		w.put(half)
	case typeQ8:
		if rev[0]%quantBlock != 0 {
			w.err = fmt.Errorf("%w: %s has rows of %d, not a multiple of %d", ErrFormat, name, rev[0], quantBlock)
			return
		}
		if w.err == nil {
			_, w.err = w.w.Write(quantise(values))
		}
	}
}

// quantise packs values as q8_0: per 32 values an f16 scale and 32 signed bytes.
func quantise(values []float32) []byte {
	out := make([]byte, 0, len(values)/quantBlock*(quantBlock+2))
	for len(values) >= quantBlock {
		block := values[:quantBlock]
		values = values[quantBlock:]
		var peak float32
		for _, v := range block {
			peak = max(peak, float32(math.Abs(float64(v))))
		}
		scale := peak / 127
		out = binary.LittleEndian.AppendUint16(out, floatToHalf(scale))
		for _, v := range block {
			q := 0.0
			if scale > 0 {
				q = math.Round(float64(v / scale))
			}
			out = append(out, byte(int8(q)))
		}
	}
	return out
}

// melFilters is the slaney-scaled, slaney-normalised filter bank for a 400-point
// transform at 16 kHz, mels x 201 row by row.
func melFilters(mels int) []float32 {
	const bins, rate, points = 201, 16000.0, 400.0
	hz := make([]float64, mels+2)
	top := hzToMel(rate / 2)
	for i := range hz {
		hz[i] = melToHz(top * float64(i) / float64(mels+1))
	}
	out := make([]float32, mels*bins)
	for m := range mels {
		lo, mid, hi := hz[m], hz[m+1], hz[m+2]
		for b := range bins {
			f := float64(b) * rate / points
			w := math.Min((f-lo)/(mid-lo), (hi-f)/(hi-mid))
			if w > 0 {
				out[m*bins+b] = float32(w * 2 / (hi - lo))
			}
		}
	}
	return out
}

// The slaney scale: linear below 1 kHz, logarithmic above.
const (
	melLinear = 200.0 / 3
	melBreak  = 1000.0
	melStep   = 0.06875177742094912 // ln(6.4)/27
)

func hzToMel(hz float64) float64 {
	if hz < melBreak {
		return hz / melLinear
	}
	return melBreak/melLinear + math.Log(hz/melBreak)/melStep
}

func melToHz(mel float64) float64 {
	if mel < melBreak/melLinear {
		return mel * melLinear
	}
	return melBreak * math.Exp(melStep*(mel-melBreak/melLinear))
}
