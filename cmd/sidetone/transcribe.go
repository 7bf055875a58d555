package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models"
	"github.com/sidetone/sidetone/models/engines"
	"github.com/sidetone/sidetone/models/speech/recording"
)

// transcribeFlags are the command's options.
type transcribeFlags struct {
	models string
	json   bool
	vtt    bool
	quiet  bool
	how    recording.Options
}

func newTranscribeCommand() *cobra.Command {
	f := transcribeFlags{how: recording.Default()}
	cmd := &cobra.Command{
		Use:   "transcribe WAV...",
		Short: "Write down what was said in recordings, per party, with times",
		Long: "Write down what was said in recordings, per party, with times.\n\n" +
			"Left is the customer and right the agent unless --agent-channel 1; a mono\n" +
			"recording has the party \"unknown\". Raw 8 kHz .ulaw and .alaw files are read\n" +
			"beside WAV.",
		Example: "  sidetone transcribe call.wav\n  sidetone transcribe --json a.wav b.ulaw\n  sidetone transcribe --vtt call.wav > call.vtt",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.models, "models", "", "folder of models")
	fl.BoolVar(&f.json, "json", false, "print one JSON document per file and line")
	fl.BoolVar(&f.vtt, "vtt", false, "print WebVTT subtitles")
	fl.BoolVar(&f.quiet, "quiet", false, "show no progress")
	fl.StringVar(&f.how.Language, "language", f.how.Language, "spoken language")
	fl.IntVar(&f.how.AgentChannel, "agent-channel", f.how.AgentChannel, "the agent's channel of two, counted from 1")
	fl.StringSliceVar(&f.how.Vocabulary, "vocabulary", nil, "words that are likely: products, names, places")
	cmd.MarkFlagsMutuallyExclusive("json", "vtt")
	return cmd
}

func (f transcribeFlags) run(ctx context.Context, out, progress io.Writer, paths []string) error {
	files := make([]*wav.File, len(paths))
	for i, path := range paths { // every file is looked at before the first is heard
		var err error
		if files[i], err = wav.Open(path); err != nil {
			return err
		}
		if err := f.how.Check(files[i]); err != nil {
			return err
		}
	}
	return withEngines(ctx, f.models, func(ctx context.Context, eng *engines.Engines) error {
		if eng.Speech == nil {
			return missingParts(eng, "onnxruntime", "vad", "vosk", "vosk-en")
		}
		for _, file := range files {
			how := f.how
			how.Progress = f.progress(progress, file)
			turns, err := recording.Utterances(ctx, eng.Speech, file, how)
			if err != nil {
				return err
			}
			if err := f.print(out, file, turns); err != nil {
				return err
			}
		}
		return nil
	})
}

// withEngines runs work while the embedded engines are kept alive.
func withEngines(ctx context.Context, dir string, work func(context.Context, *engines.Engines) error) error {
	eng, err := engines.New(engines.Config{Dir: models.Find(dir)}, zap.NewNop())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = eng.Run(ctx) })
	defer running.Wait()
	defer cancel()
	return work(ctx, eng)
}

func missingParts(eng *engines.Engines, names ...string) error {
	for _, n := range names {
		if why := eng.Missing[n]; why != "" {
			return fmt.Errorf("speech cannot be heard: %s: %s", n, why)
		}
	}
	return fmt.Errorf("speech cannot be heard; 'sidetone doctor' says what is missing")
}

func (f transcribeFlags) progress(w io.Writer, file *wav.File) func(float64) {
	if f.quiet {
		return nil
	}
	if st, err := os.Stderr.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return nil // a log file needs no moving line
	}
	return func(share float64) {
		fmt.Fprintf(w, "\r%s: %3.0f %%", file.Path(), 100*share)
		if share >= 1 {
			fmt.Fprint(w, "\r\033[K")
		}
	}
}

func (f transcribeFlags) print(w io.Writer, file *wav.File, turns []call.Utterance) error {
	switch {
	case f.json:
		return json.NewEncoder(w).Encode(struct {
			File       string           `json:"file"`
			Utterances []call.Utterance `json:"utterances"`
		}{file.Path(), turns})
	case f.vtt:
		return recording.WriteVTT(w, turns)
	}
	for _, u := range turns {
		if _, err := fmt.Fprintf(w, "%s  %-8s  %s\n", u.Start, u.Party, recording.Shown(u)); err != nil {
			return err
		}
	}
	return nil
}
