package voice

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sidetone/sidetone/internal/devdata"
)

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		devdata.Need(t, program+" is not installed")
	}
}

func loudness(s []int16) float64 {
	var sum float64
	n := 0
	for _, v := range s {
		if v > 200 || v < -200 {
			sum += float64(v) * float64(v)
			n++
		}
	}
	return 20 * math.Log10(math.Sqrt(sum/float64(max(n, 1)))/32768)
}

func TestVoicesSpeakAtOneLevel(t *testing.T) {
	defer goleak.VerifyNone(t)
	need(t, "flite")
	need(t, "espeak-ng")
	l := NewLocal(Config{})
	for _, c := range []struct{ language, voice, text string }{
		{"en", "", "Offer the refund form now."}, {"en-US", "rms", "Offer the refund form now."},
		{"en", "awb", "Offer the refund form now."}, {"en", "kal", "Offer the refund form now."},
		{"en", "espeak", "-1 dash first"}, {"zh", "", "请先核实客户身份"}, {"zh-CN", "cmn", "您好"},
	} {
		s, err := l.Speak(context.Background(), c.language, c.voice, c.text)
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		if len(s) < Rate/4 || len(s) > 5*Rate {
			t.Errorf("%v lasts %.2f s", c, float64(len(s))/Rate)
		}
		if db := loudness(s); math.Abs(db+19) > 3 {
			t.Errorf("%v is at %.1f dB", c, db)
		}
		again, _ := l.Speak(context.Background(), c.language, c.voice, c.text)
		if &again[0] != &s[0] {
			t.Errorf("%v was spoken twice", c)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	ctx := context.Background()
	l := NewLocal(Config{Flite: "no-such-flite", Espeak: "no-such-espeak"})
	if _, err := l.Speak(ctx, "zh", "", "您好"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "apt-get install") {
		t.Error(err)
	}
	if _, err := l.Speak(ctx, "en", "bob", "hello"); !errors.Is(err, ErrVoice) {
		t.Error(err)
	}
	if _, err := l.Speak(ctx, "fr", "", "bonjour"); !errors.Is(err, ErrVoice) {
		t.Error(err)
	}
	for _, text := range []string{"", " \n\t", "...", "<>|"} {
		if _, err := l.Speak(ctx, "en", "", text); !errors.Is(err, ErrSpeak) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestStuckProgramIsStopped(t *testing.T) {
	defer goleak.VerifyNone(t)
	script := filepath.Join(t.TempDir(), "espeak-ng")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := NewLocal(Config{Espeak: script, Deadline: 50 * time.Millisecond})
	if _, err := l.Speak(context.Background(), "zh", "", "您好"); !errors.Is(err, ErrSpeak) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho nonsense\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	l = NewLocal(Config{Espeak: script})
	if _, err := l.Speak(context.Background(), "zh", "", "您好"); !errors.Is(err, ErrSpeak) {
		t.Error(err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	l := NewLocal(Config{CacheMB: 1})
	for i := range 200 {
		l.remember(strings.Repeat("x", i+1), make([]int16, 10000))
	}
	if l.size > 1<<19 || l.order.Len() != len(l.byKey) || l.order.Len() == 0 {
		t.Errorf("%d samples in %d phrases", l.size, l.order.Len())
	}
}
