package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/coach"
	"github.com/sidetone/sidetone/coach/knowledge"
	"github.com/sidetone/sidetone/coach/playbook"
	"github.com/sidetone/sidetone/coach/replay"
)

func newBenchCoachCommand() *cobra.Command {
	var runs, nodes int
	cmd := &cobra.Command{
		Use:   "coach [EVENTS.jsonl...]",
		Short: "Replay speed and equality, timing of advice, search in a large graph",
		Long: "Replay speed and equality on a scripted five-minute call, timing of the advice on\n" +
			"the logs that are named, import and search in a large graph of knowledge.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if runs < 1 || nodes < 1 {
				return &usageError{errors.New("--runs and --nodes must be at least 1")}
			}
			c, err := newCoaching(nil, "", false)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if err := benchReplay(out, c, runs); err != nil {
				return err
			}
			if len(args) > 0 {
				if err := benchTiming(out, c, args); err != nil {
					return err
				}
			}
			return benchGraph(out, nodes)
		},
	}
	cmd.Flags().IntVar(&runs, "runs", 1000, "how often the same call is replayed")
	cmd.Flags().IntVar(&nodes, "nodes", 100_000, "size of the graph")
	return cmd
}

// scripted is a five-minute call made of the playbook's own examples.
func scripted(book *playbook.Library) []call.Event {
	r := rand.New(rand.NewPCG(1, 1))
	var lines []string
	for _, m := range book.Moments("en") {
		lines = append(append(lines, m.Examples...), m.Leaves...)
	}
	out := []call.Event{{Body: call.Started{Language: "en"}}, {Body: call.Answered{}}}
	for at := 1.0; at < 300; {
		p := call.Customer
		if r.IntN(2) == 0 {
			p = call.Agent
		}
		end := at + 1 + 4*r.Float64()
		out = append(out, call.Event{At: call.Seconds(at), Body: call.Speech{Party: p, On: true}}, call.Event{At: call.Seconds(end), Body: call.Speech{Party: p}},
			call.Event{At: call.Seconds(end), Body: call.Utterance{Party: p, Start: call.Seconds(at), End: call.Seconds(end), Text: lines[r.IntN(len(lines))]}})
		at = end + 2*r.Float64()
	}
	out = append(out, call.Event{At: out[len(out)-1].At, Body: call.Ended{Ending: call.EndCustomerHungUp}})
	for i := range out {
		out[i].Seq = uint64(i) + 1
	}
	return out
}

func benchReplay(w io.Writer, c *coaching, runs int) error {
	events := scripted(c.book)
	cfg := coach.Config{Book: c.book, Language: "en", Agent: coach.Agent{Tenure: -1}}
	var first []byte
	begin := time.Now()
	for i := range runs {
		var log []byte
		for _, e := range replay.Run(cfg, events) {
			var err error
			if log, err = e.AppendLine(log); err != nil {
				return err
			}
		}
		if i == 0 {
			first = log
		} else if !bytes.Equal(first, log) {
			return fmt.Errorf("run %d differs from the first", i+1)
		}
	}
	each := time.Since(begin) / time.Duration(runs)
	_, err := fmt.Fprintf(w, "replay of a five-minute call   %.1f ms, byte-equal in %d runs\ncoach CPU per call-minute      %.4f %% of a core\n",
		float64(each.Microseconds())/1000, runs, 100*each.Seconds()/300)
	return err
}

// benchTiming measures when advice came on real logs.
func benchTiming(w io.Writer, c *coaching, files []string) error {
	var perCall []int
	early, late := 0, 0
	for _, path := range files {
		l, err := readLog(path, strings.NewReader(""))
		if err != nil {
			return err
		}
		n := 0
		for _, e := range replay.Run(c.of(summaryOf(l.Events, ""), nil), l.Events) {
			a, ok := e.Body.(call.Advice)
			if !ok {
				continue
			}
			n++
			if slices.Contains(a.Forms, call.Ear) && !a.Urgent && speaking(l.Events, e.At) {
				early++
			}
			if a.Expires <= e.At {
				late++
			}
		}
		perCall = append(perCall, n)
	}
	slices.Sort(perCall)
	_, err := fmt.Fprintf(w, "advices per call, median       %d of %d calls\nin the ear while the agent speaks, not urgent: %d; after expiry: %d\n", perCall[len(perCall)/2], len(perCall), early, late)
	return err
}

// speaking tells whether the agent's voice was on.
func speaking(events []call.Event, at call.Position) bool {
	on := false
	for _, e := range events {
		if e.At > at {
			break
		}
		if s, ok := e.Body.(call.Speech); ok && s.Party == call.Agent {
			on = s.On
		}
	}
	return on
}

func benchGraph(w io.Writer, nodes int) error {
	r := rand.New(rand.NewPCG(2, 3))
	words := make([]string, 8000)
	for i := range words {
		words[i] = fmt.Sprintf("%c%c%c%d", 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), i%100)
	}
	var file strings.Builder
	queries := make([]string, 2000)
	for i := range nodes {
		var text strings.Builder
		for range 12 {
			text.WriteString(words[r.IntN(len(words))] + " ")
		}
		fmt.Fprintf(&file, `{"node":{"id":"n%d","kind":"article","name":"Article %s %d","text":%q,"source":"bench"}}`+"\n", i, words[r.IntN(len(words))], i, text.String())
		queries[i%len(queries)] = text.String()
	}
	dir, err := os.MkdirTemp("", "sidetone-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "g.jsonl"), []byte(file.String()), 0o600); err != nil {
		return err
	}
	g := knowledge.New()
	begin := time.Now()
	if err := g.Import(os.DirFS(dir), "g.jsonl"); err != nil {
		return err
	}
	x := knowledge.NewIndex(g)
	imported := time.Since(begin)
	file.Reset()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var took []time.Duration
	for _, q := range queries[:min(len(queries), nodes)] {
		begin := time.Now()
		x.Search(q, nil, 10)
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	_, err = fmt.Fprintf(w, "graph of %d nodes          imported and indexed in %.1f s, %d MiB\nsearch                         p50 %.2f ms, p95 %.2f ms\n",
		nodes, imported.Seconds(), m.HeapAlloc>>20, ms(took[len(took)/2]), ms(took[len(took)*95/100]))
	return err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
