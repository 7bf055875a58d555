package ggml

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ConvertFile reads model.bin and vocabulary.txt in the folder in and writes the
// ggml file out: to a temporary name first, so that out is whole or absent.
func ConvertFile(in, out string, kind Weights) (err error) {
	if kind != F16 && kind != Q8 {
		return fmt.Errorf("weights %q are unknown; use %s or %s", kind, F16, Q8)
	}
	model, err := os.Open(filepath.Join(in, "model.bin"))
	if err != nil {
		return err
	}
	defer model.Close()
	vocab, err := os.ReadFile(filepath.Join(in, "vocabulary.txt"))
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(out), ".ggml-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := Convert(tmp, bufio.NewReaderSize(model, 1<<20), vocab, kind); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), out)
}

// Convert writes the ggml form of a CTranslate2 Whisper model. vocab is the text
// of vocabulary.txt, one token a line in the GPT-2 byte alphabet.
func Convert(dst io.Writer, model io.Reader, vocab []byte, kind Weights) error {
	vars, err := readCT2(model)
	if err != nil {
		return err
	}
	c := &converter{vars: vars, w: newWriter(dst, kind)}
	s, err := c.shape()
	if err != nil {
		return err
	}
	tokens, err := readVocabulary(vocab, s.vocab)
	if err != nil {
		return err
	}
	c.w.header(s)
	c.w.vocabulary(tokens)
	c.encoder(s)
	c.decoder(s)
	if c.err != nil {
		return c.err
	}
	if c.w.err != nil {
		return c.w.err
	}
	return c.w.w.Flush()
}

// textTokens is how many tokens carry text: the rest of the vocabulary are
// special marks which libwhisper makes itself. Multilingual models have one more.
func textTokens(vocab int) int {
	if vocab >= 51865 {
		return 50257
	}
	return 50256
}

func readVocabulary(text []byte, vocab int) ([][]byte, error) {
	lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte{'\n'})
	n := textTokens(vocab)
	if len(lines) < n {
		return nil, fmt.Errorf("%w: vocabulary.txt has %d lines, expected %d or more", ErrFormat, len(lines), n)
	}
	undo := byteAlphabet()
	out := make([][]byte, n)
	for i, line := range lines[:n] {
		for _, r := range string(line) {
			b, ok := undo[r]
			if !ok {
				return nil, fmt.Errorf("%w: vocabulary.txt line %d holds %q, outside the byte alphabet", ErrFormat, i+1, r)
			}
			out[i] = append(out[i], b)
		}
	}
	return out, nil
}

// byteAlphabet undoes GPT-2's printable stand-ins for bytes.
func byteAlphabet() map[rune]byte {
	m := make(map[rune]byte, 256)
	next := rune(256)
	for b := 0; b < 256; b++ {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			m[rune(b)] = byte(b)
			continue
		}
		m[next] = byte(b)
		next++
	}
	return m
}

type converter struct {
	vars map[string]variable
	w    *writer
	err  error
}

func (c *converter) dims(name string, rank int) ([]int, error) {
	v, ok := c.vars[name]
	if !ok || len(v.shape) != rank {
		return nil, fmt.Errorf("%w: %s is missing or has the wrong shape", ErrFormat, name)
	}
	return v.shape, nil
}

func (c *converter) shape() (shape, error) {
	emb, err := c.dims("decoder/embeddings/weight", 2)
	if err != nil {
		return shape{}, err
	}
	dpos, err := c.dims("decoder/position_encodings/encodings", 2)
	if err != nil {
		return shape{}, err
	}
	epos, err := c.dims("encoder/position_encodings/encodings", 2)
	if err != nil {
		return shape{}, err
	}
	conv, err := c.dims("encoder/conv1/weight", 3)
	if err != nil {
		return shape{}, err
	}
	return shape{
		vocab: emb[0], textState: emb[1], textCtx: dpos[0], textHeads: emb[1] / 64, textLayers: c.layers("decoder"),
		audioState: epos[1], audioCtx: epos[0], audioHeads: epos[1] / 64, audioLayers: c.layers("encoder"), mels: conv[1],
	}, nil
}

