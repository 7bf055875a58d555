package main

import (
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/gateway"
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
