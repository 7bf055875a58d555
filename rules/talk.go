package rules

import "github.com/sidetone/sidetone/call"

// span is a piece of the media clock.
type span struct{ from, to call.Position }

func (s span) length() call.Position { return s.to - s.from }

// voice is one party's voice activity.
type voice struct {
	on     bool
	since  call.Position // of on or off
	quiet  call.Position // silent since, hold excluded
	seen   bool
	quiets []span // finished silences worth keeping
}

// conversation is the two voices together.
type conversation struct {
	quiet   call.Position // nobody has spoken since
	quiets  []span
	over    span // the overlap going on; from is its start
	overBy  call.Party
	both    bool
	crossed []crossing
}

// crossing is a finished overlap and who broke in.
type crossing struct {
	span
	by call.Party
}

const (
	worthQuiet = call.Position(2e9)   // shorter silences are speech
	worthOver  = call.Position(300e6) // shorter overlaps are back-channels
	mostSpans  = 4000                 // of each kind kept; older ones fall out
)

// speech takes a voice-activity edge.
func (s *State) speech(b call.Speech) {
	v := &s.voices[index(b.Party)]
	if v.on == b.On && v.seen {
		return
	}
	nobody := !s.anybody()
	if b.On {
		v.quiets = keep(v.quiets, span{v.quiet, s.now})
		if nobody {
			s.talk.quiets = keep(s.talk.quiets, span{s.talk.quiet, s.now})
		}
	}
	v.on, v.since, v.seen = b.On, s.now, true
	if !b.On {
		v.quiet = s.now
		if !s.anybody() {
			s.talk.quiet = s.now
		}
	}
	s.overlap(b.Party)
}

func (s *State) anybody() bool { return s.voices[0].on || s.voices[1].on || s.voices[2].on }

// overlap notes when both speak, and who came second.
func (s *State) overlap(by call.Party) {
	both := s.voices[0].on && s.voices[1].on
	switch t := &s.talk; {
	case both && !t.both:
		t.both, t.over, t.overBy = true, span{s.now, s.now}, by
	case !both && t.both:
		t.both = false
		t.over.to = s.now
		if t.over.length() >= worthOver {
			if len(t.crossed) == mostSpans {
				t.crossed = append(t.crossed[:0], t.crossed[mostSpans/2:]...)
			}
			t.crossed = append(t.crossed, crossing{t.over, t.overBy})
		}
	}
}

// closeTalk ends what is still going on when the call ends.
func (s *State) closeTalk() {
	for _, p := range []call.Party{call.Customer, call.Agent, call.Unknown} {
		v := &s.voices[index(p)]
		if v.on {
			s.speech(call.Speech{Party: p})
		} else if v.seen {
			v.quiets = keep(v.quiets, span{v.quiet, s.now})
		}
	}
	if s.heard() {
		s.talk.quiets = keep(s.talk.quiets, span{s.talk.quiet, s.now})
	}
}

func keep(list []span, x span) []span {
	if x.length() < worthQuiet {
		return list
	}
	if len(list) == mostSpans {
		list = append(list[:0], list[mostSpans/2:]...)
	}
	return append(list, x)
}