func (c *converter) layers(side string) int {
	n := 0
	for {
		if _, ok := c.vars[fmt.Sprintf("%s/layer_%d/ffn/linear_0/weight", side, n)]; !ok {
			return n
		}
		n++
	}
}

func (c *converter) get(name string) ([]float32, []int) {
	v, ok := c.vars[name]
	if !ok {
		c.fail(fmt.Errorf("%w: %s is missing", ErrFormat, name))
		return nil, nil
	}
	f, err := v.floats()
	c.fail(err)
	return f, v.shape
}

func (c *converter) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *converter) put(name string, dims []int, values []float32, as int) {
	if c.err == nil {
		c.w.tensor(name, dims, values, as)
	}
}

func (c *converter) matrix() int {
	if c.w.kind == Q8 {
		return typeQ8
	}
	return typeF16
}

// copyAs writes one variable under another name.
func (c *converter) copyAs(to, from string, as int) {
	f, dims := c.get(from)
	c.put(to, dims, f, as)
}

// linear writes weight and bias of rows [part, part+1) of n stacked blocks.
func (c *converter) linear(to, from string, part, n int) {
	f, dims := c.get(from + "/weight")
	b, _ := c.get(from + "/bias")
	if c.err != nil {
		return
	}
	if len(dims) != 2 || dims[0]%n != 0 || len(b) != dims[0] {
		c.fail(fmt.Errorf("%w: %s has shape %v", ErrFormat, from, dims))
		return
	}
	rows := dims[0] / n
	c.put(to+".weight", []int{rows, dims[1]}, f[part*rows*dims[1]:(part+1)*rows*dims[1]], c.matrix())
	if !strings.HasSuffix(to, ".key") { // the key projection has no bias
		c.put(to+".bias", []int{rows}, b[part*rows:(part+1)*rows], typeF32)
	}
}

func (c *converter) norm(to, from string) {
	c.copyAs(to+".weight", from+"/gamma", typeF32)
	c.copyAs(to+".bias", from+"/beta", typeF32)
}

func (c *converter) encoder(s shape) {
	c.copyAs("encoder.positional_embedding", "encoder/position_encodings/encodings", typeF32)
	for _, conv := range []string{"conv1", "conv2"} {
		c.copyAs("encoder."+conv+".weight", "encoder/"+conv+"/weight", typeF16)
		b, _ := c.get("encoder/" + conv + "/bias")
		c.put("encoder."+conv+".bias", []int{len(b), 1}, b, typeF32)
	}
	for i := range s.audioLayers {
		c.block(fmt.Sprintf("encoder.blocks.%d", i), fmt.Sprintf("encoder/layer_%d", i))
	}
	c.norm("encoder.ln_post", "encoder/layer_norm")
}

func (c *converter) decoder(s shape) {
	c.copyAs("decoder.positional_embedding", "decoder/position_encodings/encodings", typeF32)
	c.copyAs("decoder.token_embedding.weight", "decoder/embeddings/weight", c.matrix())
	for i := range s.textLayers {
		to, from := fmt.Sprintf("decoder.blocks.%d", i), fmt.Sprintf("decoder/layer_%d", i)
		c.block(to, from)
		c.norm(to+".cross_attn_ln", from+"/attention/layer_norm")
		c.linear(to+".cross_attn.query", from+"/attention/linear_0", 0, 1)
		c.linear(to+".cross_attn.key", from+"/attention/linear_1", 0, 2)
		c.linear(to+".cross_attn.value", from+"/attention/linear_1", 1, 2)
		c.linear(to+".cross_attn.out", from+"/attention/linear_2", 0, 1)
	}
	c.norm("decoder.ln", "decoder/layer_norm")
}

// block writes what encoder and decoder layers share.
func (c *converter) block(to, from string) {
	c.norm(to+".attn_ln", from+"/self_attention/layer_norm")
	for i, part := range []string{"query", "key", "value"} {
		c.linear(to+".attn."+part, from+"/self_attention/linear_0", i, 3)
	}
	c.linear(to+".attn.out", from+"/self_attention/linear_1", 0, 1)
	c.norm(to+".mlp_ln", from+"/ffn/layer_norm")
	c.linear(to+".mlp.0", from+"/ffn/linear_0", 0, 1)
	c.linear(to+".mlp.2", from+"/ffn/linear_1", 0, 1)
}
