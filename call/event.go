package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// Event is one line of a call's log. Seq starts at 1 and has no gaps; At never
// goes back. On the wire an event is one flat JSON object:
//
//	{"seq":7,"at":12.34,"type":"utterance","party":"customer","start":10.2,…}
type Event struct {
	Seq  uint64
	At   Position
	Body Body
}

// Body is what happened. The set is closed: only this package implements it.
type Body interface {
	// Type is the event's name on the wire.
	Type() string
}

// ErrUnknownEvent is returned for an event type this version does not know.
// A reader of somebody else's log skips such lines; our own log has none.
var ErrUnknownEvent = errors.New("unknown event type")

// Started opens the log: who calls whom. Wall time and addresses are in Summary.
type Started struct {
	Call     ID                `json:"call"`
	From     string            `json:"from"`
	To       string            `json:"to"`
	Agent    string            `json:"agent,omitempty"`
	Queue    string            `json:"queue,omitempty"`
	Language string            `json:"language"`
	Kind     Kind              `json:"kind,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"` // customer fields known at the start
}

// Answered marks position zero of the conversation.
type Answered struct{}

// Speech is a voice-activity edge: the party started or stopped speaking.
type Speech struct {
	Party Party `json:"party"`
	On    bool  `json:"on"`
}

// Word is one recognised word.
type Word struct {
	Text       string   `json:"text"`
	Start      Position `json:"start"`
	End        Position `json:"end"`
	Confidence float64  `json:"confidence"` // 0..1
}

// Partial is what a party seems to be saying. Stable is the prefix of Text that
// will not change any more.
type Partial struct {
	Party  Party    `json:"party"`
	Start  Position `json:"start"`
	End    Position `json:"end"`
	Text   string   `json:"text"`
	Stable string   `json:"stable,omitempty"`
}

// Utterance is a finished turn (or a part of one) as heard.
type Utterance struct {
	Party      Party    `json:"party"`
	Start      Position `json:"start"`
	End        Position `json:"end"`
	Text       string   `json:"text"`              // the spoken words, verbatim
	Display    string   `json:"display,omitempty"` // numbers, casing, punctuation made
	Confidence float64  `json:"confidence,omitempty"`
	Words      []Word   `json:"words,omitempty"`
	Slots      []Slot   `json:"slots,omitempty"`
	// Meaning holds the score (0..1, three decimals) of each moment or QC label
	// whose examples this utterance resembles; computed once and logged, so
	// that a replay does not depend on a model.
	Meaning map[string]float64 `json:"meaning,omitempty"`
}

// Slot is a value assembled from words: an order number, an amount, a date.
type Slot struct {
	Kind  string   `json:"kind"`  // "number", "amount", "phone", "order", "date", "email", "spelled"
	Value string   `json:"value"` // canonical form
	Said  string   `json:"said"`  // the words it came from
	At    Position `json:"at"`
}

// Revised replaces the text of an earlier utterance (the second, slower pass).
type Revised struct {
	Of uint64 `json:"of"` // Seq of the utterance it replaces
	Utterance
}

// Stress is one window of the voice estimate, against the speaker's own
// baseline. Scores are 0..1. Absent says why there is no estimate ("silence",
// "too short", "music"); then the scores mean nothing.
type Stress struct {
	Party   Party    `json:"party"`
	Start   Position `json:"start"`
	End     Position `json:"end"`
	Span    int      `json:"span"` // seconds: 3 or 30
	Arousal float64  `json:"arousal"`
	Anger   float64  `json:"anger"`
	Tension float64  `json:"tension"`
	Quality float64  `json:"quality"`
	Why     []string `json:"why,omitempty"` // the features that moved it most: "louder", "higher", "faster"
	Absent  string   `json:"absent,omitempty"`
}

// Moment is a situation the playbook knows, recognised.
type Moment struct {
	ID      string   `json:"id"`
	Party   Party    `json:"party,omitempty"`
	Score   float64  `json:"score"`
	Quote   string   `json:"quote,omitempty"` // words of the transcript that show it
	QuoteAt Position `json:"quote_at"`
	Ref     uint64   `json:"ref,omitempty"`     // Seq of the event that showed it
	Why     string   `json:"why,omitempty"`     // for moments without words: "agent silent for 9.2 s"
	Private bool     `json:"private,omitempty"` // for this agent only, see Event.Private
}

