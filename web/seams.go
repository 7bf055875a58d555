package web

import (
	"context"
	"errors"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
)

// What the running gateway answers, as sentinels. Wrap them with words for a
// person; those words are shown.
var (
	// ErrNotLive: the call is not in progress (any more).
	ErrNotLive = errors.New("this call is not in progress")
	// ErrNoAdvice: the call has no advice with that id.
	ErrNoAdvice = errors.New("this call has no such advice")
	// ErrOff: the part that would do it is off; the wrapping text says which,
	// why, and how to mend it.
	ErrOff = errors.New("this is off at the moment")
	// ErrBusy: it cannot be done now but may later, e.g. whispers are queued up.
	ErrBusy = errors.New("this cannot be done right now: try again in a moment")
	// ErrUnknown: no such scenario.
	ErrUnknown = errors.New("there is no such scenario")
)

// Live is the running gateway. Safe for concurrent use.
type Live interface {
	// Calls returns the calls that ring or are in progress, oldest first. It is
	// asked several times a second while a board is open: take a snapshot, do
	// not compute.
	Calls() []LiveCall
	// Watch calls sink, from the caller's goroutine, with every event of the
	// call whose Seq is at least from, past ones first and then live ones, with
	// no gap and no repeat; private events included. It returns nil after the
	// Ended event, sink's error at once, ctx's error when it is over, and
	// ErrNotLive for a call it does not hold. The sink may block for seconds (a
	// browser on a bad line): Watch must read from a log it may lag behind, and
	// hold no lock meanwhile.
	Watch(ctx context.Context, id call.ID, from uint64, sink func(call.Event) error) error
	// Act does what a person asked, in the name of by. It returns when the
	// gateway has taken the order, not when it is carried out.
	Act(ctx context.Context, id call.ID, by string, a Action) error
}

// LiveCall is a call in progress as the board shows it.
type LiveCall struct {
	call.Summary
	// Escalation is the newest one that is raised; nil when there is none.
	Escalation *call.Escalation `json:"escalation,omitempty"`
	// Muted tells that the agent silenced the coach.
	Muted bool `json:"muted,omitempty"`
}

// Action is what a person can ask of a call in progress. The set is closed.
type Action interface{ action() }

// Whisper speaks Text into the agent's ear. It is trimmed, not empty and at
// most MaxWhisper characters.
type Whisper struct{ Text string }

// Mute silences the coach or wakes it.
type Mute struct{ On bool }

// Feedback is the agent's answer to an advice: "accepted", "dismissed" or "later".
type Feedback struct{ Advice, Verdict string }

// HangUp ends the call.
type HangUp struct{}

func (Whisper) action()  {}
func (Mute) action()     {}
func (Feedback) action() {}
func (HangUp) action()   {}

// MaxWhisper is the longest whisper in characters: about 20 seconds of speech.
const MaxWhisper = 300

// Simulations is the training ground. Safe for concurrent use.
type Simulations interface {
	// Scenarios returns what can be practised, in the order to show.
	Scenarios(ctx context.Context) ([]Scenario, error)
	// Start lets the simulated customer ring the trainee's phone and returns as
	// soon as it rings or failed to. ErrUnknown, ErrOff, ErrBusy.
	Start(ctx context.Context, o Order) (SimulationRun, error)
	// Runs returns the newest runs of one trainee ("": of everybody), newest
	// first, at most limit.
	Runs(ctx context.Context, trainee string, limit int) ([]SimulationRun, error)
}

// Scenario is one simulated customer.
type Scenario struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Language    string `json:"language"`
	Difficulty  string `json:"difficulty"` // "easy", "medium", "hard"
	Minutes     int    `json:"minutes"`    // about how long it takes
}

// Order asks for one run.
type Order struct {
	Scenario string
	Trainee  string // user name
	Address  string // SIP address of the trainee's phone
	By       string // who asked
}

// SimulationRun is one practice call.
type SimulationRun struct {
	ID         string    `json:"id"`
	Scenario   string    `json:"scenario"`
	Title      string    `json:"title"`
	Trainee    string    `json:"trainee"`
	Call       call.ID   `json:"call"`  // "" until it rings
	State      string    `json:"state"` // "ringing", "running", "finished", "failed"
	Started    time.Time `json:"started"`
	Score      *float64  `json:"score"`      // 0..100 once scored
	Conclusion string    `json:"conclusion"` // words for the trainee
	Reason     string    `json:"reason"`     // why it failed, and how to mend it
}

// Store is what the web needs of the store.
type Store interface {
	store.Record
	store.Access
	store.Audit
}
