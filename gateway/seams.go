package gateway

import (
	"context"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/qc"
)

// Every seam is a blocking call that obeys its context; no channel crosses one.
// An implementation may fail, hang until its context ends, or lie: the call goes
// on. Each may be nil, which means that part is off.

// Hearing turns one party's frames into speech edges, partials and utterances.
// speech.Engine states the contract.
type Hearing interface {
	Listen(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Body)) error
}

// Feeling estimates one party's voice stress. A new one is made per party and
// call; one goroutine uses it.
type Feeling interface {
	// Frame takes the next 20 ms and returns the windows that it completed. The
	// slice is valid until the next call.
	Frame(f *media.Frame) []call.Stress
	// Reset forgets the speaker's baseline: after hold another person or another
	// line may be speaking.
	Reset()
}

// Meaning scores what an utterance resembles: moment ids to 0..1.
type Meaning interface {
	Score(ctx context.Context, language, text string) (map[string]float64, error)
}

// Coach decides. It is pure: no clock, no I/O. One goroutine uses it.
type Coach interface {
	// Observe takes one event and returns what follows from it, in order.
	Observe(e call.Event) []call.Body
	// Advance moves the coach's time and returns what became due, each with the
	// position it belongs to, not before the last and not after to.
	Advance(to call.Position) []call.Event
}

// Voice speaks a line as 8000 Hz mono PCM.
type Voice interface {
	Speak(ctx context.Context, language, voice, text string) ([]int16, error)
}

// Archive keeps what happened. store.SQLite satisfies it.
type Archive interface {
	PutCall(ctx context.Context, s call.Summary) error
	Append(ctx context.Context, id call.ID, events ...call.Event) error
	PutReport(ctx context.Context, r qc.Report) error
	RecordingPath(id call.ID) (string, error)
}

// Scorer scores a finished call.
type Scorer interface {
	Score(s call.Summary, events []call.Event) (qc.Report, error)
}

// Recorder writes one call's stereo audio.
type Recorder interface {
	// Write takes interleaved samples: customer left, agent right.
	Write(interleaved []int16) error
	Close() error
}

// Router says where a call goes.
type Router interface {
	// Route returns the way for a call, or an error that says why there is none.
	Route(c Caller) (Route, error)
}

// Caller is what is known of a call when it arrives.
type Caller struct {
	From, To string // user parts or whole addresses, as signalled
	Source   string // host:port of the last hop
	Header   func(name string) string
}

// Route is where a call goes and who is who on it.
type Route struct {
	ID            call.ID  // the call's id when it is chosen beforehand, else ""
	Targets       []string // SIP addresses, tried in order
	Agent         string   // the agent's user name or address
	Queue         string
	Language      string
	AgentIsCaller bool // an outbound call: the agent's phone rang us
	Simulation    bool
	Fields        map[string]string // customer facts known before the first word
}
