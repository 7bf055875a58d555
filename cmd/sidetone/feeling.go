package main

import (
	"context"
	"errors"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/gateway"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/speech/recording"
	"github.com/sidetone/sidetone/models/stress"
)

// feelings makes the stress estimators of calls. The agent's voice is listened
// to only where agent_voice says private; else there is no estimator at all, so
// that nothing can leak.
func feelings(agentVoice string) (func(call.Party) gateway.Feeling, error) {
	model, err := stress.Shipped()
	if err != nil {
		return nil, err
	}
	return func(p call.Party) gateway.Feeling {
		if p != call.Customer && (p != call.Agent || agentVoice != "private") {
			return nil
		}
		e, err := stress.New(stress.Config{Party: p, Model: model})
		if err != nil {
			return nil // cannot happen: the rate is the default
		}
		return e
	}, nil
}

// feelRecording estimates the voices of a recording, but never the agent's: what
// a recording is analysed for is kept and passed on.
func feelRecording(ctx context.Context, file *wav.File, how recording.Options) ([]call.Event, error) {
	estimator, err := feelings("off")
	if err != nil {
		return nil, err
	}
	var out []call.Event
	for i := range file.Channels() {
		party := how.Party(i, file.Channels())
		if party == call.Agent {
			continue
		}
		// A voice that cannot be told apart is felt like a customer's.
		windows, err := feelChannel(ctx, file, i, estimator(call.Customer))
		if err != nil {
			return nil, err
		}
		for _, w := range windows {
			w.Party = party
			out = append(out, call.Event{At: w.End, Body: w})
		}
	}
	return out, nil
}

func feelChannel(ctx context.Context, file *wav.File, channel int, f gateway.Feeling) ([]call.Stress, error) {
	in, err := file.Channel(channel)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out []call.Stress
	var frame media.Frame
	for {
		err := in.ReadFrame(ctx, &frame)
		if errors.Is(err, media.ErrClosed) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f.Frame(&frame)...)
	}
}
