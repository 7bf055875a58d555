package stress

import "math"

// teagerBands are the middles of the bands whose Teager energy is taken, all
// inside what a telephone keeps.
const teagerBands = 4

// teager follows the Teager energy, x[n]^2 - x[n-1] x[n+1], in four bands. Its
// figure is how unsteady that energy is within a frame: the standard deviation
// over the mean, averaged over the bands, so that no gain changes it.
type teager struct {
	b0, a1, a2 [teagerBands]float64
	x1, x2     float64
	y1, y2     [teagerBands]float64
	ring       [4]part // of the last hops: a frame is four of them
	at         int
}

type part struct{ sum, square [teagerBands]float64 }

func newTeager() *teager {
	t := &teager{}
	for i, c := range [teagerBands][2]float64{{550, 400}, {1100, 600}, {1850, 800}, {2800, 1000}} {
		w := 2 * math.Pi * c[0] / rate
		alpha := math.Sin(w) * c[1] / c[0] / 2 // band pass of constant peak gain
		t.b0[i] = alpha / (1 + alpha)
		t.a1[i] = -2 * math.Cos(w) / (1 + alpha)
		t.a2[i] = (1 - alpha) / (1 + alpha)
	}
	return t
}

// hop takes the next 10 ms.
func (t *teager) hop(x []float32) {
	t.at = (t.at + 1) % len(t.ring)
	p := &t.ring[t.at]
	*p = part{}
	for _, v := range x {
		in := float64(v) - t.x2
		t.x2, t.x1 = t.x1, float64(v)
		for b := range teagerBands {
			y := t.b0[b]*in - t.a1[b]*t.y1[b] - t.a2[b]*t.y2[b]
			e := t.y1[b]*t.y1[b] - t.y2[b]*y
			t.y2[b], t.y1[b] = t.y1[b], y
			p.sum[b] += e
			p.square[b] += e * e
		}
	}
}

// figure is of the last 40 ms.
func (t *teager) figure() float64 {
	total := 0.0
	for b := range teagerBands {
		sum, square := 1e-6, 1e-6
		for i := range t.ring {
			sum += t.ring[i].sum[b]
			square += t.ring[i].square[b]
		}
		const n = float64(4 * hop)
		mean := math.Abs(sum)/n + 1e-9
		total += math.Min(10, math.Sqrt(max(0, square/n-mean*mean))/mean)
	}
	return total / teagerBands
}
