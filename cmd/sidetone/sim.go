package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sidetone/sidetone/sim"
)

func newSimCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sim", Short: "Simulated customers: list them, practise in text, read results"}
	cmd.AddCommand(newSimListCommand(), newSimRunCommand(), newSimReportCommand())
	return cmd
}

func newSimListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the scenarios",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := sim.BuiltIn()
			if err != nil {
				return err
			}
			if asJSON {
				rows := []map[string]any{}
				for _, s := range all {
					rows = append(rows, map[string]any{"id": s.ID, "title": s.Title, "language": s.Language, "difficulty": s.Difficulty, "minutes": s.Minutes})
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(rows)
			}
			for _, s := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%-18s %s  %-7s %s\n", s.ID, s.Language, s.Difficulty, s.Title)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func newSimRunCommand() *cobra.Command {
	var text bool
	cmd := &cobra.Command{
		Use:   "run SCENARIO --text",
		Short: "Practise with a simulated customer by typing",
		Long: `Practise with a simulated customer by typing: each line you type is a turn.

By voice the customer rings your phone: start the gateway (sidetone serve) and use
"Practice" in the console, or POST /api/simulations.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !text {
				return &usageError{errors.New("by voice the customer rings your phone through a running gateway: use Practice in the console; here give --text")}
			}
			all, err := sim.BuiltIn()
			if err != nil {
				return err
			}
			for _, s := range all {
				if s.ID == args[0] {
					return practise(cmd.InOrStdin(), cmd.OutOrStdout(), s)
				}
			}
			return fmt.Errorf("no scenario %q: sidetone sim list names them", args[0])
		},
	}
	cmd.Flags().BoolVar(&text, "text", false, "type instead of speaking")
	return cmd
}

// practise holds a typed conversation; what is typed is matched by the
// scenario's patterns.
func practise(in io.Reader, out io.Writer, s *sim.Scenario) error {
	fmt.Fprintf(out, "%s\n%s\n(type what you would say; an empty input ends the call)\n\n", s.Title, s.Description)
	c := sim.NewCustomer(s)
	began := time.Now()
	result := sim.Result{Why: "trainee"}
	for lines := bufio.NewScanner(in); lines.Scan() && lines.Text() != ""; {
		r := c.Hear(lines.Text(), nil, time.Since(began))
		fmt.Fprintf(out, "  %s\n", r.Say)
		if r.HangUp {
			result.Why = r.Why
			break
		}
	}
	result.Content, result.Mood, result.Happened = c.Content(), c.Curve(), c.Happened()
	_, err := fmt.Fprintf(out, "\n%s\n", sim.Conclude(s, result, nil))
	return err
}

func newSimReportCommand() *cobra.Command {
	var data, trainee string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report",
		Short: "List the newest results",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := newTraining(data, nil, zap.NewNop())
			if err != nil {
				return err
			}
			runs, err := t.Runs(cmd.Context(), trainee, 100)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"runs": runs})
			}
			for _, r := range runs {
				score := "  -"
				if r.Score != nil {
					score = fmt.Sprintf("%3.0f", *r.Score)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %-12s %-14s %s  %s%s\n", r.Started.Format(time.DateTime), r.Trainee, r.Scenario, score, r.Conclusion, r.Reason)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "sidetone-data", dataFlagHelp)
	cmd.Flags().StringVar(&trainee, "trainee", "", "only this user's")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}
