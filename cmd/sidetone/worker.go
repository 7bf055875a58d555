package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/models"
	"github.com/sidetone/sidetone/models/engines"
)

// newWorkerCommand is the body of a worker process; people do not start it.
func newWorkerCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:    "worker " + strings.Join(engines.Kinds(), "|"),
		Short:  "Run a native engine for a sidetone process (started by sidetone itself)",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return engines.Work(cmd.Context(), args[0], models.Find(dir))
		},
	}
	cmd.Flags().StringVar(&dir, "models", "", "folder of models")
	return cmd
}
