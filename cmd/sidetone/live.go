package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/gateway"
	"github.com/sidetone/sidetone/web"
)

// live shows the running gateway to the web pages.
type live struct{ gw *gateway.Gateway }

// Calls implements web.Live.
func (l live) Calls() []web.LiveCall {
	var out []web.LiveCall
	for _, s := range l.gw.Calls() {
		out = append(out, web.LiveCall{Summary: s.Summary, Escalation: s.Escalation, Muted: s.Muted})
	}
	return out
}

// Watch implements web.Live.
func (l live) Watch(ctx context.Context, id call.ID, from uint64, sink func(call.Event) error) error {
	return explained(l.gw.Watch(ctx, id, from, sink))
}

// Act implements web.Live.
func (l live) Act(_ context.Context, id call.ID, by string, a web.Action) error {
	switch a := a.(type) {
	case web.Whisper:
		return explained(l.gw.Whisper(id, by, a.Text))
	case web.Mute:
		return explained(l.gw.Mute(id, by, a.On))
	case web.Feedback:
		return explained(l.gw.Feedback(id, call.Feedback{Advice: a.Advice, Verdict: a.Verdict, By: by}))
	case web.HangUp:
		return explained(l.gw.HangUp(id, by))
	}
	return fmt.Errorf("%w: unknown action %T", web.ErrOff, a)
}

// explained turns the gateway's sentinels into the web's.
func explained(err error) error {
	for _, m := range []struct{ ours, theirs error }{
		{gateway.ErrNoCall, web.ErrNotLive}, {gateway.ErrNoAdvice, web.ErrNoAdvice}, {gateway.ErrOff, web.ErrOff},
	} {
		if errors.Is(err, m.ours) {
			return fmt.Errorf("%w: %v", m.theirs, err)
		}
	}
	return err
}
