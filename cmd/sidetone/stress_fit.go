package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/stress"
	"github.com/sidetone/sidetone/models/stress/fit"
)

func newStressFitCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "fit CLIPS.csv",
		Short: "Refit the coefficients on your own labelled clips, with an honest table",
		Long: "Refit the coefficients on your own labelled clips. The CSV has the columns file,\n" +
			"speaker and label (neutral, anger, fear, tension, happy, sad); files are looked for\n" +
			"beside the CSV. Half of each speaker's neutral clips make the baseline. The table\n" +
			"says how well the shipped and the new coefficients do on speakers that were left out\n" +
			"of the learning; use the new ones only where they do better.",
		Example: "  sidetone stress fit calls.csv --out ours.yaml\n  sidetone stress --coefficients ours.yaml call.wav",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fitStress(cmd.Context(), args[0], out, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file for the new coefficients")
	return cmd
}

func fitStress(ctx context.Context, list, to string, out, progress io.Writer) error {
	f, err := os.Open(list)
	if err != nil {
		return err
	}
	defer f.Close()
	clips, err := fit.List(f)
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	model, err := stress.Shipped()
	if err != nil {
		return err
	}
	kept := clips[:0]
	for i, c := range clips {
		if i%50 == 0 {
			fmt.Fprintf(progress, "heard %d of %d clips\n", i, len(clips))
		}
		path := c.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(list), path)
		}
		e, err := stress.New(stress.Config{Model: model})
		if err != nil {
			return err
		}
		if err := hearChannel(ctx, path, 1, func(fr *media.Frame) error { e.Frame(fr); return nil }); err != nil {
			return err
		}
		e.Flush()
		if w := e.Whole(); w.Absent != "" {
			fmt.Fprintf(progress, "%s is left out: %s\n", c.File, w.Absent)
			continue
		}
		c.Vector, c.Voiced = e.Vector(), e.Voiced().Seconds()
		kept = append(kept, c)
	}
	fitted, lines, err := fit.Fit(kept, model)
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	fmt.Fprintf(out, "Each figure is over speakers left out of the learning; UAR at the threshold 0.5.\n%-8s %6s %8s %9s %16s %16s\n", "score", "clips", "neutral", "speakers", "shipped UAR/AUC", "fitted UAR/AUC")
	for _, l := range lines {
		fmt.Fprintf(out, "%-8s %6d %8d %9d %10.3f/%.3f %10.3f/%.3f\n", l.Score, l.Yes, l.No, l.Speakers, l.Shipped.UAR, l.Shipped.AUC, l.Fitted.UAR, l.Fitted.AUC)
	}
	if to == "" {
		return nil
	}
	comment := fmt.Sprintf("Fitted on %d clips of %s, %s. See the table that stress fit printed.", len(kept), filepath.Base(list), time.Now().Format(time.DateOnly))
	if err := os.WriteFile(to, fitted.File(comment), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "written to %s; use it with sidetone stress --coefficients %s\n", to, to)
	return nil
}
