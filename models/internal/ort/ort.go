// Package ort opens onnxruntime sessions for the other model packages.
//
// It exists because the native library is loaded once per process and all its
// users need the same careful options: one thread, no arena that only grows. It
// must only be used in worker processes.
package ort

import (
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// Runtime is the loaded native library.
type Runtime struct{}

// Open loads the library at path.
func Open(path string) (*Runtime, error) {
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return nil, fmt.Errorf("onnxruntime %s: %w; mend it with 'make models'", path, err)
	}
	return &Runtime{}, nil
}

// Close unloads it, when every session is destroyed.
func (r *Runtime) Close() error { return ort.DestroyEnvironment() }

// Session opens a model whose tensors are given with each run.
func (r *Runtime) Session(model string, in, out []string) (*ort.DynamicAdvancedSession, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("onnxruntime: %w", err)
	}
	defer opts.Destroy()
	for _, err := range []error{
		opts.SetIntraOpNumThreads(1),
		opts.SetInterOpNumThreads(1),
		opts.SetExecutionMode(ort.ExecutionModeSequential),
		opts.SetCpuMemArena(false), // lengths differ from run to run: the arena would keep the largest of each
	} {
		if err != nil {
			return nil, fmt.Errorf("onnxruntime: %w", err)
		}
	}
	s, err := ort.NewDynamicAdvancedSession(model, in, out, opts)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w; mend it with 'make models'", model, err)
	}
	return s, nil
}
