package main

import (
	"bytes"
	le "encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/qc"
)

// sidetone runs the program and returns what it printed and its exit code.
func sidetone(t testing.TB, stdin string, args ...string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	var o, e bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

type analysed struct {
	File       string           `json:"file"`
	Utterances []call.Utterance `json:"utterances"`
	Stress     []call.Stress    `json:"stress"`
	Moments    []call.Event     `json:"moments"`
	Advice     []call.Event     `json:"advice"`
	QC         *qc.Report       `json:"qc"`
}

func analyse(t *testing.T, args ...string) analysed {
	t.Helper()
	out, errs, code := sidetone(t, "", append([]string{"analyze", "--json", "--models", modelsDir(t)}, args...)...)
	var a analysed
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != 0 || strings.Count(out, "\n") != 1 {
		t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, errs)
	}
	return a
}

func TestAnalyzeStereo(t *testing.T) {
	dir := t.TempDir()
	a := analyse(t, "--agent-channel", "1", "--out", dir, devdata.Shared(t, "calls/store_stereo_ulaw.wav"))
	if a.QC == nil || a.QC.Decided < 5 || a.Stress == nil || a.Advice == nil {
		t.Errorf("%+v", a)
	}
	said := map[call.Party]string{}
	for _, u := range a.Utterances {
		said[u.Party] += u.Text + " "
	}
	if !strings.Contains(said[call.Agent], "how can i help you") || !strings.Contains(said[call.Customer], "questions regarding my recent order") {
		t.Errorf("the parties are wrong: %v", said)
	}
	for _, name := range []string{"store_stereo_ulaw.json", "store_stereo_ulaw.events.jsonl"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The log it leaves scores and replays to the same.
	log := filepath.Join(dir, "store_stereo_ulaw.events.jsonl")
	out, errs, code := sidetone(t, "", "score", "--json", log)
	var r qc.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Score != a.QC.Score {
		t.Errorf("score: exit %d, %v, %v against %v %s", code, err, r.Score, a.QC.Score, errs)
	}
	once, _, _ := sidetone(t, "", "advise", "--json", log)
	twice, _, _ := sidetone(t, "", "advise", "--json", log)
	if once == "" || once != twice {
		t.Errorf("two replays differ:\n%s\n%s", once, twice)
	}
}

func TestAnalyzeMono(t *testing.T) {
	a := analyse(t, devdata.Shared(t, "calls/auto0_mono.wav"))
	for _, u := range a.Utterances {
		if u.Party != call.Unknown {
			t.Fatalf("an utterance of the %s in a mono recording", u.Party)
		}
	}
	if len(a.Utterances) < 10 || a.QC == nil || a.QC.Decided != 0 {
		t.Errorf("%d utterances, %+v", len(a.Utterances), a.QC)
	}
}

// stereo joins two files of one clock.
func stereo(t *testing.T, left, right string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stereo.wav")
	rec, err := wav.NewRecorder(path, 8000, 2)
	if err != nil {
		t.Fatal(err)
	}
	var sides [2]*wav.Samples
	for i, name := range []string{left, right} {
		f, err := wav.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if sides[i], err = f.Samples(); err != nil {
			t.Fatal(err)
		}
		defer sides[i].Close()
	}
	for l, r := make([]int16, 800), make([]int16, 800); ; {
		n, err := sides[0].ReadFrames(l)
		m, err2 := sides[1].ReadFrames(r)
		if errors.Is(err, io.EOF) || errors.Is(err2, io.EOF) {
			break
		}
		both := make([]int16, 0, 1600)
		for i := range min(n, m) {
			both = append(both, l[i], r[i])
		}
		if err := rec.Write(both); err != nil {
			t.Fatal(err)
		}
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// A real call fires a general moment whose quote stands in the transcript.
func TestAnalyzeRealCallFiresAMoment(t *testing.T) {
	a := analyse(t, stereo(t, devdata.Shared(t, "calls/auto49_caller.wav"), devdata.Shared(t, "calls/auto49_agent.wav")))
	found := false
	for _, e := range a.Moments {
		m := e.Body.(call.Moment)
		for _, u := range a.Utterances {
			if m.Quote != "" && u.Party == m.Party && strings.Contains(u.Text, m.Quote) && e.At-m.QuoteAt < call.Seconds(10) {
				found = true
			}
		}
	}
	if !found || len(a.Advice) == 0 {
		t.Errorf("no moment with a quote near it: %+v", a.Moments)
	}
}

func header(channels, bytes int) string {
	var b bytes8
	b.str("RIFF").u32(36 + bytes).str("WAVEfmt ").u32(16).u16(1).u16(channels).u32(8000).u32(16000 * channels).u16(2 * channels).u16(16).str("data").u32(bytes)
	return string(b)
}

type bytes8 []byte

func (b *bytes8) str(s string) *bytes8 { *b = append(*b, s...); return b }
func (b *bytes8) u16(n int) *bytes8 {
	*b = le.LittleEndian.AppendUint16(*b, uint16(n))
	return b
}
func (b *bytes8) u32(n int) *bytes8 {
	*b = le.LittleEndian.AppendUint32(*b, uint32(n))
	return b
}

func TestAnalyzeBadFiles(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	for name, content := range map[string]string{
		"garbage.wav": strings.Repeat("not a wave file ", 400), "empty.wav": "", "truncated.wav": header(2, 1000)[:30],
		"nochannels.wav": header(0, 100) + strings.Repeat("\x00", 100), "tenhours.wav": header(2, 36000*32000) + strings.Repeat("\x00", 3200),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		o, e, code := sidetone(t, "", "analyze", "--json", "--out", out, path)
		if code != 1 || o != "" || strings.Count(e, "\n") != 1 || !strings.Contains(e, name) {
			t.Errorf("%s: exit %d, printed %q, said %q", name, code, o, e)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s left a folder of results", name)
		}
	}
}

const plain = `{"type":"utterance","party":"agent","start":0,"end":2,"text":"how can i help you"}
{"type":"utterance","party":"customer","start":3,"end":6,"text":"i will file a complaint against you"}
{"type":"utterance","party":"agent","start":12,"end":14,"text":"okay"}
{"type":"utterance","party":"customer","start":20,"end":24,"text":"so what now"}
`

func TestAdviseAndScorePlainLines(t *testing.T) {
	dir := t.TempDir() // no models: patterns only, and it says so
	out, errs, code := sidetone(t, plain, "advise", "--json", "--models", dir)
	if code != 0 || !strings.Contains(out, `"type":"advice"`) || !strings.Contains(errs, "phrases and conditions only") {
		t.Fatalf("exit %d\n%s\n%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		var e call.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%v: %s", err, line)
		}
	}
	own := filepath.Join(dir, "own.yaml")
	if err := os.WriteFile(own, []byte("playbook: own\nlanguage: en\nmoments:\n  - id: hello\n    title: Hello\n    phrases: [okay]\n    line: Say more.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code = sidetone(t, plain, "advise", "--compare", "builtin", own, "--models", dir, "--json")
	var d struct {
		Changed bool
		Gone    []call.Event
		New     []call.Event
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 || !d.Changed || len(d.Gone) == 0 || len(d.New) != 1 {
		t.Errorf("exit %d, %v: %s %s", code, err, out, errs)
	}
	if out, errs, code = sidetone(t, plain, "score", "-", "--json"); code != 0 || !strings.Contains(out, `"verdict":"pass"`) {
		t.Errorf("score: exit %d %s %s", code, out, errs)
	}
	for _, bad := range []string{"", "{", "nonsense\n", `{"type":"utterance","party":"customer","start":5,"end":1,"text":"x"}`} {
		if out, errs, code = sidetone(t, bad, "advise", "--json"); code != 1 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, printed %q, said %q", bad, code, out, errs)
		}
	}
}
