package engines

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/speech/speechtest"
)

// TestAKilledOrStoppedWorkerCostsSomeWords: the listener hears at once that the
// engine is lost, and after a second Listen words come again.
func TestAKilledOrStoppedWorkerCostsSomeWords(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, sig := range map[string]syscall.Signal{"kill": syscall.SIGKILL, "stop": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			c := clip(t)
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			src := &speechtest.Source{Rate: c.Rate, Samples: c.Samples, Blocked: make(chan struct{})}
			hit := false
			err := e.Speech.Listen(ctx, speech.Setup{Party: call.Agent, Language: "en"}, src, func(b call.Body) {
				if !hit {
					hit = true
					if err := syscall.Kill(e.Status()[0].PID, sig); err != nil {
						t.Error(err)
					}
				}
			})
			if !errors.Is(err, speech.ErrLost) {
				t.Fatalf("a worker hit by %v gives %v", sig, err)
			}
			words := 0
			src = &speechtest.Source{Rate: c.Rate, Samples: c.Samples}
			err = e.Speech.Listen(ctx, speech.Setup{Party: call.Agent, Language: "en"}, src, func(b call.Body) {
				if u, ok := b.(call.Utterance); ok {
					words += len(u.Words)
				}
			})
			if err != nil || words < 5 {
				t.Errorf("afterwards %d words, %v", words, err)
			}
			if st := e.Status()[0]; st.Restarts == 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}
