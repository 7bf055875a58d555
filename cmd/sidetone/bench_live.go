package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/sim/load"
	"github.com/sidetone/sidetone/sip"
)

func newBenchLiveCommand() *cobra.Command {
	var calls int
	cmd := &cobra.Command{
		Use:   "live",
		Short: "From the customer's last word to the text, the card and the whisper; CPU with everything on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if calls < 1 {
				return &usageError{errors.New("--calls must be at least 1")}
			}
			return benchLive(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), calls)
		},
	}
	cmd.Flags().IntVar(&calls, "calls", 12, "calls to hold, one after the other")
	return cmd
}

// complaint is what each call's customer says; a moment of the built-in playbook
// answers it.
const complaint = "my parcel did not come on friday so i want to speak to your manager"

// errMissed is a call whose complaint was not recognised, or not answered.
var errMissed = errors.New("no advice came of what was recognised")

// reaction is how long after the customer's last sample things happened.
type reaction struct{ text, card, waited, ear time.Duration }

func benchLive(ctx context.Context, out, stderr io.Writer, calls int) (err error) {
	data, err := os.MkdirTemp("", "sidetone-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	log := newLogger(zapcore.ErrorLevel, true, zapcore.AddSync(stderr))
	agent, err := newDemoPhone("rms", "alice", log)
	if err != nil {
		return err
	}
	customer, err := newDemoPhone("slt", "customer", log)
	if err != nil {
		return err
	}
	s, err := loadSettings("")
	if err != nil {
		return err
	}
	s.Data, s.HTTP, s.SIP.UDP, s.SIP.TCP = data, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	a, err := newApp(ctx, s, options{route: "sip:alice@" + agent.endpoint.Addr()}, log)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { err = errors.Join(err, a.run(serving)) })
	all.Go(func() { _ = agent.endpoint.Serve(serving, agent) })
	all.Go(func() { _ = customer.endpoint.Serve(serving, nil) })
	defer all.Wait()
	defer stop()
	if a.engines.Speech == nil {
		return errors.New("the speech models are missing: make models")
	}
	if err := a.engines.Speech.Ready(ctx); err != nil {
		return err
	}
	var seen []reaction
	before, began := a.cpu(), time.Now()
	for i := range calls {
		fmt.Fprintf(stderr, "\rcall %d of %d", i+1, calls)
		r, err := a.react(serving, customer, agent)
		switch {
		case errors.Is(err, errMissed):
			fmt.Fprintf(stderr, ": %v\n", err)
		case err != nil:
			return fmt.Errorf("call %d: %w", i+1, err)
		default:
			seen = append(seen, r)
		}
	}
	fmt.Fprintln(stderr)
	if len(seen) == 0 {
		return fmt.Errorf("not one of %d calls was understood", calls)
	}
	printReactions(out, seen, calls)
	// Each call has two parties; the calls follow one another without a pause.
	audio := 2 * time.Since(began).Seconds()
	fmt.Fprintf(out, "CPU with everything on: %.3f s per second of one party's audio (gateway, workers and the two test phones)\n", (a.cpu()-before).Seconds()/audio)
	for _, w := range a.engines.Status() {
		fmt.Fprintf(out, "worker %-7s loaded its models in %.2f s\n", w.Kind, w.Loaded.Seconds())
	}
	return nil
}

// cpu is what this process and its workers have used.
func (a *app) cpu() (sum time.Duration) {
	for _, pid := range a.processes() {
		if used, err := cpuOf(pid); err == nil {
			sum += used
		}
	}
	return sum
}

func (a *app) processes() []int {
	pids := []int{os.Getpid()}
	for _, w := range a.engines.Status() {
		if w.PID > 0 {
			pids = append(pids, w.PID)
		}
	}
	return pids
}

