package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/stress"
)

// stressFlags are the command's options.
type stressFlags struct {
	baseline     []string
	channel      int
	csv, json    bool
	coefficients string
}

func newStressCommand() *cobra.Command {
	var f stressFlags
	cmd := &cobra.Command{
		Use:   "stress WAV...",
		Short: "Estimate arousal, anger and tension in recordings, against the speaker's own baseline",
		Long: "Estimate arousal, anger and tension in recordings, against the speaker's own baseline.\n\n" +
			"It is a tension estimate from the sound of the voice, never a judgement of a person.\n" +
			"Without --baseline the population's voice stands in until enough of the speaker was\n" +
			"heard; with it, the given recordings count as the speaker being calm. On acted speech\n" +
			"it tells anger from neutral in 85 to 96 of 100 clips; on natural calls expect 65 to 80.\n" +
			"Raw 8 kHz .ulaw and .alaw files are read beside WAV.",
		Example: "  sidetone stress angry.wav --baseline calm1.wav,calm2.wav\n  sidetone stress --csv call.wav --channel 2\n  sidetone stress --json a.wav b.ulaw",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), args)
		},
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.baseline, "baseline", nil, "recordings of the same speaker being calm")
	fl.IntVar(&f.channel, "channel", 1, "channel of a stereo recording, counted from 1")
	fl.BoolVar(&f.csv, "csv", false, "print the features of each 10 ms")
	fl.BoolVar(&f.json, "json", false, "print one JSON document per file and line")
	fl.StringVar(&f.coefficients, "coefficients", "", "coefficients file of stress fit, instead of the shipped ones")
	cmd.MarkFlagsMutuallyExclusive("csv", "json")
	cmd.AddCommand(newStressFitCommand())
	return cmd
}

