package web

import (
	"context"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
)

type askWhisper struct {
	OneCall
	Body struct {
		Text string `json:"text" doc:"what the agent hears; the customer does not"`
	}
}

type askMute struct {
	OneCall
	Body struct {
		On bool `json:"on" doc:"true silences the coach, false wakes it"`
	}
}

type askFeedback struct {
	OneCall
	Advice string `path:"advice" maxLength:"64"`
	Body   struct {
		Verdict string `json:"verdict" enum:"accepted,dismissed,later"`
	}
}

type done struct {
	Body struct {
		OK bool `json:"ok"`
	}
}

func ok() *done {
	d := &done{}
	d.Body.OK = true
	return d
}

func (s *Server) actionRoutes() {
	handle(s, route{http.MethodPost, "/api/calls/{id}/whisper", "whisper", "Speak a line into the agent's ear", whisper},
		func(ctx context.Context, who store.User, in *askWhisper) (*done, error) {
			text, err := speakable(in.Body.Text)
			if err != nil {
				return nil, err
			}
			return s.act(ctx, who, whisper, in.ID, Whisper{Text: text})
		})
	handle(s, route{http.MethodPost, "/api/calls/{id}/mute", "mute", "Silence the coach, or wake it", muteCoach},
		func(ctx context.Context, who store.User, in *askMute) (*done, error) {
			return s.act(ctx, who, muteCoach, in.ID, Mute{On: in.Body.On})
		})
	handle(s, route{http.MethodPost, "/api/calls/{id}/advice/{advice}/feedback", "feedback", "Answer an advice", giveAnswer},
		func(ctx context.Context, who store.User, in *askFeedback) (*done, error) {
			return s.act(ctx, who, giveAnswer, in.ID, Feedback{Advice: in.Advice, Verdict: in.Body.Verdict})
		})
	handle(s, route{http.MethodPost, "/api/calls/{id}/hangup", "hang-up", "Hang up", hangUp},
		func(ctx context.Context, who store.User, in *OneCall) (*done, error) {
			return s.act(ctx, who, hangUp, in.ID, HangUp{})
		})
}

// act passes the order on, and keeps who gave it where it reaches into
// somebody else's call.
func (s *Server) act(ctx context.Context, who store.User, p permission, id string, a Action) (*done, error) {
	c, err := s.callOf(ctx, who, p, id)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Live.Act(ctx, c.ID, who.Name, a); err != nil {
		return nil, err
	}
	switch a := a.(type) {
	case Whisper:
		s.audit(ctx, who, "whisper", id, a.Text)
	case HangUp:
		s.audit(ctx, who, "hang up", id, "")
	case Mute, Feedback: // the call's own log has them
	}
	return ok(), nil
}

// speakable trims a whisper and refuses what no voice can say.
func speakable(text string) (string, error) {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return "", huma.Error422UnprocessableEntity("the whisper has no words: type what the agent should hear")
	}
	if utf8.RuneCountInString(text) > MaxWhisper {
		return "", huma.Error422UnprocessableEntity("the whisper is too long: use at most 300 characters, better 30")
	}
	return text, nil
}

type scenarioList struct {
	Body struct {
		Scenarios []Scenario      `json:"scenarios"`
		Runs      []SimulationRun `json:"runs"`
	}
}

type startDrill struct {
	Body struct {
		Scenario string `json:"scenario" minLength:"1" maxLength:"100"`
		Trainee  string `json:"trainee,omitempty" maxLength:"64" doc:"user name; default: who asks"`
		Address  string `json:"address,omitempty" maxLength:"200" doc:"SIP address to ring; default: the trainee's phone"`
	}
}

func (s *Server) simulationRoutes() {
	handle(s, route{http.MethodGet, "/api/simulations", "list-simulations", "Scenarios and the newest results", seeDrills}, s.drills)
	handle(s, route{http.MethodPost, "/api/simulations", "start-simulation", "Let a simulated customer ring a trainee", startDrills}, s.startDrill)
}

func (s *Server) drills(ctx context.Context, who store.User, _ *nothing) (*scenarioList, error) {
	out := &scenarioList{}
	out.Body.Scenarios, out.Body.Runs = []Scenario{}, []SimulationRun{}
	if s.cfg.Simulations == nil {
		return out, nil
	}
	list, err := s.cfg.Simulations.Scenarios(ctx)
	if err != nil {
		return nil, err
	}
	whose := ""
	if reachOf(who.Role, seeDrills) == own {
		whose = who.Name
	}
	runs, err := s.cfg.Simulations.Runs(ctx, whose, store.DefaultLimit)
	if err != nil {
		return nil, err
	}
	out.Body.Scenarios = append(out.Body.Scenarios, list...)
	out.Body.Runs = append(out.Body.Runs, runs...)
	return out, nil
}

type drillStarted struct {
	Body SimulationRun
}

func (s *Server) startDrill(ctx context.Context, who store.User, in *startDrill) (*drillStarted, error) {
	if s.cfg.Simulations == nil {
		return nil, huma.Error503ServiceUnavailable("simulations are off in this gateway: start it with sidetone serve")
	}
	o := Order{Scenario: in.Body.Scenario, Trainee: in.Body.Trainee, Address: in.Body.Address, By: who.Name}
	if o.Trainee == "" {
		o.Trainee = who.Name
	}
	trainee := who
	if !owns(who, o.Trainee) {
		if reachOf(who.Role, startDrills) != all {
			return nil, huma.Error403Forbidden("you may start simulations for yourself only")
		}
		u, err := s.cfg.Store.User(ctx, o.Trainee)
		if err != nil {
			return nil, err
		}
		trainee = u
	}
	if o.Address == "" {
		o.Address = trainee.Address
	}
	if o.Address == "" {
		return nil, huma.Error422UnprocessableEntity("no phone to ring: give its SIP address, or set one for this user under Users")
	}
	if !strings.HasPrefix(o.Address, "sip:") && !strings.HasPrefix(o.Address, "sips:") {
		o.Address = "sip:" + o.Address
	}
	if reachOf(who.Role, startDrills) == own && !owns(who, o.Address) {
		return nil, huma.Error403Forbidden("a simulation rings your own phone only: ask an administrator to set its address")
	}
	run, err := s.cfg.Simulations.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	s.audit(ctx, who, "simulation started", o.Trainee, o.Scenario)
	return &drillStarted{run}, nil
}

// visible tells whether an event may be shown to who on the live page.
func visible(who store.User, c LiveCall, e call.Event) bool {
	return !e.Private() || may(who, seePrivate, c.Agent)
}
