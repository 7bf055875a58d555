package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/models"
)

// errIncomplete is doctor's answer when something needed is missing.
var errIncomplete = errors.New("something is missing; see above for what mends it")

func newDoctorCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is installed, what is missing and how to mend it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := models.Find(dir)
			parts := models.Inventory(found)
			if asJSON {
				if err := json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
					Models string        `json:"models"`
					Parts  []models.Part `json:"parts"`
				}{string(found), parts}); err != nil {
					return err
				}
			} else {
				printParts(cmd.OutOrStdout(), found, parts)
			}
			for _, p := range parts {
				if p.Needed && !p.Present {
					return errIncomplete
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "models", "", "folder of models (default: $"+models.EnvDir+", else models/cache of the checkout)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func printParts(w io.Writer, dir models.Dir, parts []models.Part) {
	fmt.Fprintf(w, "models in %s\n", dir)
	for _, p := range parts {
		switch {
		case p.Present:
			fmt.Fprintf(w, "  present  %-12s %s\n", p.Name, p.Gives)
		case p.Needed:
			fmt.Fprintf(w, "  MISSING  %-12s %s: %s; mend it with: %s\n", p.Name, p.Gives, p.Why, p.Mend)
		default:
			fmt.Fprintf(w, "  absent   %-12s %s (optional): %s\n", p.Name, p.Gives, p.Mend)
		}
	}
}
