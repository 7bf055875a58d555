package meaning

import (
	"context"
	"math"
	"math/rand/v2"
)

// softmax is a multinomial logistic regression. Weights are by feature, then by
// class, so that one feature's weights lie together.
type softmax struct {
	classes int
	w       []float32
	bias    []float32
}

// learning says how a softmax is fitted.
type learning struct {
	epochs int
	rate   float64
	decay  float64 // weight decay per step, relative to the rate
	smooth float64 // share of the truth that is spread over all classes
}

// logits writes the class scores of a row.
func (m *softmax) logits(r row, out []float32) {
	copy(out, m.bias)
	for k, i := range r.at {
		axpy(r.v[k], m.w[int(i)*m.classes:(int(i)+1)*m.classes], out)
	}
}

// axpy adds a*x to y.
func axpy(a float32, x, y []float32) {
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		y[i] += a * x[i]
		y[i+1] += a * x[i+1]
		y[i+2] += a * x[i+2]
		y[i+3] += a * x[i+3]
	}
	for ; i < len(x); i++ {
		y[i] += a * x[i]
	}
}

// normalise turns logits into probabilities in place.
func normalise(v []float32) {
	top := v[0]
	for _, x := range v {
		top = max(top, x)
	}
	sum := 0.0
	for i, x := range v {
		e := math.Exp(float64(x - top))
		v[i] = float32(e)
		sum += e
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / sum)
	}
}

// fit learns by AdaGrad over small batches, in an order that is always the same.
func fit(ctx context.Context, rows []row, labels []int, features, classes int, l learning) (*softmax, error) {
	m := &softmax{classes: classes, w: make([]float32, features*classes), bias: make([]float32, classes)}
	second := make([]float32, features) // one sum of squares per feature
	secondBias := float32(1e-3)
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	rng := rand.New(rand.NewPCG(7, 11))
	p := make([]float32, classes)
	for e := range l.epochs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		rate := l.rate * (1 - float64(e)/float64(l.epochs)*0.9)
		for _, i := range order {
			m.logits(rows[i], p)
			normalise(p)
			spread := float32(l.smooth / float64(classes))
			norm := float32(0)
			for c := range p {
				p[c] -= spread
			}
			p[labels[i]] -= 1 - float32(l.smooth)
			for _, g := range p {
				norm += g * g
			}
			m.step(rows[i], p, norm, float32(rate), float32(l.decay), second, &secondBias)
		}
	}
	return m, nil
}

// step moves the weights of a row's features against the gradient p.
func (m *softmax) step(r row, p []float32, norm, rate, decay float32, second []float32, secondBias *float32) {
	for k, i := range r.at {
		x := r.v[k]
		second[i] += x * x * norm
		s := rate / float32(math.Sqrt(float64(second[i])+1e-8))
		w := m.w[int(i)*m.classes : (int(i)+1)*m.classes]
		if decay > 0 {
			shrink := 1 - s*decay
			for c := range w {
				w[c] *= shrink
			}
		}
		axpy(-s*x, p, w)
	}
	*secondBias += norm
	axpy(-rate/float32(math.Sqrt(float64(*secondBias))), p, m.bias)
}
