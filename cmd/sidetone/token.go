package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/store"
)

const dataFlagHelp = "folder for the database and recordings"

// newTokenCommand prints an API token. It works beside a running gateway: both
// write to the same database, one after the other.
func newTokenCommand() *cobra.Command {
	var data string
	var t store.Token
	var role string
	c := &cobra.Command{
		Use:   "token --role ROLE [--user NAME] [--name WHAT-FOR]",
		Short: "Make an API token and print it",
		Long: "Make an API token and print it, alone on one line. It is shown this once;\n" +
			"send it as \"Authorization: Bearer TOKEN\". Roles: agent, supervisor, qc, trainer, admin.\n" +
			"A token with role agent sees the calls of --user only.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if t.Role = store.Role(role); !t.Role.Valid() {
				return &usageError{fmt.Errorf("--role %q: give agent, supervisor, qc, trainer or admin", role)}
			}
			return withStore(cmd.Context(), data, func(s *store.SQLite) error {
				return makeToken(cmd.Context(), s, t, cmd.OutOrStdout())
			})
		},
	}
	c.Flags().StringVar(&role, "role", "", "agent, supervisor, qc, trainer or admin")
	c.Flags().StringVar(&t.User, "user", "", "user it speaks for")
	c.Flags().StringVar(&t.Name, "name", "command line", "what it is for")
	c.Flags().StringVar(&data, "data", "sidetone-data", dataFlagHelp)
	return c
}

func makeToken(ctx context.Context, s *store.SQLite, t store.Token, out io.Writer) error {
	t.Created = time.Now()
	secret, made, err := s.AddToken(ctx, t)
	if err != nil {
		return err
	}
	err = s.Record(ctx, store.Entry{At: t.Created, Who: "command line", What: "token made", Target: made.ID, Detail: "role " + string(t.Role)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, secret)
	return err
}

// withStore opens the store for one command.
func withStore(ctx context.Context, dir string, do func(*store.SQLite) error) (err error) {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}
