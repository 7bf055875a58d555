package gateway

import (
	"context"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/tap"
)

// pump cuts what the taps collected into frames every 20 ms and hands each
// frame to everybody who listens. No listener can hold it up.
type pump struct {
	plumbing *plumbing
	now      func() time.Duration
	customer []*tap.Queue
	agent    []*tap.Queue
	key      func(call.Party, byte)
	silent   func(time.Duration) // how long the wire has been silent
}

// run pumps until ctx ends, then gives out the rest and closes the queues.
func (p *pump) run(ctx context.Context) {
	ticker := time.NewTicker(media.FrameTime)
	defer ticker.Stop()
	taps := p.plumbing.taps
	toCustomer, toAgent := fan(p.customer), fan(p.agent)
	customerKey := func(d byte) { p.key(call.Customer, d) }
	agentKey := func(d byte) { p.key(call.Agent, d) }
	for {
		select {
		case <-ticker.C:
			now := p.now()
			taps[0].Pump(now, toCustomer, customerKey)
			taps[1].Pump(now, toAgent, agentKey)
			p.silent(p.plumbing.silent())
		case <-ctx.Done():
			end := p.now()
			taps[0].Flush(end, toCustomer, customerKey)
			taps[1].Flush(end, toAgent, agentKey)
			for _, q := range append(p.customer, p.agent...) {
				q.Close()
			}
			return
		}
	}
}

func fan(to []*tap.Queue) func(*media.Frame) {
	return func(f *media.Frame) {
		for _, q := range to {
			_ = q.WriteFrame(f) // never fails: a full queue drops its oldest
		}
	}
}
