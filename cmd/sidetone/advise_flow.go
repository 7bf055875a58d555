package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach/flow"
)

// bestSteps is how many next steps are offered.
const bestSteps = 3

// runFlow follows a guided flow through calls: after each utterance of the
// customer, the steps that most likely come next.
func (f *adviseFlags) runFlow(stdin io.Reader, files []string) error {
	file, err := os.Open(f.flow)
	if err != nil {
		return err
	}
	defer file.Close()
	procedure, err := flow.Parse(file)
	if err != nil {
		return fmt.Errorf("%s: %w", f.flow, err)
	}
	for _, path := range files {
		l, err := readLog(path, stdin)
		if err != nil {
			return err
		}
		t := flow.NewTracker(procedure)
		for _, e := range l.Events {
			u, ok := e.Body.(call.Utterance)
			switch {
			case !ok:
			case u.Party == call.Agent:
				t.Agent(u.Text)
			default:
				t.Customer(u.Text)
				if err := f.printNext(e.At, u.Text, t); err != nil {
					return err
				}
			}
		}
		if missed := t.Missed(); len(missed) > 0 && !f.json {
			fmt.Fprintf(f.out, "never asked: %s\n", strings.Join(missed, ", "))
		}
	}
	return nil
}

func (f *adviseFlags) printNext(at call.Position, said string, t *flow.Tracker) error {
	next := t.Next(bestSteps)
	if f.json {
		return json.NewEncoder(f.out).Encode(struct {
			Next []flow.Scored `json:"next"`
		}{next})
	}
	fmt.Fprintf(f.out, "%s  %q\n", at, said)
	for _, s := range next {
		fmt.Fprintf(f.out, "        %.2f  %s\n", s.Score, s.Step)
	}
	return nil
}
