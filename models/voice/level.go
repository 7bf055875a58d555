package voice

import "math"

// even brings the loudness of the spoken parts to db below full scale.
func even(s []int16, db float64) {
	const block = Rate / 50
	var power float64
	var n int
	for at := 0; at+block <= len(s); at += block {
		var sum float64
		for _, v := range s[at : at+block] {
			sum += float64(v) * float64(v)
		}
		if sum/block > 150*150 { // spoken
			power += sum
			n += block
		}
	}
	if n == 0 {
		return
	}
	gain := math.Pow(10, db/20) * 32768 / math.Sqrt(power/float64(n))
	for i, v := range s {
		s[i] = limit(float64(v) * gain)
	}
}

// limit bends what would clip, so that a peak does not crackle.
func limit(v float64) int16 {
	const knee, top = 24000.0, 32000.0
	a := math.Abs(v)
	if a > knee {
		a = knee + (top-knee)*math.Tanh((a-knee)/(top-knee))
	}
	return int16(math.Round(math.Copysign(a, v)))
}

// trim returns the part of s between its first and last sound, with 40 ms around.
func trim(s []int16) []int16 {
	const quiet, around = 120, Rate / 25
	from, to := 0, len(s)
	for from < to && s[from] < quiet && s[from] > -quiet {
		from++
	}
	for to > from && s[to-1] < quiet && s[to-1] > -quiet {
		to--
	}
	return s[max(0, from-around):min(len(s), to+around)]
}
