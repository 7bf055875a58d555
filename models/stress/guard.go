package stress

import "math"

const (
	toneShare  = 0.93  // of the band's energy in two lines
	toneMoves  = 0.004 // a tone's line stays within this share of its frequency
	toneFrames = 12    // for so long: 120 ms
	heldMoves  = 0.003 // an instrument's pitch per frame
	heldFrames = 12
)

// steadiness tells tones, keys and instruments from voices: a voice never
// holds a line or a pitch that still.
type steadiness struct {
	line float64
	run  int
	f0   float64
	note int
}

// tone reports a signalling tone or a key of the telephone.
func (s *steadiness) tone(sh *shape, level float64) bool {
	if sh.share < toneShare || level < idleBelow {
		s.run, s.line = 0, 0
		return false
	}
	if keys(sh.line, sh.second) || keys(sh.second, sh.line) {
		return true
	}
	if s.line > 0 && math.Abs(sh.line/s.line-1) < toneMoves {
		s.run++
	} else {
		s.run = 0
	}
	s.line = sh.line
	return s.run >= toneFrames
}

// keys reports a pair of ITU-T Q.23, each within 2 %.
func keys(low, high float64) bool {
	return near(low, 697, 770, 852, 941) && near(high, 1209, 1336, 1477, 1633)
}

func near(hz float64, list ...float64) bool {
	for _, l := range list {
		if math.Abs(hz/l-1) < 0.02 {
			return true
		}
	}
	return false
}

// pitch reports a note held.
func (s *steadiness) pitch(f0 float64) bool {
	if f0 > 0 && s.f0 > 0 && math.Abs(f0/s.f0-1) < heldMoves {
		s.note++
	} else {
		s.note = 0
	}
	s.f0 = f0
	return s.note >= heldFrames
}

// noise follows the quietest level: down at once, up by a decibel in a second.
type noise struct {
	level float64
	on    bool
}

func (n *noise) follow(level float64) float64 {
	if !n.on || level < n.level {
		n.level, n.on = level, true
	} else {
		n.level += 0.01
	}
	return n.level
}