func (f stressFlags) run(ctx context.Context, out io.Writer, paths []string) error {
	if f.channel < 1 {
		return &usageError{fmt.Errorf("--channel %d: channels are counted from 1", f.channel)}
	}
	if f.csv && len(paths) > 1 {
		return &usageError{errors.New("--csv takes one recording: its lines name no file")}
	}
	for _, p := range append(append([]string(nil), paths...), f.baseline...) {
		if err := f.check(p); err != nil { // every file is looked at before the first is heard
			return err
		}
	}
	buffered := bufio.NewWriter(out)
	defer buffered.Flush()
	if f.csv {
		return f.rows(ctx, buffered, paths[0])
	}
	model, err := loadCoefficients(f.coefficients)
	if err != nil {
		return err
	}
	base, err := f.enroll(ctx, model)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if err := f.scores(ctx, buffered, p, stress.Config{Model: model, Baseline: base}); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

func (f stressFlags) check(path string) error {
	w, err := wav.Open(path)
	if err != nil {
		return err
	}
	if f.channel > w.Channels() && w.Channels() > 1 || f.channel > 2 {
		return fmt.Errorf("%s has no channel %d; it has %d, counted from 1", path, f.channel, w.Channels())
	}
	return nil
}

func loadCoefficients(path string) (*stress.Model, error) {
	if path == "" {
		return stress.Shipped()
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("coefficients: %w", err)
	}
	m, err := stress.ParseModel(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// hear reads one channel of a recording as frames.
func (f stressFlags) hear(ctx context.Context, path string, take func(*media.Frame) error) error {
	return hearChannel(ctx, path, f.channel, take)
}

// hearChannel reads a channel counted from 1; a mono recording has one only.
func hearChannel(ctx context.Context, path string, channel int, take func(*media.Frame) error) error {
	w, err := wav.Open(path)
	if err != nil {
		return err
	}
	c, err := w.Channel(min(channel, w.Channels()) - 1)
	if err != nil {
		return err
	}
	defer c.Close()
	var frame media.Frame
	for {
		switch err := c.ReadFrame(ctx, &frame); {
		case errors.Is(err, media.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := take(&frame); err != nil {
			return err
		}
	}
}

// enroll learns the baseline from the files given, nil when there are none.
func (f stressFlags) enroll(ctx context.Context, model *stress.Model) (*stress.Baseline, error) {
	if len(f.baseline) == 0 {
		return nil, nil
	}
	base := &stress.Baseline{}
	var skipped []string
	for _, path := range f.baseline {
		e, err := stress.New(stress.Config{Model: model})
		if err != nil {
			return nil, err
		}
		if err := f.hear(ctx, path, func(fr *media.Frame) error { e.Frame(fr); return nil }); err != nil {
			return nil, err
		}
		e.Flush()
		if err := e.Enroll(base); err != nil {
			skipped = append(skipped, fmt.Sprintf("%s: %v", path, err))
		}
	}
	if len(skipped) == len(f.baseline) {
		return nil, fmt.Errorf("no baseline: %s", strings.Join(skipped, "; "))
	}
	return base, nil
}

// scoreJSON is a set of scores; null where there is no estimate.
type scoreJSON struct {
	Arousal *float64 `json:"arousal"`
	Anger   *float64 `json:"anger"`
	Tension *float64 `json:"tension"`
	Quality float64  `json:"quality"`
	Why     []string `json:"why,omitempty"`
	Absent  string   `json:"absent,omitempty"`
}

func newScoreJSON(s *call.Stress) scoreJSON {
	if s.Absent != "" {
		return scoreJSON{Absent: s.Absent}
	}
	return scoreJSON{Arousal: &s.Arousal, Anger: &s.Anger, Tension: &s.Tension, Quality: s.Quality, Why: s.Why}
}

// windowJSON is a window with an estimate.
type windowJSON struct {
	Start call.Position `json:"start"`
	End   call.Position `json:"end"`
	Span  int           `json:"span"`
	scoreJSON
}

// absentJSON is a window without one.
type absentJSON struct {
	Start call.Position `json:"start"`
	End   call.Position `json:"end"`
	Span  int           `json:"span"`
	Why   string        `json:"why"`
}

// stressJSON is the document of one file. Windows without an estimate stand
// apart, so that no reader takes them for calm.
type stressJSON struct {
	File     string       `json:"file"`
	Windows  []windowJSON `json:"windows"`
	Absent   []absentJSON `json:"absent"`
	Clip     scoreJSON    `json:"clip"`
	Baseline string       `json:"baseline"`
}

func (f stressFlags) scores(ctx context.Context, out *bufio.Writer, path string, c stress.Config) error {
	e, err := stress.New(c)
	if err != nil {
		return err
	}
	doc := stressJSON{File: path, Windows: []windowJSON{}, Absent: []absentJSON{}, Baseline: "prior"}
	if c.Baseline != nil {
		doc.Baseline = "enrolled"
	}
	take := func(list []call.Stress) {
		for i := range list {
			s := list[i]
			if s.Absent != "" {
				doc.Absent = append(doc.Absent, absentJSON{s.Start, s.End, s.Span, s.Absent})
				continue
			}
			doc.Windows = append(doc.Windows, windowJSON{s.Start, s.End, s.Span, newScoreJSON(&s)})
		}
	}
	if err := f.hear(ctx, path, func(fr *media.Frame) error { take(e.Frame(fr)); return nil }); err != nil {
		return err
	}
	take(e.Flush())
	whole := e.Whole()
	doc.Clip = newScoreJSON(&whole)
	if f.json {
		return json.NewEncoder(out).Encode(doc)
	}
	return doc.text(out)
}

// text prints a table for people: the slow windows of a call, the fast ones of
// a clip.
func (d *stressJSON) text(out io.Writer) error {
	fmt.Fprintf(out, "%s (baseline: %s)\n", d.File, map[string]string{"prior": "the population, then this speaker", "enrolled": "the recordings given"}[d.Baseline])
	span := 3
	for _, w := range d.Windows {
		span = max(span, w.Span)
	}
	for _, w := range d.Windows {
		if w.Span == span && (span == 3 || int(math.Round(w.End.Seconds()))%5 == 0) {
			fmt.Fprintf(out, "  %7s  arousal %.2f  anger %.2f  tension %.2f  quality %.2f  %s\n", w.End, *w.Arousal, *w.Anger, *w.Tension, w.Quality, strings.Join(w.Why, ", "))
		}
	}
	if d.Clip.Absent != "" {
		_, err := fmt.Fprintf(out, "  no estimate: %s\n", d.Clip.Absent)
		return err
	}
	_, err := fmt.Fprintf(out, "    whole  arousal %.2f  anger %.2f  tension %.2f  quality %.2f  %s\n", *d.Clip.Arousal, *d.Clip.Anger, *d.Clip.Tension, d.Clip.Quality, strings.Join(d.Clip.Why, ", "))
	return err
}

// rows prints the features of each 10 ms. What a frame does not have is nan.
func (f stressFlags) rows(ctx context.Context, out *bufio.Writer, path string) error {
	w, err := wav.Open(path)
	if err != nil {
		return err
	}
	x, err := stress.NewExtractor(w.FrameRate())
	if err != nil {
		return err
	}
	if _, err := out.WriteString("time,voiced,f0_hz,level_dbfs,hnr_db,jitter,shimmer_db,alpha_db,hammarberg_db,slope_db,f1_hz,flux,teager\n"); err != nil {
		return err
	}
	if err := f.hear(ctx, path, func(fr *media.Frame) error { return writeRows(out, x.Push(fr)) }); err != nil {
		return err
	}
	if err := writeRows(out, x.Flush()); err != nil {
		return err
	}
	return out.Flush()
}

func writeRows(out *bufio.Writer, rows []stress.Row) error {
	for _, r := range rows {
		b := strconv.AppendFloat(out.AvailableBuffer(), r.Time, 'f', 2, 64)
		hnr, f1, voiced := math.NaN(), r.F1, byte('0')
		if r.Voiced {
			hnr, voiced = r.HNR, '1'
		}
		if f1 == 0 {
			f1 = math.NaN()
		}
		b = append(b, ',', voiced)
		for _, v := range []struct {
			v      float64
			digits int
		}{{r.F0, 2}, {r.Level, 2}, {hnr, 2}, {r.Jitter, 5}, {r.Shimmer, 3}, {r.Alpha, 2}, {r.Hammarberg, 2}, {r.Slope, 2}, {f1, 1}, {r.Flux, 4}, {r.Teager, 4}} {
			b = append(b, ',')
			if math.IsNaN(v.v) {
				b = append(b, "nan"...)
			} else {
				b = strconv.AppendFloat(b, v.v, 'f', v.digits, 64)
			}
		}
		if _, err := out.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return nil
}