// Form is how an advice reaches the agent.
type Form string

const (
	Ear   Form = "ear"
	Line  Form = "line"
	Steps Form = "steps"
)

// Advice is help given to the agent at this position.
type Advice struct {
	ID      string   `json:"id"` // unique in the call
	Moment  string   `json:"moment"`
	Forms   []Form   `json:"forms"` // the forms released: the ear has the strictest gate
	Ear     string   `json:"ear,omitempty"`
	Line    string   `json:"line"`
	Steps   []string `json:"steps,omitempty"`
	Source  string   `json:"source,omitempty"` // what it cites
	Quote   string   `json:"quote,omitempty"`
	QuoteAt Position `json:"quote_at"`
	Urgent  bool     `json:"urgent,omitempty"`
	Private bool     `json:"private,omitempty"` // for this agent only; never stored beyond the live call
	Waited  Position `json:"waited"`            // from the moment to the release
	Expires Position `json:"expires"`           // the card greys out here
}

// Held is an advice that was not given, and why.
type Held struct {
	Moment string   `json:"moment"`
	Reason HeldWhy  `json:"reason"`
	Detail string   `json:"detail,omitempty"`
	Forms  []Form   `json:"forms,omitempty"` // forms held back when others were given
	Since  Position `json:"since"`
	// Private marks the silence about a private advice, see Event.Private.
	Private bool `json:"private,omitempty"`
}

// HeldWhy is the closed list of reasons for silence.
type HeldWhy string

const (
	HeldCooldown HeldWhy = "cooldown" // the same moment was advised a short while ago
	HeldMost     HeldWhy = "most"     // the moment's most-per-call is used up
	HeldBudget   HeldWhy = "budget"   // the call's budget is used up
	HeldExpired  HeldWhy = "expired"  // no safe moment came in time
	HeldReplaced HeldWhy = "replaced" // a newer, better advice took its place
	HeldDose     HeldWhy = "dose"     // this agent needs less help than that
	HeldMuted    HeldWhy = "muted"    // the agent silenced the coach
	HeldSpeaking HeldWhy = "speaking" // the ear form only: the agent was speaking
	HeldEnded    HeldWhy = "ended"    // the call ended first
)

// Feedback is the agent's answer to an advice.
type Feedback struct {
	Advice  string `json:"advice"`
	Verdict string `json:"verdict"` // "accepted", "dismissed", "later"
	By      string `json:"by,omitempty"`
	Private bool   `json:"private,omitempty"` // answers a private advice
}

// Whisper is speech in the agent's ear.
type Whisper struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	By    string `json:"by"`    // "coach" or the supervisor's user name
	State string `json:"state"` // "start", "stop", "dropped"
	Why   string `json:"why,omitempty"`
	// Private marks a private advice spoken, see Event.Private.
	Private bool `json:"private,omitempty"`
}

// Mute is the agent silencing (or waking) the coach.
type Mute struct {
	On bool   `json:"on"`
	By string `json:"by,omitempty"`
}

// Hold marks a party put on or taken off hold.
type Hold struct {
	By Party `json:"by"`
	On bool  `json:"on"`
}

// DTMF is a digit pressed. Digit is "*" for every key while card data is masked.
type DTMF struct {
	Party Party  `json:"party"`
	Digit string `json:"digit"`
}

// Part reports that a part of the gateway went off or came back. The call goes
// on either way.
type Part struct {
	Name  string `json:"name"` // "hearing", "meaning", "voice", "recording", "store", "stress", "coach"
	On    bool   `json:"on"`
	Why   string `json:"why,omitempty"`
	Party Party  `json:"party,omitempty"`
}

// Dropped counts audio or events that a full queue let go.
type Dropped struct {
	Where string `json:"where"`
	Count uint64 `json:"count"`
}

// Fields are facts about the customer that arrived during the call (CRM).
type Fields struct {
	Fields map[string]string `json:"fields"`
}