// react holds one call in which the customer says one thing.
func (a *app) react(ctx context.Context, customer, agent *demoPhone) (reaction, error) {
	target, err := sip.ParseURI("sip:service@" + a.endpoint.Addr())
	if err != nil {
		return reaction{}, err
	}
	if err := customer.dialOnly(ctx, target); err != nil {
		return reaction{}, err
	}
	agentLine := <-agent.up
	live := a.gateway.Calls()
	if len(live) != 1 {
		return reaction{}, fmt.Errorf("%d calls are live", len(live))
	}
	pcm, err := a.voice.Speak(ctx, "en", customer.voice, complaint)
	if err != nil {
		return reaction{}, err
	}
	if err := pause(ctx, time.Second); err != nil {
		return reaction{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 12*time.Second)
	defer cancel()
	seen := make(chan sighting, 1)
	go func() { seen <- a.watch(ctx, live[0].ID) }()
	if err := customer.line.Say(ctx, pcm); err != nil {
		return reaction{}, err
	}
	spoken := time.Now()
	ear, err := firstSound(ctx, agentLine.Heard, spoken)
	events := <-seen
	customer.hangUp()
	for changed := a.gateway.Changed(); len(a.gateway.Calls()) > 0; changed = a.gateway.Changed() {
		<-changed
	}
	if err = cmp.Or(events.err, err); err != nil {
		return reaction{}, err
	}
	return reaction{text: events.text.Sub(spoken), card: events.card.Sub(spoken), waited: events.waited, ear: ear}, nil
}

// sighting is when a call's events came to be known.
type sighting struct {
	text, card time.Time
	waited     time.Duration
	err        error
}

// watch waits for the customer's text and for the card with a line for the ear.
func (a *app) watch(ctx context.Context, id call.ID) (s sighting) {
	done := errors.New("seen")
	err := a.gateway.Watch(ctx, id, 1, func(e call.Event) error {
		switch b := e.Body.(type) {
		case call.Utterance:
			if b.Party == call.Customer && s.text.IsZero() {
				s.text = time.Now()
			}
		case call.Advice:
			if slices.Contains(b.Forms, call.Ear) && s.card.IsZero() {
				s.card, s.waited = time.Now(), time.Duration(b.Waited)
			}
		}
		if !s.text.IsZero() && !s.card.IsZero() {
			return done
		}
		return nil
	})
	if err != done {
		s.err = fmt.Errorf("%w (%v)", errMissed, err)
	}
	return s
}

// firstSound is how long after the customer fell silent the agent's phone hears
// something: the whisper. What was said before is still on its way for a while.
func firstSound(ctx context.Context, ear media.Reader, spoken time.Time) (time.Duration, error) {
	const underWay = 200 * time.Millisecond
	var f media.Frame
	for {
		if err := ear.ReadFrame(ctx, &f); err != nil {
			return 0, fmt.Errorf("the whisper was not heard: %w", err)
		}
		if after := time.Since(spoken); after > underWay && peak(f.Samples) > 1500 {
			return after, nil
		}
	}
}

func peak(pcm []int16) (top int16) {
	for _, s := range pcm {
		top = max(top, s)
	}
	return top
}

func printReactions(out io.Writer, seen []reaction, calls int) {
	row := func(name string, pick func(reaction) time.Duration) {
		var d []time.Duration
		for _, r := range seen {
			d = append(d, pick(r))
		}
		slices.Sort(d)
		fmt.Fprintf(out, "%-44s %7.0f %7.0f\n", name, float64(load.Percentile(d, 50).Milliseconds()), float64(load.Percentile(d, 95).Milliseconds()))
	}
	fmt.Fprintf(out, "%-44s %7s %7s   (%d of %d calls understood)\n", "after the customer's last sample", "p50 ms", "p95 ms", len(seen), calls)
	row("final text", func(r reaction) time.Duration { return r.text })
	row("card on the screen", func(r reaction) time.Duration { return r.card })
	row("  of which the scheduler waited", func(r reaction) time.Duration { return r.waited })
	row("first whispered sample in the agent's phone", func(r reaction) time.Duration { return r.ear })
}
