package stress

// Syllable nuclei after de Jong and Wempe (2009): peaks of the level in voiced
// frames with a dip of 2 dB on both sides.
const (
	dip       = 2.0 // dB
	pauseFrom = 30  // frames (300 ms) without voice or sound are a pause
	pauseMost = 200 // frames: what is longer is listening, not a pause in speech
	smoothing = 0.4 // of the level, per frame
)

// syllables counts nuclei and pauses as rows come.
type syllables struct {
	level    float64
	peak     float64
	valley   float64
	rising   bool
	voiced   bool // the peak was
	quiet    int  // frames since the last speech
	speaking bool
}

// row adds the frame's part to the second it belongs to.
func (s *syllables) row(r *Row, t *tally) {
	if r.Gap || r.Tone {
		return
	}
	s.level += smoothing * (r.Level - s.level)
	s.nuclei(r, t)
	if r.Voiced {
		if s.speaking {
			if s.quiet >= pauseFrom {
				t.inside += s.quiet
			} else {
				t.speech += s.quiet
			}
		}
		t.speech++
		s.speaking, s.quiet = true, 0
		return
	}
	if s.quiet++; s.quiet > pauseMost {
		s.speaking = false
	}
}

func (s *syllables) nuclei(r *Row, t *tally) {
	if s.rising {
		if s.level > s.peak {
			s.peak, s.voiced = s.level, r.Voiced && r.Below <= faint
		} else if s.level < s.peak-dip {
			if s.voiced {
				t.syllables++
			}
			s.rising, s.valley = false, s.level
		}
		return
	}
	if s.level < s.valley {
		s.valley = s.level
	} else if s.level > s.valley+dip {
		s.rising, s.peak, s.voiced = true, s.level, r.Voiced && r.Below <= faint
	}
}
