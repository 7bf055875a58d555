package call

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// ID names one call across every process and file. It is 26 characters of
// lower-case base32: 48 bits of wall-clock milliseconds followed by 80 random
// bits, so IDs sort by the time they were made.
type ID string

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an ID stamped with the given wall time.
func NewID(now time.Time) ID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	if _, err := rand.Read(b[6:]); err != nil {
		panic("call: the system has no randomness: " + err.Error()) // documented never to happen
	}
	return ID(idAlphabet.EncodeToString(b[:]))
}

// Party is one voice of a call.
type Party string

const (
	Customer Party = "customer"
	Agent    Party = "agent"
	// Unknown is a voice that could not be told apart (a mono recording).
	Unknown Party = "unknown"
)

// Other returns the opposite end of a two-party call, or Unknown.
func (p Party) Other() Party {
	switch p {
	case Customer:
		return Agent
	case Agent:
		return Customer
	}
	return Unknown
}

// Position is a point on a call's media clock: the time since the first media
// frame of the call. It is written to JSON as seconds with millisecond digits.
type Position time.Duration

// Seconds makes a Position from seconds, rounded to the millisecond.
func Seconds(s float64) Position {
	return Position(time.Duration(s*1000+copysignHalf(s)) * time.Millisecond)
}

func copysignHalf(s float64) float64 {
	if s < 0 {
		return -0.5
	}
	return 0.5
}

// Seconds returns p in seconds.
func (p Position) Seconds() float64 { return time.Duration(p).Seconds() }

// String prints p as m:ss.t, the way a person reads a recording.
func (p Position) String() string {
	d := time.Duration(p)
	return fmt.Sprintf("%d:%04.1f", int(d.Minutes()), (d % time.Minute).Truncate(100*time.Millisecond).Seconds())
}

// MarshalJSON writes seconds with three decimals at most.
func (p Position) MarshalJSON() ([]byte, error) {
	ms := time.Duration(p).Round(time.Millisecond).Milliseconds()
	return strconv.AppendFloat(nil, float64(ms)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads seconds.
func (p *Position) UnmarshalJSON(b []byte) error {
	s, err := strconv.ParseFloat(string(b), 64)
	if err != nil || s != s || s > 1e7 || s < -1e7 {
		return fmt.Errorf("position %q is not a number of seconds", b)
	}
	*p = Seconds(s)
	return nil
}

// State is where a call stands.
type State string

const (
	Ringing  State = "ringing"
	Live     State = "live"
	Finished State = "finished"
)

// Ending says how a call ended. The list is closed: metrics, the console and
// quality control count by it.
type Ending string

const (
	EndCustomerHungUp Ending = "customer_hung_up"
	EndAgentHungUp    Ending = "agent_hung_up"
	EndCancelled      Ending = "cancelled"   // the caller gave up while it rang
	EndNoAnswer       Ending = "no_answer"   // it rang until the time-out
	EndBusy           Ending = "busy"        // the called side was busy
	EndDeclined       Ending = "declined"    // the called side refused
	EndUnreachable    Ending = "unreachable" // no route, no registration, or the next hop did not respond
	EndMediaLost      Ending = "media_lost"  // both sides fell silent on the wire
	EndShutdown       Ending = "shutdown"    // the gateway was told to stop
	EndBrokenOff      Ending = "broken_off"  // the gateway died during the call
	EndFailed         Ending = "failed"      // anything else; the reason text says what
	EndRecording      Ending = "recording"   // a finished recording came to its end
)

// Summary is the one-line description of a call that lists and boards show.
type Summary struct {
	ID       ID                `json:"id"`
	State    State             `json:"state"`
	From     string            `json:"from"`          // caller's number or address
	To       string            `json:"to"`            // dialled number or address
	Agent    string            `json:"agent"`         // agent's user name or address
	Queue    string            `json:"queue"`         // "" when none
	Language string            `json:"language"`      // BCP 47: "en", "zh"
	Kind     Kind              `json:"kind"`          // live, simulation or recording
	Created  time.Time         `json:"created"`       // first INVITE, wall clock
	Answered *time.Time        `json:"answered"`      // nil while it rings
	Ended    *time.Time        `json:"ended"`         // nil while it lives
	Duration Position          `json:"duration"`      // answered time so far
	Ending   Ending            `json:"ending"`        // "" while it lives
	Reason   string            `json:"reason"`        // words for a person, may be empty
	Score    *float64          `json:"score"`         // quality score 0..100 once scored
	Off      map[string]string `json:"off,omitempty"` // parts that are off now, with the reason
}

// Kind tells where a call came from.
type Kind string

const (
	KindLive       Kind = "live"
	KindSimulation Kind = "simulation"
	KindRecording  Kind = "recording"
)
