package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach/replay"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/engines"
	"github.com/sidetone/sidetone/models/speech/recording"
	"github.com/sidetone/sidetone/qc"
)

// analyzeFlags are the command's options.
type analyzeFlags struct {
	models, out, scorecard string
	playbooks              []string
	json, quiet            bool
	how                    recording.Options
}

// analysis is one recording's result.
type analysis struct {
	File       string            `json:"file"`
	Utterances []call.Utterance  `json:"utterances"`
	Stress     []call.Stress     `json:"stress"`
	Moments    []json.RawMessage `json:"moments"`
	Advice     []json.RawMessage `json:"advice"`
	Held       []json.RawMessage `json:"held"`
	QC         qc.Report         `json:"qc"`

	events []call.Event // the log as a live call would have left it
	said   []call.Event // what the coach said, for people
}

func newAnalyzeCommand() *cobra.Command {
	f := analyzeFlags{how: recording.Default()}
	cmd := &cobra.Command{
		Use:   "analyze WAV...",
		Short: "Hear, coach and score finished recordings as if they had been live",
		Long: "Hear, coach and score finished recordings as if they had been live: transcript,\n" +
			"voice stress, the advice that would have been given, and the score.\n\n" +
			"Left is the customer and right the agent unless --agent-channel 1; a mono\n" +
			"recording has the party \"unknown\".",
		Example: "  sidetone analyze call.wav\n  sidetone analyze --json --agent-channel 1 a.wav b.wav\n  sidetone analyze --out results call.wav",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.models, "models", "", "folder of models")
	fl.BoolVar(&f.json, "json", false, "print one JSON document per file and line")
	fl.BoolVar(&f.quiet, "quiet", false, "show no progress")
	fl.StringVar(&f.out, "out", "", "also write NAME.json and NAME.events.jsonl into this folder")
	fl.StringVar(&f.how.Language, "language", f.how.Language, "spoken language")
	fl.IntVar(&f.how.AgentChannel, "agent-channel", f.how.AgentChannel, "the agent's channel of two, counted from 1")
	fl.StringSliceVar(&f.how.Vocabulary, "vocabulary", nil, "words that are likely: products, names, places")
	fl.StringSliceVar(&f.playbooks, "playbook", nil, "playbook files or folders besides those built in")
	fl.StringVar(&f.scorecard, "scorecard", "", "scorecard file; default: the one built in")
	return cmd
}

func (f analyzeFlags) run(ctx context.Context, out, progress io.Writer, names []string) error {
	c, err := newCoaching(f.playbooks, f.scorecard, false)
	if err != nil {
		return err
	}
	files := make([]*wav.File, len(names))
	for i, name := range names { // every file is looked at before the first is heard
		if files[i], err = wav.Open(name); err != nil {
			return err
		}
		if err := f.how.Check(files[i]); err != nil {
			return err
		}
	}
	if f.out != "" {
		if err := os.MkdirAll(f.out, 0o755); err != nil {
			return err
		}
	}
	return withEngines(ctx, f.models, func(ctx context.Context, eng *engines.Engines) error {
		if eng.Speech == nil {
			return missingParts(eng, "onnxruntime", "vad", "vosk", "vosk-en")
		}
		for _, file := range files {
			how := f.how
			how.Progress = transcribeFlags{quiet: f.quiet}.progress(progress, file)
			a, err := f.one(ctx, c, eng, file, how, progress)
			if err != nil {
				return err
			}
			if err := f.write(out, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// one analyses a recording. Nothing is written before it is done.
func (f analyzeFlags) one(ctx context.Context, c *coaching, eng *engines.Engines, file *wav.File, how recording.Options, notes io.Writer) (*analysis, error) {
	heard, err := recording.Events(ctx, eng.Speech, file, how)
	if err != nil {
		return nil, err
	}
	felt, err := feelRecording(ctx, file, how)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Path(), err)
	}
	heard = append(heard, felt...)
	slices.SortStableFunc(heard, func(a, b call.Event) int { return cmp.Compare(a.At, b.At) })
	end := call.Position(file.Duration())
	if n := len(heard); n > 0 {
		end = max(end, heard[n-1].At)
	}
	events := []call.Event{
		{Body: call.Started{Language: how.Language, Kind: call.KindRecording}}, {Body: call.Answered{}}}
	switch {
	case eng.Embedder == nil:
		fmt.Fprintln(notes, "sidetone: the models of meaning are missing: moments are recognised by phrases and conditions only (make models)")
		events = append(events, call.Event{Body: call.Part{Name: "meaning", Why: "its models are missing"}})
	default:
		if err := c.scoreMeaning(ctx, eng, how.Language, heard); err != nil {
			fmt.Fprintf(notes, "sidetone: %s: moments are recognised by phrases and conditions only: %v\n", file.Path(), err)
		}
	}
	events = append(append(events, heard...), call.Event{At: end, Body: call.Ended{Ending: call.EndRecording}})
	return c.judge(file.Path(), events)
}

// judge coaches and scores what was heard.
func (c *coaching) judge(name string, events []call.Event) (*analysis, error) {
	for i := range events {
		events[i].Seq = uint64(i) + 1
	}
	s := summaryOf(events, "")
	a := &analysis{File: name, Utterances: []call.Utterance{}, Stress: []call.Stress{}, Moments: []json.RawMessage{},
		Advice: []json.RawMessage{}, Held: []json.RawMessage{}, events: events}
	for _, e := range events {
		switch b := e.Body.(type) {
		case call.Utterance:
			a.Utterances = append(a.Utterances, b)
		case call.Stress:
			if !e.Private() {
				a.Stress = append(a.Stress, b)
			}
		}
	}
	slices.SortStableFunc(a.Utterances, func(x, y call.Utterance) int { return int(min(1, max(-1, x.Start-y.Start))) })
	a.said = replay.Run(c.of(s, nil), events)
	for _, e := range a.said {
		line, err := coachLine(e)
		if err != nil {
			return nil, err
		}
		switch e.Body.(type) {
		case call.Moment:
			a.Moments = append(a.Moments, line)
		case call.Advice:
			a.Advice = append(a.Advice, line)
		case call.Held:
			a.Held = append(a.Held, line)
		}
	}
	var err error
	a.QC, err = c.deck.Score(s, events)
	return a, err
}

func (f analyzeFlags) write(w io.Writer, a *analysis) error {
	if f.out != "" {
		if err := a.save(f.out); err != nil {
			return err
		}
	}
	if f.json {
		return json.NewEncoder(w).Encode(a)
	}
	fmt.Fprintln(w, a.File)
	for _, u := range a.Utterances {
		fmt.Fprintf(w, "%s  %-8s  %s\n", u.Start, u.Party, recording.Shown(u))
	}
	fmt.Fprintln(w)
	for _, e := range a.said {
		if s := readable(e); s != "" {
			fmt.Fprintln(w, s)
		}
	}
	fmt.Fprintln(w)
	return printReport(w, a.File, a.QC, false, false)
}

// save writes the result and the log, each whole or not at all.
func (a *analysis) save(dir string) error {
	base := strings.TrimSuffix(filepath.Base(a.File), filepath.Ext(a.File))
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	var log []byte
	for _, e := range a.events {
		if log, err = e.AppendLine(log); err != nil {
			return err
		}
	}
	if err := writeWhole(filepath.Join(dir, base+".json"), append(doc, '\n')); err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, base+".events.jsonl"), log)
}

// writeWhole leaves the old file or the new one, never a part.
func writeWhole(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if e := tmp.Chmod(0o644); err == nil {
		err = e
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}
