package engines

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/models"
	"github.com/sidetone/sidetone/models/speech"
)

// start runs engines over the checkout's models until the test ends.
func start(t testing.TB) *Engines {
	t.Helper()
	dir := models.Dir(filepath.Join(devdata.Root(), "models", "cache"))
	e, err := New(Config{Dir: dir}, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	if e.Speech == nil || e.Embedder == nil {
		devdata.Need(t, "models are missing; run 'make models'")
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = e.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return e
}

func TestHearsARealCall(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("auto49", func(t *testing.T) {
		e := start(t)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		f, err := wav.Open(devdata.Shared(t, "calls/store_stereo_ulaw.wav"))
		if err != nil {
			t.Fatal(err)
		}
		ch, err := f.Channel(0)
		if err != nil {
			t.Fatal(err)
		}
		defer ch.Close()
		var words, partials, edges int
		last := call.Position(0)
		speaking := false
		began := time.Now()
		err = e.Speech.Listen(ctx, speech.Setup{Party: call.Customer, Language: "en-US"}, ch, func(b call.Body) {
			switch b := b.(type) {
			case call.Speech:
				edges++
				if b.On == speaking {
					t.Errorf("edge to %v twice", b.On)
				}
				speaking = b.On
			case call.Partial:
				partials++
				if !strings.HasPrefix(b.Text, b.Stable) {
					t.Errorf("stable %q is no prefix of %q", b.Stable, b.Text)
				}
			case call.Utterance:
				t.Logf("%v-%v %.2f %s", b.Start, b.End, b.Confidence, b.Text)
				words += len(b.Words)
				if b.Start < last || b.End < b.Start || b.Party != call.Customer {
					t.Errorf("utterance %v-%v after %v", b.Start, b.End, last)
				}
				last = b.Start
			}
		})
		t.Logf("%.2f s for %.1f s of audio, loaded in %v", time.Since(began).Seconds(), f.Duration().Seconds(), e.Status()[0].Loaded)
		if err != nil {
			t.Fatal(err)
		}
		if words < 50 || partials < 50 || edges < 10 {
			t.Errorf("%d words, %d partials, %d edges", words, partials, edges)
		}
	})
}
