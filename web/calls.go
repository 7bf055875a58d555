package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/store"
	"go.uber.org/zap"
)

type callList struct {
	Body struct {
		Calls []LiveCall `json:"calls"`
	}
}

type listCalls struct {
	State  string    `query:"state" enum:"ringing,live,finished" doc:"only calls in this state"`
	Q      string    `query:"q" maxLength:"200" doc:"words said, or part of a number, name or id; all words must occur"`
	Agent  string    `query:"agent" maxLength:"200" doc:"only this agent's calls"`
	From   time.Time `query:"from" doc:"made at or after"`
	Until  time.Time `query:"until" doc:"made before"`
	Min    float64   `query:"min_score" minimum:"0" maximum:"100" doc:"quality score at least; 0: any"`
	Max    float64   `query:"max_score" minimum:"0" maximum:"100" default:"100" doc:"quality score at most; 100: any"`
	Before string    `query:"before" maxLength:"64" doc:"id of the last call of the page before"`
	Limit  int       `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// OneCall names a call in an address. It is exported only because huma cannot
// fill in an embedded struct it cannot see.
type OneCall struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Server) callRoutes() {
	handle(s, route{http.MethodGet, "/api/health", "health", "Which parts are on", anyone}, s.health)
	handle(s, route{http.MethodGet, "/api/calls", "list-calls", "Calls, newest first", seeCalls}, s.listCalls)
	handle(s, route{http.MethodGet, "/api/calls/{id}", "get-call", "One call", seeCalls},
		func(ctx context.Context, who store.User, in *OneCall) (*struct{ Body LiveCall }, error) {
			c, err := s.callOf(ctx, who, seeCalls, in.ID)
			return &struct{ Body LiveCall }{c}, err
		})
	handle(s, route{http.MethodGet, "/api/calls/{id}/report", "get-report", "The call's quality report", seeCalls},
		func(ctx context.Context, who store.User, in *OneCall) (*struct{ Body qc.Report }, error) {
			if _, err := s.callOf(ctx, who, seeCalls, in.ID); err != nil {
				return nil, err
			}
			r, err := s.cfg.Store.Report(ctx, call.ID(in.ID))
			if errors.Is(err, store.ErrNotFound) {
				return nil, huma.Error404NotFound("this call has no quality report: it is made when the call ends")
			}
			return &struct{ Body qc.Report }{r}, err
		})
	handle(s, route{http.MethodGet, "/api/calls/{id}/events", "get-events", "The call's log as kept so far", seeCalls}, s.events)
	handle(s, route{http.MethodGet, "/api/calls/{id}/recording.wav", "get-recording",
		"The recording: customer left, agent right; byte ranges are served", seeCalls}, s.recording)
}

type health struct {
	Body struct {
		Status string      `json:"status" enum:"ok,degraded"`
		Parts  []call.Part `json:"parts"`
	}
}

// health tells anybody what is on; why something is off may name folders and
// hosts and is for those who signed in.
func (s *Server) health(_ context.Context, who store.User, _ *nothing) (*health, error) {
	h := &health{}
	h.Body.Status, h.Body.Parts = "ok", []call.Part{}
	for _, p := range s.cfg.Health() {
		if !p.On {
			h.Body.Status = "degraded"
		}
		if who.Role == "" {
			p.Why = ""
		}
		h.Body.Parts = append(h.Body.Parts, p)
	}
	return h, nil
}

func (s *Server) listCalls(ctx context.Context, who store.User, in *listCalls) (*callList, error) {
	out := &callList{}
	out.Body.Calls = []LiveCall{}
	live := map[call.ID]LiveCall{}
	for _, c := range s.cfg.Live.Calls() {
		if may(who, seeCalls, c.Agent) {
			live[c.ID] = c
		}
		if in.State != "" && string(c.State) == in.State && may(who, seeCalls, c.Agent) &&
			(in.Agent == "" || strings.EqualFold(in.Agent, c.Agent)) {
			out.Body.Calls = append(out.Body.Calls, c)
		}
	}
	if in.State == string(call.Live) || in.State == string(call.Ringing) {
		return out, nil // the gateway knows; the store may be a moment behind
	}
	found, err := s.cfg.Store.Search(ctx, in.query(who))
	if err != nil {
		return nil, err
	}
	for _, sum := range found {
		c, ok := live[sum.ID]
		if !ok {
			c = LiveCall{Summary: sum}
		}
		out.Body.Calls = append(out.Body.Calls, c)
	}
	return out, nil
}

func (in *listCalls) query(who store.User) store.Query {
	q := store.Query{Text: in.Q, State: call.State(in.State), From: in.From, Until: in.Until,
		Before: call.ID(in.Before), Limit: in.Limit}
	if in.Min > 0 {
		q.MinScore = &in.Min
	}
	if in.Max < 100 {
		q.MaxScore = &in.Max
	}
	if in.Agent != "" {
		q.Agents = []string{in.Agent}
	}
	if reachOf(who.Role, seeCalls) == own {
		mine := agentNames(who)
		if in.Agent != "" && !owns(who, in.Agent) {
			mine = []string{}
		}
		q.Agents = mine
	}
	return q
}

// callOf returns the call as it stands if who has p on it. Somebody else's
// call and no call look the same to one who may see only their own.
func (s *Server) callOf(ctx context.Context, who store.User, p permission, id string) (LiveCall, error) {
	c, err := s.find(ctx, call.ID(id))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return LiveCall{}, err
	}
	if reachOf(who.Role, p) == none {
		return LiveCall{}, huma.Error403Forbidden(forbidden(who, p))
	}
	if err != nil || !may(who, p, c.Agent) {
		return LiveCall{}, huma.Error404NotFound("there is no such call among those you may see: see /api/calls")
	}
	return c, nil
}

func (s *Server) find(ctx context.Context, id call.ID) (LiveCall, error) {
	for _, c := range s.cfg.Live.Calls() {
		if c.ID == id {
			return c, nil
		}
	}
	sum, err := s.cfg.Store.Call(ctx, id)
	return LiveCall{Summary: sum}, err
}

type readEvents struct {
	OneCall
	From   uint64 `query:"from" default:"1" doc:"first number wanted"`
	Format string `query:"format" enum:"json,lines" default:"json" doc:"one document {\"events\":[…]}, or JSON Lines"`
}

// events streams the kept log, so that a long call needs no memory.
func (s *Server) events(ctx context.Context, who store.User, in *readEvents) (*huma.StreamResponse, error) {
	c, err := s.callOf(ctx, who, seeCalls, in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		w := hc.BodyWriter()
		open, between, shut, kind := `{"events":[`, ",", "]}\n", "application/json"
		if in.Format == "lines" {
			open, between, shut, kind = "", "\n", "\n", "application/x-ndjson"
		}
		hc.SetHeader("Content-Type", kind)
		_, err := io.WriteString(w, open)
		sep := ""
		if err == nil {
			err = s.cfg.Store.Events(ctx, c.ID, in.From, func(e call.Event) error {
				if e.Private() {
					return nil // the store has none; a third guard costs nothing
				}
				line, err := json.Marshal(e)
				if err != nil {
					return err
				}
				_, err = io.WriteString(w, sep+string(line))
				sep = between
				return err
			})
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) { // live, and not kept yet
			s.cfg.Log.Warn("events cut short", zap.String("call", in.ID), zap.Error(err))
			panic(http.ErrAbortHandler) // a cut connection, not a document that looks whole
		}
		if sep != "" || in.Format != "lines" {
			_, _ = io.WriteString(w, shut) // a client that is gone needs no end
		}
	}}, nil
}

// recording serves the file with byte ranges, so that a player can seek.
func (s *Server) recording(ctx context.Context, who store.User, in *OneCall) (*huma.StreamResponse, error) {
	c, err := s.callOf(ctx, who, seeCalls, in.ID)
	if err != nil {
		return nil, err
	}
	path, err := s.cfg.Store.RecordingPath(c.ID)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, huma.Error404NotFound("this call has no recording: recording was off, or the file was removed")
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer f.Close()
		r, w := humachi.Unwrap(hc)
		if rng := r.Header.Get("Range"); rng == "" || strings.HasPrefix(rng, "bytes=0-") {
			s.audit(ctx, who, "recording opened", in.ID, "")
		}
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Disposition", `inline; filename="`+in.ID+`.wav"`)
		http.ServeContent(w, r, "", info.ModTime(), f)
	}}, nil
}
