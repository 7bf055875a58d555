// Package voice speaks: text to 8 kHz audio, for the whisper in an agent's ear
// and for simulated customers.
//
// It exists so that a whisper costs a look-up, not a synthesis, the second time.
// Voices run as child processes with a deadline; it must never speak in the
// caller's process nor wait without end.
package voice

import (
	"context"
	"errors"
)

// Rate of the audio, in samples per second, mono.
const Rate = 8000

var (
	// ErrMissing is wrapped when the program that speaks is not installed.
	ErrMissing = errors.New("the voice program is not installed")
	// ErrVoice is wrapped when there is no such voice or language.
	ErrVoice = errors.New("no such voice")
	// ErrSpeak is wrapped when the program failed or gave no sound.
	ErrSpeak = errors.New("the voice could not speak")
)

// Speaker makes speech. voice "" is the language's default. The samples are 16
// bit at Rate, level made even; they are shared: do not write to them. Safe for
// concurrent use.
type Speaker interface {
	Speak(ctx context.Context, language, voice, text string) ([]int16, error)
}
