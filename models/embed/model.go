package embed

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"
	onnx "github.com/yalue/onnxruntime_go"

	"github.com/sidetone/sidetone/models/internal/ort"
)

// maxTokens of a text reach the model.
const maxTokens = 256

// model is one loaded sentence encoder. One goroutine at a time.
type model struct {
	session *onnx.DynamicAdvancedSession
	tok     *tokenizer.Tokenizer
	types   bool // it wants token_type_ids
}

func loadModel(rt *ort.Runtime, dir string) (*model, error) {
	file := filepath.Join(dir, "model.onnx")
	ins, outs, err := onnx.GetInputOutputInfo(file)
	if err != nil || len(outs) == 0 {
		return nil, fmt.Errorf("model of meaning %s: %w; mend it with 'make models'", file, err)
	}
	m := &model{}
	names := []string{"input_ids", "attention_mask"}
	for _, in := range ins {
		if in.Name == "token_type_ids" {
			m.types = true
			names = append(names, in.Name)
		}
	}
	if m.tok, err = pretrained.FromFile(filepath.Join(dir, "tokenizer.json")); err != nil {
		return nil, fmt.Errorf("tokenizer in %s: %w; mend it with 'make models'", dir, err)
	}
	// The file's own padding, to 128 tokens, would cost seven times the work.
	m.tok.WithPadding(nil)
	m.tok.WithTruncation(nil)
	m.session, err = rt.Session(file, names, []string{outs[0].Name})
	return m, err
}

// embed makes the unit vector of a text.
func (m *model) embed(text string) ([]float32, error) {
	ids, err := m.ids(text)
	if err != nil {
		return nil, err
	}
	n := int64(len(ids))
	ones, zeros := make([]int64, n), make([]int64, n)
	for i := range ones {
		ones[i] = 1
	}
	var in []onnx.Value
	defer func() {
		for _, t := range in {
			t.Destroy()
		}
	}()
	cols := [][]int64{ids, ones}
	if m.types {
		cols = append(cols, zeros)
	}
	for _, col := range cols {
		t, err := onnx.NewTensor(onnx.NewShape(1, n), col)
		if err != nil {
			return nil, err
		}
		in = append(in, t)
	}
	out := []onnx.Value{nil}
	if err := m.session.Run(in, out); err != nil {
		return nil, fmt.Errorf("model of meaning: %w", err)
	}
	defer out[0].Destroy()
	t, ok := out[0].(*onnx.Tensor[float32])
	if !ok {
		return nil, fmt.Errorf("model of meaning answers %T", out[0])
	}
	return unit(t.GetData(), int(n)), nil
}

func (m *model) ids(text string) (ids []int64, err error) {
	defer func() { // the tokenizer panics on some odd input
		if p := recover(); p != nil {
			err = fmt.Errorf("tokenizer: %v", p)
		}
	}()
	enc, err := m.tok.EncodeSingle(text, true)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	for i, id := range enc.Ids {
		if enc.AttentionMask[i] != 0 {
			ids = append(ids, int64(id))
		}
	}
	if len(ids) > maxTokens { // keep the closing mark
		ids[maxTokens-1] = ids[len(ids)-1]
		ids = ids[:maxTokens]
	}
	return ids, nil
}

// unit is the vector of the first of n tokens, [CLS], which BGE models give the
// meaning of the whole to, brought to length 1.
func unit(data []float32, n int) []float32 {
	v := make([]float32, len(data)/max(n, 1))
	copy(v, data)
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if norm := float32(math.Sqrt(sum)); norm > 0 {
		for i := range v {
			v[i] /= norm
		}
	}
	return v
}
