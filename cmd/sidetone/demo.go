package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/sip"
)

// errDemo is wrapped by a stage that did not work.
var errDemo = errors.New("the demo did not work")

func newDemoCommand() *cobra.Command {
	d := &demo{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A real coached call on loopback, narrated; about a minute",
		Long: `A real coached call over SIP and RTP on loopback through a real gateway:
two phones, recognised speech, advice on the screen and in the agent's ear, a
recording, a quality report. Every stage is checked; exit code 0 only if each
worked. The console stays up until Ctrl-C when this is a terminal.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (d.customerWAV == "") != (d.agentWAV == "") {
				return &usageError{errors.New("--customer and --agent go together")}
			}
			d.out = cmd.OutOrStdout()
			return d.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.folder, "out", "demo-out", "folder for what the demo leaves")
	f.StringVar(&d.customerWAV, "customer", "", "recording of a customer to play instead of the script")
	f.StringVar(&d.agentWAV, "agent", "", "recording of the agent, same length")
	f.StringVar(&d.http, "http", "127.0.0.1:0", "address of the console")
	f.StringVar(&d.models, "models", "", "folder of models")
	return cmd
}

// demo is one run of the demo.
type demo struct {
	out                   io.Writer
	folder, http, models  string
	customerWAV, agentWAV string
	app                   *app
	customer, agent       *demoPhone
	id                    call.ID
	events                []call.Event
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) run(ctx context.Context, stderr io.Writer) error {
	started := time.Now()
	if err := d.prepare(ctx, stderr); err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	failed := make(chan error, 3)
	all.Go(func() { failed <- d.app.run(serving) })
	all.Go(func() { failed <- d.agent.endpoint.Serve(serving, d.agent) })
	all.Go(func() { failed <- d.customer.endpoint.Serve(serving, nil) })
	err := d.perform(serving)
	if err == nil {
		d.say("\nEvery stage worked. %.0f seconds in all; the files are in %s:", time.Since(started).Seconds(), d.folder)
		d.say("  call.wav (left the customer, right the agent; the whisper is in neither), transcript.json, events.jsonl, qc.json")
		err = d.linger(ctx)
	}
	stop()
	all.Wait()
	return err
}

// linger keeps the console up for a person at a terminal.
func (d *demo) linger(ctx context.Context) error {
	f, ok := d.out.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) || ctx.Err() != nil {
		return nil
	}
	d.say("\nThe console: http://%s/ , user admin, password %s. Ctrl-C ends the demo.", d.app.http.Addr(), d.app.admin)
	<-ctx.Done()
	return nil
}

// prepare opens the gateway and two phones on free ports.
func (d *demo) prepare(ctx context.Context, stderr io.Writer) error {
	data := filepath.Join(d.folder, "data")
	if err := os.RemoveAll(data); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, name := range demoFiles {
		if err := os.Remove(filepath.Join(d.folder, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("demo: %w", err)
		}
	}
	s, err := loadSettings("")
	if err != nil {
		return err
	}
	s.Data, s.HTTP, s.SIP.UDP, s.SIP.TCP = data, d.http, "127.0.0.1:0", "127.0.0.1:0"
	log := newLogger(zapcore.ErrorLevel, true, zapcore.AddSync(stderr))
	if d.agent, err = newDemoPhone("rms", "alice", log); err != nil {
		return err
	}
	if d.customer, err = newDemoPhone("slt", "customer", log); err != nil {
		return err
	}
	if d.app, err = newApp(ctx, s, options{route: "sip:alice@" + d.agent.endpoint.Addr(), models: d.models}, log); err != nil {
		return err
	}
	for name, why := range d.app.missing {
		return fmt.Errorf("%w: %s is off: %s", errDemo, name, why)
	}
	d.say("A gateway listens for calls on %s; its console is at http://%s/ .", d.app.endpoint.Addr(), d.app.http.Addr())
	return nil
}

// perform holds the call and checks every stage.
func (d *demo) perform(ctx context.Context) error {
	for _, stage := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"the models load", d.load},
		{"two phones are connected through the gateway", d.connect},
		{"they talk, are heard and coached", d.talk},
		{"the call is finished and scored", d.finish},
		{"the files are left behind", d.leave},
		{"the console shows the call", d.console},
	} {
		if err := stage.do(ctx); err != nil {
			return fmt.Errorf("%w: stage %q: %w", errDemo, stage.name, err)
		}
	}
	return nil
}

// load waits until the workers have loaded their models.
func (d *demo) load(ctx context.Context) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := d.app.engines.Speech.Ready(ctx); err != nil {
		return err
	}
	d.say("The speech models are loaded (%.1f s).", time.Since(began).Seconds())
	return nil
}

// connect lets the customer's phone call the agent through the gateway.
func (d *demo) connect(ctx context.Context) error {
	target, err := sip.ParseURI("sip:service@" + d.app.endpoint.Addr())
	if err != nil {
		return err
	}
	if err := d.customer.dial(ctx, target); err != nil {
		return err
	}
	if err := d.agent.answered(ctx); err != nil {
		return err
	}
	live := d.app.gateway.Calls()
	if len(live) != 1 {
		return fmt.Errorf("the gateway has %d calls", len(live))
	}
	d.id = live[0].ID
	d.say("The customer's phone rings, the agent answers. Audio flows both ways.\n")
	return nil
}

// talk holds the conversation and narrates what the gateway makes of it.
func (d *demo) talk(ctx context.Context) error {
	watching := make(chan error, 1)
	go func() {
		watching <- d.app.gateway.Watch(ctx, d.id, 1, func(e call.Event) error {
			d.events = append(d.events, e)
			d.narrate(e)
			return nil
		})
	}()
	var err error
	if d.customerWAV != "" {
		err = d.playBoth(ctx)
	} else {
		err = d.playScript(ctx)
	}
	if err != nil {
		return err
	}
	d.customer.hangUp()
	if err := <-watching; err != nil {
		return err
	}
	return d.check()
}

// narrate prints what a person at the terminal wants to see of an event.
func (d *demo) narrate(e call.Event) {
	switch b := e.Body.(type) {
	case call.Utterance:
		d.say("%7v  %-8s  %s", e.At, b.Party, shown(b))
	case call.Advice:
		d.say("%7v  COACH     %s", e.At, b.Line)
		if b.Ear != "" {
			d.say("%18s in the ear: %q   (because of: %q)", "", b.Ear, b.Quote)
		}
	case call.Whisper:
		if b.State == "dropped" {
			d.say("%7v  whisper   not spoken: %s", e.At, b.Why)
		}
	case call.Escalation:
		if b.Raised {
			d.say("%7v  ALERT     the supervisor is told: %s", e.At, strings.Join(b.Why, ", "))
		}
	case call.Part:
		state := "is off: " + b.Why
		if b.On {
			state = "is back"
		}
		d.say("%7v  gateway   %s %s", e.At, b.Name, state)
	case call.Ended:
		d.say("%7v  the call is over (%s)\n", e.At, b.Ending)
	}
}

func shown(u call.Utterance) string {
	if u.Display != "" {
		return u.Display
	}
	return u.Text
}

// check looks at what the talk left in the log and in the phones' ears.
func (d *demo) check() error {
	words := map[call.Party]int{}
	advice, spoken := 0, 0
	for _, e := range d.events {
		switch b := e.Body.(type) {
		case call.Utterance:
			words[b.Party] += len(strings.Fields(b.Text))
		case call.Advice:
			advice++
		case call.Whisper:
			if b.State == "stop" {
				spoken++
			}
		}
	}
	switch {
	case words[call.Customer] < 10 || words[call.Agent] < 10:
		return fmt.Errorf("understood %d words of the customer and %d of the agent", words[call.Customer], words[call.Agent])
	case d.customerWAV == "" && advice == 0:
		return errors.New("no advice was given")
	case d.customerWAV == "" && spoken == 0:
		return errors.New("nothing was whispered")
	case !d.agent.heardSpeech() || !d.customer.heardSpeech():
		return errors.New("one phone heard nothing of the other")
	}
	d.say("Understood %d words of the customer and %d of the agent; %d advices, %d whispered; both phones heard each other.",
		words[call.Customer], words[call.Agent], advice, spoken)
	return nil
}

// finish waits until the gateway has stored and scored the call.
func (d *demo) finish(ctx context.Context) error {
	for changed := d.app.gateway.Changed(); len(d.app.gateway.Calls()) > 0; changed = d.app.gateway.Changed() {
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	report, err := d.app.store.Report(ctx, d.id)
	if err != nil {
		return fmt.Errorf("no quality report: %w", err)
	}
	d.say("The quality report: %.0f of 100.", report.Score)
	for _, section := range report.Sections {
		for _, item := range section.Items {
			quote := ""
			if len(item.Evidence) > 0 {
				quote = fmt.Sprintf(" (%v: %q)", item.Evidence[0].At, item.Evidence[0].Quote)
			}
			d.say("  %-6s %s%s", item.Verdict, item.Title, quote)
		}
	}
	return nil
}

// console asks the running console for its first page.
func (d *demo) console(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.app.http.Addr().String()+"/", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
