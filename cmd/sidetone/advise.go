package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach"
	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/coach/replay"
	"github.com/sidetone/sidetone/models/engines"
)

// adviseFlags are the command's options.
type adviseFlags struct {
	models, language, date string
	flow                   string
	playbooks              []string
	tenure                 int
	json, compare, rescore bool
	out, errs              io.Writer
}

func newAdviseCommand() *cobra.Command {
	f := adviseFlags{}
	cmd := &cobra.Command{
		Use:   "advise [EVENTS.jsonl...] | advise --compare OLD NEW [EVENTS.jsonl...]",
		Short: "Replay calls through the coach: each advice, and why the rest was held back",
		Long: "Replay calls through the coach: each advice with its position, form and source,\n" +
			"and why the rest was held back. Reads Sidetone's own event logs or plain lines\n" +
			`such as {"type":"utterance","party":"customer","start":1.2,"end":3.4,"text":"…"}` + "\n" +
			"from files or standard input. --compare shows which calls an edit of a playbook\n" +
			"changes: OLD and NEW are playbook files or folders, or \"builtin\".",
		Example: "  sidetone advise < call.jsonl\n  sidetone advise --json call.jsonl\n  sidetone advise --compare builtin draft.yaml calls/*.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.out, f.errs = cmd.OutOrStdout(), cmd.ErrOrStderr()
			if f.flow != "" {
				return f.runFlow(cmd.InOrStdin(), paths(args))
			}
			if f.compare {
				if len(args) < 2 {
					return &usageError{fmt.Errorf("--compare needs OLD and NEW")}
				}
				return f.runCompare(cmd.Context(), cmd.InOrStdin(), args[0], args[1], paths(args[2:]))
			}
			return f.run(cmd.Context(), cmd.InOrStdin(), paths(args))
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line")
	fl.BoolVar(&f.compare, "compare", false, "compare two playbooks on past calls")
	fl.StringVar(&f.flow, "flow", "", "follow this guided flow and print the next steps after each utterance of the customer")
	fl.BoolVar(&f.rescore, "rescore", false, "compute the scores of meaning again instead of taking those in the log")
	fl.StringSliceVar(&f.playbooks, "playbook", nil, "playbook files or folders besides those built in")
	fl.StringVar(&f.language, "language", "", "language of the call where the log does not say")
	fl.StringVar(&f.date, "date", "", "the day of the call (YYYY-MM-DD), for campaigns")
	fl.IntVar(&f.tenure, "tenure", -1, "days the agent has been in the job; -1: not known")
	fl.StringVar(&f.models, "models", "", "folder of models")
	return cmd
}

// paths reads standard input where no file is named.
func paths(args []string) []string {
	if len(args) == 0 {
		return []string{"-"}
	}
	return args
}

// call is one log made ready.
type loggedCall struct {
	path    string
	log     *replay.Log
	summary call.Summary
	fields  map[string]string
}

func (f *adviseFlags) run(ctx context.Context, stdin io.Reader, files []string) error {
	c, err := newCoaching(f.playbooks, "", true)
	if err != nil {
		return err
	}
	calls, err := f.read(ctx, c, stdin, files)
	if err != nil {
		return err
	}
	for _, lc := range calls {
		if err := f.print(lc, replay.Run(f.config(c, lc), lc.log.Events), len(calls) > 1); err != nil {
			return err
		}
	}
	return nil
}

func (f *adviseFlags) config(c *coaching, lc loggedCall) coach.Config {
	cfg := c.of(lc.summary, lc.fields)
	if f.tenure >= 0 {
		cfg.Agent.Tenure = f.tenure
	}
	if f.date != "" {
		cfg.Date = f.date
	}
	return cfg
}

// read reads every log and sees that the plain ones have scores of meaning.
func (f *adviseFlags) read(ctx context.Context, c *coaching, stdin io.Reader, files []string) ([]loggedCall, error) {
	var out []loggedCall
	bare := false
	for _, p := range files {
		l, err := readLog(p, stdin)
		if err != nil {
			return nil, err
		}
		lc := loggedCall{path: p, log: l, summary: summaryOf(l.Events, f.language), fields: map[string]string{}}
		for _, e := range l.Events {
			if s, ok := e.Body.(call.Started); ok {
				lc.fields = s.Fields
			}
		}
		bare = bare || f.needsScores(l)
		out = append(out, lc)
	}
	if !bare {
		return out, nil
	}
	return out, withEngines(ctx, f.models, func(ctx context.Context, eng *engines.Engines) error {
		if eng.Embedder == nil {
			fmt.Fprintln(f.errs, "sidetone: the models of meaning are missing: moments are recognised by phrases and conditions only (make models)")
			return nil
		}
		for _, lc := range out {
			if !f.needsScores(lc.log) {
				continue
			}
			if err := c.scoreMeaning(ctx, eng, lc.summary.Language, lc.log.Events); err != nil {
				fmt.Fprintf(f.errs, "sidetone: %s: moments are recognised by phrases and conditions only: %v\n", lc.path, err)
			}
		}
		return nil
	})
}

func (f *adviseFlags) needsScores(l *replay.Log) bool { return f.rescore || l.Plain && !l.Scored() }

func (f *adviseFlags) print(lc loggedCall, events []call.Event, several bool) error {
	if several && !f.json {
		fmt.Fprintf(f.out, "%s\n", lc.path)
	}
	for _, e := range events {
		if f.json {
			line, err := coachLine(e)
			if err != nil {
				return err
			}
			if several {
				name, _ := json.Marshal(lc.path)
				line = append(append(append(json.RawMessage(`{"file":`), name...), ','), line[1:]...)
			}
			if _, err := f.out.Write(append(line, '\n')); err != nil {
				return err
			}
			continue
		}
		if s := readable(e); s != "" {
			if _, err := fmt.Fprintln(f.out, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable is one event of the coach for a person.
func readable(e call.Event) string {
	switch b := e.Body.(type) {
	case call.Moment:
		shown := b.Why
		if b.Quote != "" {
			shown = fmt.Sprintf("%s: %q", b.Party, b.Quote)
		}
		return fmt.Sprintf("%s  moment      %s (%.2f)  %s", e.At, b.ID, b.Score, shown)
	case call.Advice:
		var forms []string
		for _, f := range b.Forms {
			forms = append(forms, string(f))
		}
		s := fmt.Sprintf("%s  ADVICE      %s [%s] %s", e.At, b.Moment, strings.Join(forms, "+"), b.Line)
		if b.Source != "" {
			s += "  (" + b.Source + ")"
		}
		return s
	case call.Held:
		s := fmt.Sprintf("%s  held back   %s: %s", e.At, b.Moment, b.Reason)
		if b.Detail != "" {
			s += " (" + b.Detail + ")"
		}
		return s
	case call.Escalation:
		return fmt.Sprintf("%s  escalation  %.2f  %s", e.At, b.Level, strings.Join(b.Why, "; "))
	}
	return ""
}

// runCompare replays every call with both books.
func (f *adviseFlags) runCompare(ctx context.Context, stdin io.Reader, oldPath, newPath string, files []string) error {
	before, err := f.library(oldPath)
	if err != nil {
		return err
	}
	after, err := f.library(newPath)
	if err != nil {
		return err
	}
	calls, err := f.read(ctx, &coaching{book: before.And(after)}, stdin, files)
	if err != nil {
		return err
	}
	changed := 0
	for _, lc := range calls {
		a := replay.Run(f.config(&coaching{book: before, agentVoice: true}, lc), lc.log.Events)
		b := replay.Run(f.config(&coaching{book: after, agentVoice: true}, lc), lc.log.Events)
		gone, come, err := difference(a, b)
		if err != nil {
			return err
		}
		if len(gone)+len(come) > 0 {
			changed++
		}
		if err := f.printDifference(lc.path, gone, come); err != nil {
			return err
		}
	}
	if !f.json {
		fmt.Fprintf(f.out, "%d of %d calls change\n", changed, len(calls))
	}
	return nil
}

func (f *adviseFlags) library(path string) (*playbook.Library, error) {
	if path == "builtin" {
		return playbook.BuiltIn()
	}
	return playbook.Load(path)
}

// difference lists the advices of one run that the other has not.
func difference(a, b []call.Event) (gone, come []json.RawMessage, err error) {
	lines := func(events []call.Event) (out []json.RawMessage, err error) {
		for _, e := range events {
			adv, ok := e.Body.(call.Advice)
			if !ok {
				continue
			}
			adv.ID = "" // numbering is not advice
			e.Body = adv
			l, err := coachLine(e)
			if err != nil {
				return nil, err
			}
			out = append(out, l)
		}
		return out, nil
	}
	old, err := lines(a)
	if err != nil {
		return nil, nil, err
	}
	now, err := lines(b)
	if err != nil {
		return nil, nil, err
	}
	without := func(x, y []json.RawMessage) []json.RawMessage {
		out := []json.RawMessage{}
		for _, l := range x {
			found := false
			for _, m := range y {
				found = found || bytes.Equal(l, m)
			}
			if !found {
				out = append(out, l)
			}
		}
		return out
	}
	return without(old, now), without(now, old), nil
}

func (f *adviseFlags) printDifference(path string, gone, come []json.RawMessage) error {
	if f.json {
		return json.NewEncoder(f.out).Encode(struct {
			File    string            `json:"file"`
			Changed bool              `json:"changed"`
			Gone    []json.RawMessage `json:"gone"`
			New     []json.RawMessage `json:"new"`
		}{path, len(gone)+len(come) > 0, gone, come})
	}
	if len(gone)+len(come) == 0 {
		return nil
	}
	fmt.Fprintln(f.out, path)
	for _, part := range []struct {
		sign  string
		lines []json.RawMessage
	}{{"-", gone}, {"+", come}} {
		for _, l := range part.lines {
			var e call.Event
			if err := json.Unmarshal(l, &e); err != nil {
				return err
			}
			fmt.Fprintln(f.out, part.sign, readable(e))
		}
	}
	return nil
}
