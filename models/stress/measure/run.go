package measure

import (
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/stress"
)

// frames hands a clip out in 20 ms frames, the last filled up with silence.
func frames(c Clip, take func(*media.Frame)) {
	n := c.Rate / 50
	f := media.Frame{Rate: c.Rate, Samples: make([]int16, n)}
	for i := 0; i < len(c.Samples); i += n {
		clear(f.Samples[copy(f.Samples, c.Samples[i:]):])
		f.At = time.Duration(i) * time.Second / time.Duration(c.Rate)
		take(&f)
	}
}

// Rows is a clip's features.
func Rows(c Clip) ([]stress.Row, error) {
	x, err := stress.NewExtractor(c.Rate)
	if err != nil {
		return nil, err
	}
	var out []stress.Row
	frames(c, func(f *media.Frame) { out = append(out, x.Push(f)...) })
	return append(out, x.Flush()...), nil
}

// Play runs a clip through an estimator to its end.
func Play(e *stress.Estimator, c Clip) (out []call.Stress) {
	frames(c, func(f *media.Frame) { out = append(out, e.Frame(f)...) })
	return append(out, e.Flush()...)
}

// Track counts the tracker's pitch of a clip against its reference.
func (p *Pitch) Track(c Clip, ref []float64) error {
	rows, err := Rows(c)
	if err != nil {
		return err
	}
	track := make([]float64, len(rows))
	for i, r := range rows {
		track[i] = r.F0
	}
	p.Count(ref, track, 0.01)
	return nil
}
