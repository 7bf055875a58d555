package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models/stress/measure"
)

// voiceFile writes a synthetic voice of two seconds on the given channel of a
// recording, the others silent.
func voiceFile(t *testing.T, name string, f0 float64, rate, channel, channels int) string {
	t.Helper()
	c, _ := measure.Train{F0: f0, Jitter: 0.01, HNR: 15}.Make(rate, 1)
	path := filepath.Join(t.TempDir(), name)
	w, err := wav.NewRecorder(path, rate, channels)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int16, len(c.Samples)*channels)
	for i, s := range c.Samples {
		all[i*channels+channel-1] = s
	}
	if err := w.Write(all); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func stressCommand(t *testing.T, want int, args ...string) (string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), append([]string{"stress"}, args...), &out, &errs); got != want {
		t.Fatalf("stress %v: exit code %d, want %d: %s", args, got, want, errs.String())
	}
	return out.String(), errs.String()
}

func TestStressCSV(t *testing.T) {
	for _, test := range []struct {
		path string
		args []string
		f0   float64
	}{
		{voiceFile(t, "mono.wav", 120, 8000, 1, 1), nil, 120},
		{voiceFile(t, "wide.wav", 210, 16000, 1, 1), nil, 210},
		{voiceFile(t, "right.wav", 150, 8000, 2, 2), []string{"--channel", "2"}, 150},
	} {
		out, _ := stressCommand(t, exitDone, append([]string{"--csv", test.path}, test.args...)...)
		head, _, _ := strings.Cut(out, "\n")
		if head != "time,voiced,f0_hz,level_dbfs,hnr_db,jitter,shimmer_db,alpha_db,hammarberg_db,slope_db,f1_hz,flux,teager" {
			t.Errorf("header %q", head)
		}
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 201 {
			t.Errorf("%s: %d rows of two seconds", test.path, len(rows)-1)
		}
		right := 0
		for i, row := range rows[1:] {
			if at, err := strconv.ParseFloat(row[0], 64); err != nil || math.Abs(at-float64(i)/100) > 1e-6 {
				t.Fatalf("row %d is at %s", i, row[0])
			}
			if f0, err := strconv.ParseFloat(row[2], 64); err == nil && row[1] == "1" && math.Abs(f0/test.f0-1) < 0.03 {
				right++
			}
		}
		if right < 180 {
			t.Errorf("%s: pitch right in %d of 200 rows", test.path, right)
		}
	}
}

func TestStressJSON(t *testing.T) {
	voice := voiceFile(t, "voice.wav", 150, 8000, 1, 1)
	raw := filepath.Join(t.TempDir(), "quiet.ulaw")
	if err := os.WriteFile(raw, bytes.Repeat([]byte{0xff}, 3*8000), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := stressCommand(t, exitDone, "--json", voice, raw, "--baseline", voice)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d documents for two files: %s", len(lines), out)
	}
	var docs [2]struct {
		File    string
		Windows []map[string]any
		Absent  []map[string]any
		Clip    struct {
			Arousal, Anger, Tension *float64
			Quality                 float64
			Absent                  string
		}
		Baseline string
	}
	for i, l := range lines {
		if err := json.Unmarshal([]byte(l), &docs[i]); err != nil {
			t.Fatal(err)
		}
	}
	got := docs[0]
	if got.File != voice || got.Baseline != "enrolled" || len(got.Windows) != 1 || got.Clip.Anger == nil || *got.Clip.Anger > 0.3 {
		t.Errorf("a voice against itself: %s", lines[0])
	}
	for _, key := range []string{"start", "end", "span", "arousal", "anger", "tension", "quality"} {
		if _, ok := got.Windows[0][key]; !ok {
			t.Errorf("a window has no %q: %s", key, lines[0])
		}
	}
	if quiet := docs[1]; quiet.File != raw || len(quiet.Windows) != 0 || len(quiet.Absent) == 0 || quiet.Clip.Anger != nil || quiet.Clip.Absent != "silence" {
		t.Errorf("silence: %s", lines[1])
	}
	if out, _ := stressCommand(t, exitDone, "--json", voice); !strings.Contains(out, `"baseline":"prior"`) {
		t.Errorf("without a baseline: %s", out)
	}
}

func TestStressMistakesAreExplained(t *testing.T) {
	voice := voiceFile(t, "voice.wav", 150, 8000, 1, 1)
	quiet := filepath.Join(t.TempDir(), "quiet.alaw")
	if err := os.WriteFile(quiet, bytes.Repeat([]byte{0xd5}, 8000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "arg", nil},
		{exitUsage, "--csv takes one", []string{"--csv", voice, voice}},
		{exitUsage, "channel", []string{"--channel", "0", voice}},
		{exitFailed, "nothere.wav", []string{"nothere.wav"}},
		{exitFailed, "channel 3", []string{"--channel", "3", voice}},
		{exitFailed, "silence", []string{voice, "--baseline", quiet}},
		{exitFailed, "coefficients", []string{voice, "--coefficients", voice}},
		{exitFailed, "header", []string{"fit", quiet}},
	} {
		if _, errs := stressCommand(t, test.code, test.args...); !strings.Contains(errs, test.says) {
			t.Errorf("stress %v: %q does not say %q", test.args, errs, test.says)
		}
	}
}
