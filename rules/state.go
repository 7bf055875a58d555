package rules

import (
	"maps"
	"time"

	"github.com/sidetone/sidetone/call"
)

// Facts are what is known beside the events.
type Facts struct {
	Language string            // BCP 47
	Queue    string            //
	Tenure   int               // days the agent has been in the job; negative when not known
	Date     string            // the call's date, YYYY-MM-DD; "" when not known
	Fields   map[string]string // customer fields
}

// State is a call so far, folded from its events. It belongs to one goroutine.
type State struct {
	facts   Facts
	now     call.Position
	start   call.Position // the answer
	lines   []line
	bySeq   map[uint64]int
	early   [3]*line // what a party seems to be saying, by index
	voices  [3]voice
	talk    conversation
	moods   map[moodKey][]call.Stress
	hold    [3]holding // by party
	holding bool
	off     map[string]call.Position // parts that were off, since when first
	scored  bool                     // an utterance carried meaning
	turns   [3]int
	last    call.Party
	ended   bool

	memos map[*Said]*memo // what questions about the whole call have read
}

// line is one utterance.
type line struct {
	seq     uint64
	party   call.Party
	at      call.Position // when it was known
	start   call.Position
	end     call.Position
	text    text
	words   []call.Word
	meaning map[string]float64
	slots   []call.Slot
	tokens  []string
}

// holding is one party having put the other on hold.
type holding struct {
	on    bool
	since call.Position
}

type moodKey struct {
	party call.Party
	span  int
}

// NewState starts a call.
func NewState(f Facts) *State {
	f.Fields = maps.Clone(f.Fields)
	if f.Fields == nil {
		f.Fields = map[string]string{}
	}
	return &State{facts: f, bySeq: map[uint64]int{}, moods: map[moodKey][]call.Stress{}, off: map[string]call.Position{}, memos: map[*Said]*memo{}}
}

// Now is the newest position the state has seen.
func (s *State) Now() call.Position { return s.now }

// Speaking tells whether a party's voice is on, and since when it is as it is.
func (s *State) Speaking(p call.Party) (on bool, since call.Position) {
	v := s.voices[index(p)]
	return v.on, v.since
}

// OnHold tells whether somebody has put the other on hold.
func (s *State) OnHold() bool { return s.holding }

// Facts are those of the call by now.
func (s *State) Facts() Facts { return s.facts }

// Ended tells whether the log is complete.
func (s *State) Ended() bool { return s.ended }

// Off tells whether a part ("hearing", "meaning", "stress") was off at any time.
// "voices" is knowing when somebody spoke: off with hearing, and in a log that
// has no voice activity.
func (s *State) Off(part string) bool {
	if part == "voices" {
		return s.Off("hearing") || !s.heard()
	}
	_, off := s.off[part]
	return off
}

// Scored tells whether any utterance carried scores of meaning.
func (s *State) Scored() bool { return s.scored }

// Advance moves time on without an event.
func (s *State) Advance(to call.Position) { s.now = max(s.now, Grain(to)) }

// Grain rounds a position to the millisecond: what the log keeps, so that a
// replay sees what the live call saw.
func Grain(p call.Position) call.Position {
	return call.Position(time.Duration(p).Round(time.Millisecond))
}

// Fold takes the next event of the log.
func (s *State) Fold(e call.Event) {
	s.Advance(e.At)
	switch b := e.Body.(type) {
	case call.Started:
		s.begin(b)
	case call.Answered:
		s.start = s.now
		s.talk.quiet = s.now
	case call.Speech:
		s.speech(b)
	case call.Partial:
		s.partial(e.Seq, b)
	case call.Utterance:
		s.utterance(e.Seq, b)
	case call.Revised:
		s.revise(b)
	case call.Stress:
		s.mood(b)
	case call.Hold:
		s.held(b)
	case call.Part:
		if _, known := s.off[b.Name]; !b.On && !known {
			s.off[b.Name] = s.now
		}
	case call.Fields:
		maps.Copy(s.facts.Fields, b.Fields)
	case call.Ended:
		s.ended = true
		s.closeTalk()
	}
}

func (s *State) begin(b call.Started) {
	if b.Language != "" {
		s.facts.Language = b.Language
	}
	if b.Queue != "" {
		s.facts.Queue = b.Queue
	}
	maps.Copy(s.facts.Fields, b.Fields)
}

func (s *State) utterance(seq uint64, u call.Utterance) {
	l := newLine(seq, s.now, u)
	s.early[index(u.Party)] = nil
	if u.Meaning != nil {
		s.scored = true
	}
	if seq != 0 {
		s.bySeq[seq] = len(s.lines)
	}
	s.lines = append(s.lines, l)
	if u.Party != s.last {
		s.turns[index(u.Party)]++
		s.last = u.Party
	}
}

// revise replaces the words of an utterance; when it was known stays as it was.
func (s *State) revise(r call.Revised) {
	i, ok := s.bySeq[r.Of]
	if !ok {
		return
	}
	old := &s.lines[i]
	u := r.Utterance
	if u.Party == "" {
		u.Party = old.party
	}
	if u.End == 0 {
		u.Start, u.End = old.start, old.end
	}
	if u.Meaning == nil {
		u.Meaning = old.meaning
	}
	*old = newLine(old.seq, old.at, u)
	s.review(i)
}

// review mends what was remembered about utterance i, without reading the whole
// call again unless its only match has gone.
func (s *State) review(i int) {
	l := &s.lines[i]
	for o, m := range s.memos {
		if i >= m.read || o.By != "" && o.By != l.party {
			continue
		}
		_, ok := o.match(&l.text)
		switch {
		case ok:
			m.newest = max(m.newest, i)
		case m.newest == i:
			delete(s.memos, o)
		}
	}
}

func (s *State) partial(seq uint64, p call.Partial) {
	if p.Stable == "" {
		return
	}
	l := newLine(seq, s.now, call.Utterance{Party: p.Party, Start: p.Start, End: p.End, Text: p.Stable})
	s.early[index(p.Party)] = &l
}

func newLine(seq uint64, at call.Position, u call.Utterance) line {
	l := line{seq: seq, party: u.Party, at: at, start: Grain(u.Start), end: min(Grain(u.End), at),
		text: prepare(u.Text), meaning: u.Meaning, slots: u.Slots}
	l.start = min(l.start, l.end)
	if len(u.Words) == l.text.count {
		l.words = u.Words
	}
	l.tokens = l.text.tokens()
	return l
}

// mostMoods bounds the windows kept of one party and span: three hours.
const mostMoods = 3 * 3600

func (s *State) mood(b call.Stress) {
	k := moodKey{b.Party, b.Span}
	b.Start, b.End = Grain(b.Start), Grain(b.End)
	if w := s.moods[k]; len(w) < mostMoods {
		s.moods[k] = append(w, b)
	} else {
		copy(w, w[1:])
		w[len(w)-1] = b
	}
}

func (s *State) held(b call.Hold) {
	i := index(b.By)
	s.hold[i] = holding{b.On, s.now}
	s.holding = s.hold[0].on || s.hold[1].on || s.hold[2].on
	s.talk.quiet = s.now // silence on hold is no silence
	for i := range s.voices {
		s.voices[i].quiet = s.now
	}
}

// index of a party in small arrays.
func index(p call.Party) int {
	switch p {
	case call.Customer:
		return 0
	case call.Agent:
		return 1
	}
	return 2
}
