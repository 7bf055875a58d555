package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/sidetone/sidetone/coach/meaning"
	"github.com/sidetone/sidetone/models/embed"
	"github.com/sidetone/sidetone/sim"
)

// understanding is what simulated customers understand with: a scorer per
// scenario, its examples embedded when the scenario is first played.
type understanding struct {
	embedder *embed.Local // nil: customers go by patterns alone

	mu      sync.Mutex
	scorers map[string]*meaning.Scorer // by scenario id
}

// of is a scenario's scorer, nil without an embedder.
func (u *understanding) of(ctx context.Context, s *sim.Scenario) (sim.Meaning, error) {
	if u.embedder == nil {
		return nil, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	m := u.scorers[s.ID]
	if m == nil {
		m = meaning.New(u.embedder, map[string]map[string][]string{s.Language: s.Examples()})
		if err := m.Prepare(ctx, s.Language); err != nil {
			return nil, fmt.Errorf("the customer's understanding: %w", err)
		}
		u.scorers[s.ID] = m
	}
	return m, nil
}
