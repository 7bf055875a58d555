package measure

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/sidetone/sidetone/media/g711"
	"github.com/sidetone/sidetone/media/resample"
	"github.com/sidetone/sidetone/media/wav"
)

// Clip is one channel of audio.
type Clip struct {
	Rate    int
	Samples []int16
}

// Load reads the first channel of a recording at the given rate.
func Load(path string, rate int) (Clip, error) {
	f, err := wav.Open(path)
	if err != nil {
		return Clip{}, err
	}
	in, err := f.Samples()
	if err != nil {
		return Clip{}, err
	}
	defer in.Close()
	r, err := resample.New(f.Rate(), rate)
	if err != nil {
		return Clip{}, fmt.Errorf("%s: %w", path, err)
	}
	c := Clip{Rate: rate}
	block, mono := make([]int16, 4096*f.Channels()), make([]int16, 0, 4096)
	for {
		n, err := in.ReadFrames(block)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Clip{}, fmt.Errorf("%s: %w", path, err)
		}
		mono = mono[:0]
		for i := 0; i < n; i += f.Channels() {
			mono = append(mono, block[i])
		}
		c.Samples = r.Push(c.Samples, mono)
	}
	c.Samples = r.Flush(c.Samples)
	if want := int(f.Duration().Seconds()*float64(rate) + 0.5); len(c.Samples) > want {
		c.Samples = c.Samples[:want]
	}
	return c, nil
}

// taps of the band filter: a sharp edge, the worst case of a telephone.
const taps = 257

// Telephone brings a clip of 8000 Hz through a sharp 300 to 3400 Hz band and
// mu-law and back.
func Telephone(c Clip) Clip {
	var h [taps]float64
	lo, hi := 300/float64(c.Rate), 3400/float64(c.Rate)
	for i := range h {
		t := float64(i - taps/2)
		v := 2 * (hi - lo)
		if t != 0 {
			v = (math.Sin(2*math.Pi*hi*t) - math.Sin(2*math.Pi*lo*t)) / (math.Pi * t)
		}
		h[i] = v * (0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/(taps-1)))
	}
	out := make([]int16, len(c.Samples))
	for i := range out {
		sum := 0.0
		for k, v := range h {
			if j := i + taps/2 - k; j >= 0 && j < len(c.Samples) {
				sum += v * float64(c.Samples[j])
			}
		}
		out[i] = clip16(sum)
	}
	return MuLaw(Clip{Rate: c.Rate, Samples: out})
}

// MuLaw codes and decodes a clip.
func MuLaw(c Clip) Clip {
	code := make([]byte, len(c.Samples))
	g711.EncodeULaw(code, c.Samples)
	out := make([]int16, len(code))
	g711.DecodeULaw(out, code)
	return Clip{Rate: c.Rate, Samples: out}
}

// Gain changes a clip's level by dB.
func Gain(c Clip, db float64) Clip {
	g := math.Pow(10, db/20)
	out := make([]int16, len(c.Samples))
	for i, v := range c.Samples {
		out[i] = clip16(g * float64(v))
	}
	return Clip{Rate: c.Rate, Samples: out}
}

// Level is a clip's root mean square in dB of full scale.
func Level(c Clip) float64 {
	sum := 1e-9
	for _, v := range c.Samples {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(max(1, len(c.Samples)))/(32768*32768))
}

// Normalised brings a clip to -26 dBFS, as telephone tests do.
func Normalised(c Clip) Clip { return Gain(c, -26-Level(c)) }

func clip16(v float64) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(v))))
}
