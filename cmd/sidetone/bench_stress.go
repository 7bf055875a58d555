package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/models/stress/measure"
)

func newBenchStressCommand() *cobra.Command {
	var data string
	parts := measure.Parts()
	cmd := &cobra.Command{
		Use:   "stress",
		Short: "Voice stress against its promises: pitch, HNR, emotion, noise, calls, speed; Praat side by side",
		Long: "Voice stress against its promises, side by side with Praat where it is installed\n" +
			"(Debian package praat). The recordings are read from --data: pitch_ref, emotion_de,\n" +
			"emotion_pl, telephone_en and calls.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := measure.Bench{Data: data, Out: cmd.OutOrStdout(), Tell: func(part string) {
				fmt.Fprintf(cmd.ErrOrStderr(), "measuring %s ...\n", part)
			}}
			return b.Run(cmd.Context(), parts)
		},
	}
	cmd.Flags().StringVar(&data, "data", "../shared/data", "folder of the recordings")
	cmd.Flags().StringSliceVar(&parts, "part", parts, "what to measure: "+strings.Join(parts, ", "))
	return cmd
}