// Escalation says that the call needs a supervisor.
type Escalation struct {
	Level  float64  `json:"level"` // 0..1
	Raised bool     `json:"raised"`
	Why    []string `json:"why"`
}

// Ended closes the log.
type Ended struct {
	Ending Ending `json:"ending"`
	Reason string `json:"reason,omitempty"`
}

func (Started) Type() string    { return "started" }
func (Answered) Type() string   { return "answered" }
func (Speech) Type() string     { return "speech" }
func (Partial) Type() string    { return "partial" }
func (Utterance) Type() string  { return "utterance" }
func (Revised) Type() string    { return "revised" }
func (Stress) Type() string     { return "stress" }
func (Moment) Type() string     { return "moment" }
func (Advice) Type() string     { return "advice" }
func (Held) Type() string       { return "held" }
func (Feedback) Type() string   { return "feedback" }
func (Whisper) Type() string    { return "whisper" }
func (Mute) Type() string       { return "mute" }
func (Hold) Type() string       { return "hold" }
func (DTMF) Type() string       { return "dtmf" }
func (Part) Type() string       { return "part" }
func (Dropped) Type() string    { return "dropped" }
func (Fields) Type() string     { return "fields" }
func (Escalation) Type() string { return "escalation" }
func (Ended) Type() string      { return "ended" }

// newBody returns a pointer to a zero body of the named type, or nil.
func newBody(typ string) any {
	switch typ {
	case "started":
		return new(Started)
	case "answered":
		return new(Answered)
	case "speech":
		return new(Speech)
	case "partial":
		return new(Partial)
	case "utterance":
		return new(Utterance)
	case "revised":
		return new(Revised)
	case "stress":
		return new(Stress)
	case "moment":
		return new(Moment)
	case "advice":
		return new(Advice)
	case "held":
		return new(Held)
	case "feedback":
		return new(Feedback)
	case "whisper":
		return new(Whisper)
	case "mute":
		return new(Mute)
	case "hold":
		return new(Hold)
	case "dtmf":
		return new(DTMF)
	case "part":
		return new(Part)
	case "dropped":
		return new(Dropped)
	case "fields":
		return new(Fields)
	case "escalation":
		return new(Escalation)
	case "ended":
		return new(Ended)
	}
	return nil
}

// MarshalJSON writes the flat form.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Body == nil {
		return nil, errors.New("event without a body")
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", e.Body.Type(), err)
	}
	at, _ := e.At.MarshalJSON()
	out := make([]byte, 0, len(body)+48)
	out = append(out, `{"seq":`...)
	out = strconv.AppendUint(out, e.Seq, 10)
	out = append(append(out, `,"at":`...), at...)
	out = append(append(append(out, `,"type":"`...), e.Body.Type()...), '"')
	if len(body) > 2 { // more than "{}"
		out = append(append(out, ','), body[1:]...)
		return out, nil
	}
	return append(out, '}'), nil
}

// UnmarshalJSON reads the flat form. A plain line without "seq" or "at" is
// accepted: Seq stays 0 and At becomes the body's end where it has one.
func (e *Event) UnmarshalJSON(b []byte) error {
	var head struct {
		Seq  uint64    `json:"seq"`
		At   *Position `json:"at"`
		End  Position  `json:"end"`
		Type string    `json:"type"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	body := newBody(head.Type)
	if body == nil {
		return fmt.Errorf("%w %q", ErrUnknownEvent, head.Type)
	}
	if err := json.Unmarshal(b, body); err != nil {
		return fmt.Errorf("event %s: %w", head.Type, err)
	}
	e.Seq, e.At = head.Seq, head.End
	if head.At != nil {
		e.At = *head.At
	}
	e.Body = reflect.ValueOf(body).Elem().Interface().(Body)
	return nil
}

// AppendLine appends the event as one JSON line, newline included.
func (e Event) AppendLine(dst []byte) ([]byte, error) {
	b, err := e.MarshalJSON()
	if err != nil {
		return dst, err
	}
	if bytes.IndexByte(b, '\n') >= 0 {
		return dst, fmt.Errorf("event %s: body holds a raw newline", e.Body.Type())
	}
	return append(append(dst, b...), '\n'), nil
}
