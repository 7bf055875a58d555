package main

import (
	"fmt"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func newServeCommand() *cobra.Command {
	var (
		o                      options
		config, data, http     string
		sipAddr, level, ai, re string
	)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway and its console",
		Long: `Run the gateway and its console.

The shortest way to a coached call: point a PBX or a phone at --sip and name the
agent's phone with --route.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(config)
			if err != nil {
				return err
			}
			override(cmd, "data", data, &s.Data)
			override(cmd, "http", http, &s.HTTP)
			override(cmd, "sip", sipAddr, &s.SIP.UDP)
			override(cmd, "sip", sipAddr, &s.SIP.TCP)
			var lvl zapcore.Level
			if err := lvl.UnmarshalText([]byte(level)); err != nil {
				return &usageError{err}
			}
			if o.noAI, err = isOff("ai", ai); err != nil {
				return err
			}
			if o.noRec, err = isOff("record", re); err != nil {
				return err
			}
			log := newLogger(lvl, isatty.IsTerminal(os.Stderr.Fd()), zapcore.Lock(os.Stderr))
			a, err := newApp(cmd.Context(), s, o, log)
			if err != nil {
				return err
			}
			if a.admin != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "\nFirst start: sign in as admin with the password %s (shown this once).\n\n", a.admin)
			}
			log.Info("serving", zap.String("console", "http://"+a.http.Addr().String()), zap.String("sip", a.endpoint.Addr()), zap.String("data", s.Data))
			return a.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&config, "config", "", "config file (YAML); deploy/sidetone.yaml shows every key")
	f.StringVar(&data, "data", "sidetone-data", "folder for the database and recordings")
	f.StringVar(&http, "http", "127.0.0.1:8080", "address of the console and the API")
	f.StringVar(&sipAddr, "sip", "127.0.0.1:5060", "address for SIP over UDP and TCP")
	f.StringVar(&o.route, "route", "", "send every call that no route of the config takes to this SIP address")
	f.StringVar(&o.models, "models", "", "folder of models")
	f.StringVar(&ai, "ai", "on", "off: relay and record only")
	f.StringVar(&re, "record", "on", "off: keep no audio")
	f.StringVar(&level, "log", "info", "debug, info, warn or error")
	return cmd
}

// override lets a flag that was given win over the config file.
func override(cmd *cobra.Command, flag, value string, to *string) {
	if cmd.Flags().Changed(flag) {
		*to = value
	}
}

func isOff(flag, value string) (bool, error) {
	switch value {
	case "on":
		return false, nil
	case "off":
		return true, nil
	}
	return false, &usageError{fmt.Errorf("--%s is %q: on or off", flag, value)}
}
