package jitter

// missingSample marks a hole between Timeline.Next and the concealer. The value
// cannot come out of a G.711 or G.722 decoder's useful range; should a decoder
// produce it, one sample is smoothed over.
const missingSample = -32768

const (
	history   = 320 // 40 ms, two periods of the lowest voice
	minPeriod = Rate / 400
	maxPeriod = Rate / 66
	fadeOver  = Rate * 60 / 1000 // concealment fades to silence in 60 ms
)

// concealer repeats the last pitch period over a hole and fades it out, in the
// manner of ITU-T G.711 Appendix I. What it makes is for ears and recordings; a
// frame of nothing else is flagged as a gap and tells the models nothing.
type concealer struct {
	past   [history]int16
	period int
	made   int // samples made up since the last real one
}

func (c *concealer) frame(out []int16, missing int) {
	if missing > 0 {
		c.fill(out)
	} else {
		c.made = 0
	}
	n := min(len(out), history)
	copy(c.past[:], c.past[n:])
	copy(c.past[history-n:], out[len(out)-n:])
}

func (c *concealer) fill(out []int16) {
	for i, s := range out {
		if s != missingSample {
			c.made = 0
			continue
		}
		if c.made == 0 {
			c.period = c.pitch()
		}
		if c.made >= fadeOver {
			out[i] = 0
			continue
		}
		var src int16
		if k := i - c.period; k >= 0 {
			src = out[k]
		} else {
			src = c.past[history+k]
		}
		// The period is copied from copies: apply one period's worth of fade.
		gain := int32(fadeOver-min(c.period, fadeOver)) << 12 / fadeOver
		if c.made < c.period {
			gain = 1 << 12
		}
		out[i] = int16(int32(src) * gain >> 12)
		c.made++
	}
}

// pitch finds the lag at which the past resembles itself most.
func (c *concealer) pitch() int {
	best, lag := int64(-1<<62), minPeriod
	const span = 160
	for p := minPeriod; p <= maxPeriod; p++ {
		var cross, energy int64
		for i := history - span; i < history; i++ {
			cross += int64(c.past[i]) * int64(c.past[i-p])
			energy += int64(c.past[i-p]) * int64(c.past[i-p])
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if score := cross / (energy>>20 + 1); score > best {
			best, lag = score, p
		}
	}
	return lag
}
