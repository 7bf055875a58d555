package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/qc"
)

func newScoreCommand() *cobra.Command {
	var (
		card, language string
		asJSON         bool
	)
	cmd := &cobra.Command{
		Use:   "score EVENTS.jsonl...",
		Short: "Score finished calls against a scorecard, each item with its evidence",
		Long: "Score finished calls against a scorecard, each item with its evidence. Reads\n" +
			"Sidetone's own event logs or plain lines of utterances; - is standard input.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			deck, err := qc.BuiltIn()
			if err != nil {
				return err
			}
			if card != "" {
				own, err := qc.LoadCard(card)
				if err != nil {
					return err
				}
				deck = &qc.Deck{Cards: []*qc.Card{own}}
			}
			var reports []qc.Report
			for _, path := range args { // every file is scored before the first is printed
				l, err := readLog(path, cmd.InOrStdin())
				if err != nil {
					return err
				}
				r, err := deck.Score(summaryOf(l.Events, language), l.Events)
				if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				reports = append(reports, r)
			}
			for i, r := range reports {
				if err := printReport(cmd.OutOrStdout(), args[i], r, asJSON, len(args) > 1); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&card, "scorecard", "", "scorecard file; default: the one built in for the call's language")
	cmd.Flags().StringVar(&language, "language", "", "language of the call where the log does not say")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document per file and line")
	return cmd
}

func printReport(w io.Writer, path string, r qc.Report, asJSON, several bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(struct {
			File string `json:"file"`
			qc.Report
		}{path, r})
	}
	if several {
		fmt.Fprintln(w, path)
	}
	fmt.Fprintf(w, "%s %d: %.1f of 100, %d items decided\n", r.Scorecard, r.Version, r.Score, r.Decided)
	if r.AutoFail != "" {
		fmt.Fprintf(w, "failed as a whole by: %s\n", r.AutoFail)
	}
	for _, s := range r.Sections {
		score := "-"
		if s.Score != nil {
			score = fmt.Sprintf("%.1f", *s.Score)
		}
		fmt.Fprintf(w, "\n%s  %s\n", s.Title, score)
		for _, i := range s.Items {
			fmt.Fprintf(w, "  %-6s  %s: %s\n", i.Verdict, i.Title, i.Why)
			for _, e := range i.Evidence {
				fmt.Fprintf(w, "          %s %s: %q\n", e.At, e.Party, e.Quote)
			}
			if i.Source != "" {
				fmt.Fprintf(w, "          %s\n", i.Source)
			}
		}
	}
	return nil
}
