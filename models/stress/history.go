package stress

// history is the last second of a stream, addressed by position in it.
type history struct {
	buf  []float32
	base int // stream position of buf[0]
	have int
	keep int // samples that later frames still reach
}

func newHistory(rate int) *history {
	return &history{buf: make([]float32, rate), keep: lag*rate/100 + rate/4}
}

// reset begins at position 0, with silence before it.
func (h *history) reset(before int) {
	clear(h.buf[:before])
	h.base, h.have = -before, before
}

func (h *history) push(in []int16) {
	if h.have+len(in) > len(h.buf) {
		drop := h.have - h.keep
		copy(h.buf, h.buf[drop:h.have])
		h.base, h.have = h.base+drop, h.keep
	}
	for i, v := range in {
		h.buf[h.have+i] = float32(v)
	}
	h.have += len(in)
}

// end is the position after the last sample.
func (h *history) end() int { return h.base + h.have }

// stretch returns n samples from a position on, false when they are gone or not
// there yet.
func (h *history) stretch(from, n int) ([]float32, bool) {
	i := from - h.base
	if i < 0 || n < 0 || i+n > h.have {
		return nil, false
	}
	return h.buf[i : i+n], true
}
