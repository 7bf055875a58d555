package flow

import (
	"math"
	"slices"
	"strings"
)

// Tracker follows one conversation through a flow. One goroutine uses it.
type Tracker struct {
	flow    *Flow
	last    int   // the agent's newest recognised step, -1 before
	said    []int // how often each step was said
	agents  int   // agent utterances so far
	turns   int   // customer utterances so far
	since   int   // customer utterances since the agent spoke
	deepest int
	text    string // the customer's newest utterance
	acts    [acts]bool
	heard   []string // topic words of all the customer's utterances
	tail    []string // topic words of the newest
}

// Scored is a step with its share of the probability.
type Scored struct {
	Step  string  `json:"step"`
	Score float64 `json:"score"`
}

// NewTracker starts at the beginning.
func NewTracker(f *Flow) *Tracker {
	return &Tracker{flow: f, last: -1, said: make([]int, len(f.Steps))}
}

// alike is how much of a reply must be in what the agent said to be that step.
const alike = 0.62

// Agent takes what the agent said.
func (t *Tracker) Agent(text string) {
	t.agents++
	t.since = 0
	said := words(text)
	best, at := alike, -1
	for i := range t.flow.Steps {
		s := &t.flow.Steps[i]
		if s.silent || len(s.words) == 0 {
			continue
		}
		if score := overlap(s.words, said); score > best {
			best, at = score, i
		}
	}
	t.last = at
	if at >= 0 {
		t.said[at]++
		t.deepest = max(t.deepest, t.flow.Steps[at].depth)
	}
}

// overlap is the share of the reply's words said, less what was said besides.
func overlap(reply, said []string) float64 {
	left := slices.Clone(said)
	n := 0
	for _, w := range reply {
		if i := slices.Index(left, w); i >= 0 {
			left = slices.Delete(left, i, i+1)
			n++
		}
	}
	return float64(n)/float64(len(reply)) - 0.02*float64(len(left))
}

// Customer takes what the customer said.
func (t *Tracker) Customer(text string) {
	t.turns++
	t.since++
	t.text, t.acts = text, actsOf(text)
	t.tail = topic(words(text))
	t.heard = append(t.heard, t.tail...)
}

// Missed lists the steps on the way to where the conversation is that the agent
// has not taken: the flow's own chain up to the deepest step reached.
func (t *Tracker) Missed() []string {
	var out []string
	for i, s := range t.flow.Steps {
		if s.depth >= 0 && s.depth < t.deepest && t.said[i] == 0 && !s.silent && s.kind == ask {
			out = append(out, s.Label)
		}
	}
	return out
}

// Next are the n steps that most likely come now, best first.
func (t *Tracker) Next(n int) []Scored {
	var out []Scored
	var x [features]float64
	top := math.Inf(-1)
	for i := range t.flow.Steps {
		if t.flow.Steps[i].silent {
			continue
		}
		t.features(i, &x)
		z := 0.0
		for k, v := range x {
			z += v * weights[k]
		}
		out = append(out, Scored{t.flow.Steps[i].Label, z})
		top = max(top, z)
	}
	sum := 0.0
	for i := range out {
		out[i].Score = math.Exp(out[i].Score - top)
		sum += out[i].Score
	}
	for i := range out {
		out[i].Score = math.Round(out[i].Score/sum*1000) / 1000
	}
	slices.SortStableFunc(out, func(a, b Scored) int {
		switch {
		case a.Score != b.Score:
			return int(math.Copysign(1, b.Score-a.Score))
		}
		return strings.Compare(a.Step, b.Step)
	})
	return out[:min(n, len(out))]
}

// The features of a step: what is general about the place in the flow, what it
// has in common with the words, and which kinds of step follow which acts of the
// customer and which kinds of step before.
const (
	fNext      = iota
	fNextFresh // follows and was not said yet
	fLoop
	fSame
	fSaid
	fSaidTwice
	fFrontier // the first step not said on the way
	fAhead
	fBehind
	fOff // not on the way at all
	fStart
	fTopic
	fTopicAll
	fFraction
	fNextYes
	fNextNo
	fGiven // asks for what the customer has named
	fLostNext
	fNamed    // what sets the step apart was named just now
	fNamedAll // or before
	fNamedSole
	fWritten      // stands after the last step in the file
	fWrittenFirst // the first question in the file that was neither asked nor answered
	fWrittenLater
	fActs
	fKinds    = fActs + int(acts)*int(kinds)
	fSameActs = fKinds + (int(kinds)+1)*int(kinds)
	fNextActs = fSameActs + int(acts)
	fSaidActs = fNextActs + int(acts)
	fFirst    = fSaidActs + int(acts)
	fNamedBy  = fFirst + 2*int(kinds)
	fTriple   = fNamedBy + 2*int(kinds)
	features  = fTriple + (int(kinds)+1)*int(acts)*int(kinds)
)

