// Command sidetone is the voice call-centre coaching gateway: one binary with a
// file per subcommand here. This package reads flags and files and wires the
// rooms together; it holds no policy and no mechanism.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes: scripts rely on them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "sidetone: %v (see sidetone --help)\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "sidetone: %v\n", err)
	return exitFailed
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "sidetone",
		Short:         "Coach call-centre agents during the call, train them before it, score it after",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("unknown command %q", args[0])}
			}
			return cmd.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newServeCommand(),
		newDemoCommand(),
		newBenchCommand(),
		newTranscribeCommand(),
		newStressCommand(),
		newAnalyzeCommand(),
		newAdviseCommand(),
		newScoreCommand(),
		newMomentsCommand(),
		newKnowledgeCommand(),
		newDoctorCommand(),
		newSimCommand(),
		newTokenCommand(),
		newUserCommand(),
		newWorkerCommand(),
	)
	markUsage(root)
	return root
}

// markUsage makes wrong flags and arguments of every command usage errors.
func markUsage(c *cobra.Command) {
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &usageError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markUsage(sub)
	}
}
