package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/store"
)

// newUserCommand manages who may sign in, for the first set-up and for when
// nobody can any more; the console does the same.
func newUserCommand() *cobra.Command {
	var data string
	c := &cobra.Command{Use: "user", Short: "Add, list and remove users, and set passwords"}
	c.PersistentFlags().StringVar(&data, "data", "sidetone-data", dataFlagHelp)
	c.AddCommand(newUserAdd(&data), newUserPassword(&data), newUserList(&data), newUserRemove(&data))
	return c
}

func newUserAdd(data *string) *cobra.Command {
	var u store.User
	var role string
	c := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "Add or change a user; a new one gets a password, which is printed once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u.Name, u.Role, u.Created = args[0], store.Role(role), time.Now()
			return withStore(cmd.Context(), *data, func(s *store.SQLite) error {
				_, err := s.User(cmd.Context(), u.Name)
				fresh := errors.Is(err, store.ErrNotFound)
				if err != nil && !fresh {
					return err
				}
				if err := s.PutUser(cmd.Context(), u); err != nil || !fresh {
					return err
				}
				return generatePassword(cmd, s, u.Name)
			})
		},
	}
	c.Flags().StringVar(&role, "role", "agent", "agent, supervisor, qc, trainer or admin")
	c.Flags().StringVar(&u.Display, "display", "", "name others see")
	c.Flags().StringVar(&u.Address, "address", "", "SIP address of the phone, e.g. sip:mei@10.0.0.7")
	return c
}

func newUserPassword(data *string) *cobra.Command {
	var stdin bool
	c := &cobra.Command{
		Use:   "password NAME",
		Short: "Give a user a new password, which is printed once; open sessions end",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), *data, func(s *store.SQLite) error {
				if !stdin {
					return generatePassword(cmd, s, args[0])
				}
				line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 1024)).ReadString('\n')
				if err != nil && !errors.Is(err, io.EOF) {
					return fmt.Errorf("read the password: %w", err)
				}
				return s.SetPassword(cmd.Context(), args[0], strings.TrimRight(line, "\r\n"))
			})
		},
	}
	c.Flags().BoolVar(&stdin, "stdin", false, "read the password from standard input instead")
	return c
}

func generatePassword(cmd *cobra.Command, s *store.SQLite, name string) error {
	password, err := store.NewPassword()
	if err != nil {
		return err
	}
	if err := s.SetPassword(cmd.Context(), name, password); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), password)
	return err
}

func newUserList(data *string) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List users", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), *data, func(s *store.SQLite) error {
				users, err := s.Users(cmd.Context())
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				for _, u := range users {
					off := ""
					if u.Disabled {
						off = "off"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Name, u.Role, u.Display, u.Address, off)
				}
				return w.Flush()
			})
		},
	}
}

func newUserRemove(data *string) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a user", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), *data, func(s *store.SQLite) error {
				return s.RemoveUser(cmd.Context(), args[0])
			})
		},
	}
}