func (t *Tracker) features(i int, x *[features]float64) {
	*x = [features]float64{}
	s := &t.flow.Steps[i]
	on := func(k int, yes bool) {
		if yes {
			x[k] = 1
		}
	}
	lastKind := int(kinds)
	if t.last >= 0 {
		l := &t.flow.Steps[t.last]
		lastKind = int(l.kind)
		follows := slices.Contains(l.Next, i)
		on(fNext, follows)
		on(fNextFresh, follows && t.said[i] == 0)
		on(fLoop, slices.Contains(l.Loop, i))
		on(fSame, t.last == i)
		on(fWritten, s.order == l.order+1)
		on(fWrittenLater, s.order > l.order)
		on(fNextYes, follows && t.acts[agrees])
		on(fNextNo, follows && t.acts[refuses])
	} else {
		on(fLostNext, s.depth == t.deepest+1)
	}
	on(fSaid, t.said[i] > 0)
	on(fSaidTwice, t.said[i] > 1)
	on(fFrontier, t.frontier() == i)
	on(fWrittenFirst, t.unasked() == i)
	on(fAhead, s.depth > t.deepest+1)
	on(fBehind, s.depth >= 0 && s.depth < t.deepest)
	on(fOff, s.depth < 0)
	on(fStart, t.agents == 0 && s.depth == 0)
	x[fTopic] = shared(t.tail, s.topic)
	x[fTopicAll] = shared(t.heard, s.topic)
	on(fFraction, x[fTopic] > 0)
	on(fGiven, s.kind == ask && x[fTopicAll] > 0)
	t.named(s, x)
	k := int(s.kind)
	for a := range int(acts) {
		if !t.acts[a] {
			continue
		}
		x[fActs+a*int(kinds)+k] = 1
		x[fTriple+(lastKind*int(acts)+a)*int(kinds)+k] = 1
		x[fSameActs+a] = x[fSame]
		x[fNextActs+a] = x[fNext]
		x[fSaidActs+a] = x[fSaid]
	}
	x[fKinds+lastKind*int(kinds)+k] = 1
	if t.agents == 0 {
		x[fFirst+k] = 1
		on(fFirst+int(kinds)+k, t.acts[long])
	}
}

// named compares the customer's words with what sets a step apart from others.
func (t *Tracker) named(s *Step, x *[features]float64) {
	now, before := shared(t.tail, s.apart), shared(t.heard, s.apart)
	x[fNamed], x[fNamedAll] = now, before
	if now > 0 && len(s.apart) == 1 {
		x[fNamedSole] = 1
	}
	if now > 0 {
		x[fNamedBy+int(s.kind)] = 1
	}
	if before > 0 {
		x[fNamedBy+int(kinds)+int(s.kind)] = 1
	}
}

// frontier is the shallowest step on the way that was not said.
func (t *Tracker) frontier() int {
	best := -1
	for i, s := range t.flow.Steps {
		if s.depth > 0 && !s.silent && t.said[i] == 0 && (best < 0 || s.depth < t.flow.Steps[best].depth) {
			best = i
		}
	}
	return best
}

// unasked is the first question of the file that was neither asked nor answered.
func (t *Tracker) unasked() int {
	best := -1
	for i, s := range t.flow.Steps {
		if s.kind == ask && t.said[i] == 0 && shared(t.heard, s.apart) == 0 && (best < 0 || s.order < t.flow.Steps[best].order) {
			best = i
		}
	}
	return best
}

// shared is how many topic words of a step were named, levelled.
func shared(heard, topic []string) float64 {
	n := 0
	for _, w := range topic {
		if slices.Contains(heard, w) {
			n++
		}
	}
	return math.Min(3, float64(n)) / 3
}
