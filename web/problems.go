package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/sidetone/sidetone/store"
	"go.uber.org/zap"
)

// problem turns an error of the rooms behind into an answer that says what
// happened and how to mend it. What it does not know is logged, not shown.
func (s *Server) problem(err error) error {
	var known huma.StatusError
	if errors.As(err, &known) {
		return err
	}
	for _, c := range []struct {
		is     error
		status int
	}{
		{store.ErrNotFound, http.StatusNotFound},
		{store.ErrBadInput, http.StatusUnprocessableEntity},
		{store.ErrLastAdmin, http.StatusConflict},
		{store.ErrFull, http.StatusInsufficientStorage},
		{store.ErrLocked, http.StatusServiceUnavailable},
		{store.ErrReadOnly, http.StatusInternalServerError},
		{store.ErrDamaged, http.StatusInternalServerError},
		{ErrNotLive, http.StatusConflict},
		{ErrNoAdvice, http.StatusNotFound},
		{ErrUnknown, http.StatusNotFound},
		{ErrOff, http.StatusServiceUnavailable},
		{ErrBusy, http.StatusServiceUnavailable},
	} {
		if errors.Is(err, c.is) {
			if c.status >= http.StatusInternalServerError {
				s.cfg.Log.Warn("request failed", zap.Error(err))
			}
			return huma.NewError(c.status, err.Error())
		}
	}
	if errors.Is(err, context.Canceled) {
		return huma.NewError(499, "the request was given up")
	}
	s.cfg.Log.Error("request failed", zap.Error(err))
	return huma.NewError(http.StatusInternalServerError,
		"something went wrong in the gateway: its log says what; try again, and if it stays, run sidetone doctor")
}

// writeProblem answers outside the generated API, in the same form.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail})
}

// writeError is writeProblem for an error of the rooms behind.
func (s *Server) writeError(w http.ResponseWriter, err error) {
	var known huma.StatusError
	if errors.As(s.problem(err), &known) {
		writeProblem(w, known.GetStatus(), known.Error())
	}
}

// survive keeps one broken request from ending calls.
func (s *Server) survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p) // net/http's own way to cut an answer short
				}
				s.cfg.Log.Error("request panicked", zap.Any("panic", p), zap.String("path", r.URL.Path),
					zap.ByteString("stack", debug.Stack()))
				writeProblem(w, http.StatusInternalServerError, "something went wrong in the gateway: its log says what")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func isAPI(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || path == "/metrics"
}
