package stress

import "math"

// lookahead is how many frames the path search may still change its mind: the
// pitch of a frame is final that much later.
const lookahead = 10

// state 0 is "not voiced"; state i is candidate i-1.
const states = candidates + 1

// step is one frame on the path.
type step struct {
	cand  [candidates]candidate
	n     int
	score [states]float64
	back  [states]int8
}

// path finds the cheapest way through the candidates of the last frames
// (Viterbi), so that neither a jump by an octave nor a voicing flicker pays.
type path struct {
	steps [lookahead + 1]step
	count int // frames taken
}

// What the path costs, in units of periodicity (0..1).
const (
	voicedFrom = 0.42 // worth of an unvoiced frame
	jumpCost   = 0.35 // an octave from one frame to the next
	edgeCost   = 0.2  // voice begins or ends
)

// push takes the frame's candidates and what it would be worth unvoiced.
func (p *path) push(found []candidate, unvoiced float64) {
	s := &p.steps[p.count%len(p.steps)]
	s.n = copy(s.cand[:], found)
	var prev *step
	if p.count > 0 {
		prev = &p.steps[(p.count-1)%len(p.steps)]
	}
	best := math.Inf(-1)
	for i := 0; i <= s.n; i++ {
		own, f0 := unvoiced, 0.0
		if i > 0 {
			own, f0 = s.cand[i-1].merit, s.cand[i-1].f0
		}
		from, score := 0, 0.0
		if prev != nil {
			from, score = prev.best(f0)
		}
		s.score[i], s.back[i] = own+score, int8(from)
		best = max(best, s.score[i])
	}
	for i := range s.score[:s.n+1] { // keep the sums small on a long call
		s.score[i] -= best
	}
	p.count++
}

// best is the state of s that is cheapest to come from.
func (s *step) best(f0 float64) (int, float64) {
	from, most := 0, math.Inf(-1)
	for i := 0; i <= s.n; i++ {
		v := s.score[i]
		switch {
		case i == 0 && f0 == 0:
		case i == 0 || f0 == 0:
			v -= edgeCost
		default:
			v -= jumpCost * math.Abs(math.Log2(f0/s.cand[i-1].f0))
		}
		if v > most {
			from, most = i, v
		}
	}
	return from, most
}

// settled returns the final candidate of the frame taken back frames ago, nil
// when it is not voiced.
func (p *path) settled(back int) *candidate {
	at := p.count - 1
	s := &p.steps[at%len(p.steps)]
	state := 0
	for i := 1; i <= s.n; i++ {
		if s.score[i] > s.score[state] {
			state = i
		}
	}
	for ; back > 0; back-- {
		state = int(s.back[state])
		at--
		s = &p.steps[at%len(p.steps)]
	}
	if state == 0 {
		return nil
	}
	return &s.cand[state-1]
}
