// Package speech hears: frames of one party in, speech edges, partial guesses
// and utterances out, through one seam with several engines behind it.
//
// It exists so that the gateway need not know which recogniser listens, nor that
// it lives in another process or on another machine. It must never hold up
// audio: an engine that is lost costs words, nothing else.
package speech

import (
	"context"
	"errors"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
)

var (
	// ErrLost is wrapped when the engine died, hung or dropped its connection.
	// Report hearing as off and call Listen again: it waits until the engine is
	// back.
	ErrLost = errors.New("the speech engine was lost")
	// ErrLanguage is wrapped when an engine has no model for the language;
	// calling again does not help.
	ErrLanguage = errors.New("no speech model for this language")
	// ErrEngine is wrapped when the engine refused this stream; calling again
	// may help.
	ErrEngine = errors.New("the speech engine could not hear")
)

// Setup says whose speech is heard and how.
type Setup struct {
	Party      call.Party
	Language   string   // BCP 47; "en", "zh"
	Vocabulary []string // words that are likely here: products, places, names
}

// Engine is a recogniser.
//
// Listen blocks: it reads 20 ms frames of 8 or 16 kHz from src until
// media.ErrClosed (then it returns nil after the last utterance) or until ctx
// ends (then ctx's error). It calls sink in order from one goroutine, never after
// it has returned, with call.Speech at each edge, call.Partial while somebody
// speaks and call.Utterance when a turn or part of it is finished. Positions are
// those of the frames. Safe for concurrent use: one Listen per party and call.
type Engine interface {
	Listen(ctx context.Context, s Setup, src media.Reader, sink func(call.Body)) error
}

// Waiter is implemented by engines that know when they can listen again.
type Waiter interface {
	// Ready blocks until the engine can listen or ctx ends.
	Ready(ctx context.Context) error
}

// Positioned is implemented by engines that tell where in the audio each event
// belongs, not only when it came.
type Positioned interface {
	// ListenAt is Listen with events whose At is set and whose Seq is 0.
	ListenAt(ctx context.Context, s Setup, src media.Reader, sink func(call.Event)) error
}
