// Package vad finds speech in a stream of 20 ms frames: an energy gate, the
// Silero network behind it, and the edges a recogniser and a coach can use.
//
// It exists so that silence costs next to nothing and turns have clean edges.
// It must never lose the first syllable: an onset is reported with its position
// in the past, and the caller keeps the pre-roll.
package vad

import (
	"errors"
	"math"
	"time"
)

// Prober rates windows of audio with the probability (0..1) of speech.
type Prober interface {
	// Window is the number of samples Probe takes.
	Window() int
	// Probe rates the next window of the stream.
	Probe(window []int16) (float32, error)
	// Reset forgets the past: the next window follows a pause.
	Reset()
}

// Config holds the thresholds; the zero value of a field takes the default.
type Config struct {
	Onset    float32       // probability that starts speech; default 0.5
	Offset   float32       // probability under which it may end; default 0.35
	Rise     time.Duration // of speech before an onset is believed; default 60 ms
	Hangover time.Duration // of non-speech before the end is believed; default 500 ms
	PreRoll  time.Duration // audio before the first loud window that belongs to the onset; default 240 ms
	GateDB   float64       // dB over the noise floor that opens the energy gate; default 5
}

func (c *Config) defaults() {
	if c.Onset == 0 {
		c.Onset = 0.5
	}
	if c.Offset == 0 {
		c.Offset = 0.35
	}
	if c.Rise == 0 {
		c.Rise = 60 * time.Millisecond
	}
	if c.Hangover == 0 {
		c.Hangover = 500 * time.Millisecond
	}
	if c.PreRoll == 0 {
		c.PreRoll = 240 * time.Millisecond
	}
	if c.GateDB == 0 {
		c.GateDB = 5
	}
}

// Edge is a change from silence to speech or back.
type Edge struct {
	Kind Kind
	// Ago is how far before the end of the frame just pushed the change was: for
	// an onset the pre-roll included, for an end the hangover.
	Ago time.Duration
}

// Kind of an Edge.
type Kind int

const (
	None Kind = iota
	On
	Off
)

// Detector is one stream's state; not safe for concurrent use.
type Detector struct {
	cfg   Config
	probe Prober
	rate  int
	floor floor

	window   []int16
	speaking bool
	open     bool          // the energy gate
	loud     time.Duration // of speech in a row (silent state)
	quiet    time.Duration // of non-speech in a row (speaking state)
	closing  time.Duration // of low energy in a row
}

// New makes a detector for audio at the given rate, which must be the prober's.
func New(p Prober, rate int, cfg Config) (*Detector, error) {
	if rate != 8000 && rate != 16000 {
		return nil, errors.New("voice activity needs 8000 or 16000 samples per second")
	}
	cfg.defaults()
	return &Detector{cfg: cfg, probe: p, rate: rate, floor: newFloor(), window: make([]int16, 0, p.Window()+rate/50)}, nil
}

// Speaking reports the present state.
func (d *Detector) Speaking() bool { return d.speaking }

// gateHold keeps the gate open after the last loud frame, so that the network
// sees the end of a word in one piece.
const gateHold = 320 * time.Millisecond

// Push takes the next frame and reports the edge it shows. A gap frame (no
// packet came) counts as non-speech.
func (d *Detector) Push(samples []int16, gap bool) (Edge, error) {
	length := time.Duration(len(samples)) * time.Second / time.Duration(d.rate)
	if gap || !d.gate(samples, length) {
		d.window = d.window[:0]
		return d.step(0, length), nil
	}
	d.window = append(d.window, samples...)
	edge := Edge{}
	n := d.probe.Window()
	for len(d.window) >= n {
		p, err := d.probe.Probe(d.window[:n])
		if err != nil {
			return Edge{}, err
		}
		d.window = d.window[:copy(d.window, d.window[n:])]
		if e := d.step(p, time.Duration(n)*time.Second/time.Duration(d.rate)); e.Kind != None {
			edge = e
		}
	}
	return edge, nil
}

// gate is true while there is energy enough to ask the network.
func (d *Detector) gate(samples []int16, length time.Duration) bool {
	db := Level(samples)
	loud := d.floor.over(db) > d.cfg.GateDB
	switch {
	case loud:
		if !d.open {
			d.probe.Reset()
		}
		d.open, d.closing = true, 0
	case d.open:
		d.closing += length
		if d.closing >= gateHold && !d.speaking {
			d.open = false
		}
	}
	return d.open
}

func (d *Detector) step(p float32, length time.Duration) Edge {
	if !d.speaking {
		if p < d.cfg.Onset {
			d.loud = 0
			return Edge{}
		}
		d.loud += length
		if d.loud < d.cfg.Rise {
			return Edge{}
		}
		d.speaking, d.quiet = true, 0
		return Edge{Kind: On, Ago: d.loud + d.cfg.PreRoll}
	}
	if p >= d.cfg.Offset {
		d.quiet = 0
		return Edge{}
	}
	d.quiet += length
	if d.quiet < d.cfg.Hangover {
		return Edge{}
	}
	d.speaking, d.loud = false, 0
	return Edge{Kind: Off, Ago: d.quiet}
}

// Quiet is how long non-speech has lasted inside the present speech.
func (d *Detector) Quiet() time.Duration {
	if !d.speaking {
		return 0
	}
	return d.quiet
}

// Level is the power of samples in dB below full scale, -100 for silence.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return -100
	}
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	rms := math.Sqrt(sum/float64(len(samples))) / 32768
	if rms < 1e-5 {
		return -100
	}
	return 20 * math.Log10(rms)
}

// floor follows a channel's own noise: quickly down, slowly up.
type floor struct{ db float64 }

// quietest is a level no speech on a telephone line is below.
const quietest = -62

func newFloor() floor { return floor{db: -55} }

// over takes in a frame's level and returns how far it is above the floor.
func (f *floor) over(db float64) float64 {
	switch {
	case db < f.db:
		f.db += 0.2 * (db - f.db)
	default:
		f.db += 0.01 // 0.5 dB a second
	}
	f.db = min(max(f.db, quietest-5), -30) // a loud line must not close the gate for good
	if db < quietest {
		return -100
	}
	return db - f.db
}
