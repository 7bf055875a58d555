package vad

import (
	"fmt"

	"github.com/sidetone/sidetone/models/internal/ort"
	onnx "github.com/yalue/onnxruntime_go"
)

// Network is the loaded Silero model (version 5), shared by all streams. Worker
// processes only.
type Network struct {
	session *onnx.DynamicAdvancedSession
}

// LoadNetwork loads the model file.
func LoadNetwork(rt *ort.Runtime, path string) (*Network, error) {
	s, err := rt.Session(path, []string{"input", "state", "sr"}, []string{"output", "stateN"})
	if err != nil {
		return nil, fmt.Errorf("voice activity: %w", err)
	}
	return &Network{session: s}, nil
}

// Close frees the model; no stream may use it any more.
func (n *Network) Close() error { return n.session.Destroy() }

// Stream makes the state of one stream at 8000 or 16000 samples per second.
func (n *Network) Stream(rate int) (*Silero, error) {
	s := &Silero{net: n, window: 256, context: 32}
	if rate == 16000 {
		s.window, s.context = 512, 64
	}
	var err error
	in := make([]float32, s.context+s.window)
	if s.input, err = onnx.NewTensor(onnx.NewShape(1, int64(len(in))), in); err == nil {
		s.state, err = onnx.NewTensor(onnx.NewShape(2, 1, 128), make([]float32, 256))
	}
	if err == nil {
		s.next, err = onnx.NewTensor(onnx.NewShape(2, 1, 128), make([]float32, 256))
	}
	if err == nil {
		s.sr, err = onnx.NewTensor(onnx.NewShape(1), []int64{int64(rate)})
	}
	if err == nil {
		s.out, err = onnx.NewTensor(onnx.NewShape(1, 1), make([]float32, 1))
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("voice activity: %w", err)
	}
	return s, nil
}

// Silero is one stream through the network; a Prober.
type Silero struct {
	net             *Network
	window, context int

	input, state, next, out *onnx.Tensor[float32]
	sr                      *onnx.Tensor[int64]
}

// Window is 256 samples at 8 kHz and 512 at 16 kHz: 32 ms.
func (s *Silero) Window() int { return s.window }

// Reset forgets the past.
func (s *Silero) Reset() {
	clear(s.state.GetData())
	clear(s.input.GetData())
}

// Probe rates the next window.
func (s *Silero) Probe(window []int16) (float32, error) {
	in := s.input.GetData()
	copy(in, in[s.window:]) // the network wants the end of the window before
	for i, v := range window {
		in[s.context+i] = float32(v) / 32768
	}
	err := s.net.session.Run([]onnx.Value{s.input, s.state, s.sr}, []onnx.Value{s.out, s.next})
	if err != nil {
		return 0, fmt.Errorf("voice activity: %w", err)
	}
	s.state, s.next = s.next, s.state
	return s.out.GetData()[0], nil
}

// Close frees the stream's buffers.
func (s *Silero) Close() {
	for _, t := range []*onnx.Tensor[float32]{s.input, s.state, s.next, s.out} {
		if t != nil {
			t.Destroy()
		}
	}
	if s.sr != nil {
		s.sr.Destroy()
	}
}
