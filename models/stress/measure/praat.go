package measure

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sidetone/sidetone/media/wav"
)

// ErrNoPraat is returned where Praat is not installed.
var ErrNoPraat = errors.New("praat is not installed: apt-get install praat gives the figures to compare with")

// Voice is what one clip's voice measures: means over the clip, NaN where there
// is nothing to measure, and pitch each 10 ms, 0 unvoiced.
type Voice struct {
	HNR, Jitter, Shimmer float64 // dB, share of the period, dB
	AC, CC               []float64
}

// script measures sounds 0..n-1 of a folder with Praat's own defaults.
const script = `form Measure
  text folder
  integer last
  boolean pitch
endform
for i from 0 to last
  sound = Read from file: folder$ + "/" + string$ (i) + ".wav"
  length = Get total duration
  ac = To Pitch (ac): 0, 75, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, 600
  selectObject: sound
  cc = To Pitch (cc): 0, 75, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, 600
  selectObject: sound, cc
  points = To PointProcess (cc)
  jitter = Get jitter (local): 0, 0, 0.0001, 0.02, 1.3
  plusObject: sound
  shimmer = Get shimmer (local_dB): 0, 0, 0.0001, 0.02, 1.3, 1.6
  selectObject: sound
  hnr = To Harmonicity (cc): 0.01, 75, 0.1, 1
  mean = Get mean: 0, 0
  writeInfoLine: ""
  appendFileLine: folder$ + "/out.txt", "voice ", mean, " ", jitter, " ", shimmer
  if pitch
    for k from 0 to floor (length / 0.01)
      selectObject: ac
      a = Get value at time: k * 0.01, "Hertz", "linear"
      selectObject: cc
      c = Get value at time: k * 0.01, "Hertz", "linear"
      appendFileLine: folder$ + "/out.txt", "pitch ", a, " ", c
    endfor
  endif
  removeObject: sound, ac, cc, points, hnr
endfor
`

// Praat measures clips with Praat, in a process of its own; pitch tracks only
// where asked, they take long.
func Praat(ctx context.Context, clips []Clip, pitch bool) ([]Voice, error) {
	exe, err := exec.LookPath("praat")
	if err != nil {
		return nil, ErrNoPraat
	}
	dir, err := os.MkdirTemp("", "sidetone-praat")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for i, c := range clips {
		if err := save(filepath.Join(dir, strconv.Itoa(i)+".wav"), c); err != nil {
			return nil, err
		}
	}
	name := filepath.Join(dir, "measure.praat")
	if err := os.WriteFile(name, []byte(script), 0o600); err != nil {
		return nil, err
	}
	want := "0"
	if pitch {
		want = "1"
	}
	cmd := exec.CommandContext(ctx, exe, "--run", name, dir, strconv.Itoa(len(clips)-1), want)
	cmd.Env = append(os.Environ(), "HOME="+dir) // its preferences stay out of the user's home
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("praat: %w: %s", err, out)
	}
	return readPraat(filepath.Join(dir, "out.txt"), len(clips))
}

func readPraat(path string, n int) ([]Voice, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("praat wrote nothing: %w", err)
	}
	defer f.Close()
	var out []Voice
	for s := bufio.NewScanner(f); s.Scan(); {
		part := strings.Fields(s.Text())
		switch {
		case len(part) == 4 && part[0] == "voice":
			out = append(out, Voice{HNR: number(part[1]), Jitter: number(part[2]), Shimmer: number(part[3])})
		case len(part) == 3 && part[0] == "pitch" && len(out) > 0:
			v := &out[len(out)-1]
			v.AC, v.CC = append(v.AC, voiced(part[1])), append(v.CC, voiced(part[2]))
		}
	}
	if len(out) != n {
		return nil, fmt.Errorf("praat measured %d of %d clips", len(out), n)
	}
	return out, nil
}

// number reads Praat's figures; "--undefined--" is not a number.
func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

func voiced(s string) float64 {
	if v := number(s); v == v {
		return v
	}
	return 0
}

func save(path string, c Clip) error {
	w, err := wav.NewRecorder(path, c.Rate, 1)
	if err != nil {
		return err
	}
	return errors.Join(w.Write(c.Samples), w.Close())
}

// Measure is the same of the estimator's own features.
func Measure(c Clip) (Voice, error) {
	rows, err := Rows(c)
	if err != nil {
		return Voice{}, err
	}
	var v Voice
	var n [3]float64
	for _, r := range rows {
		if !r.Voiced {
			continue
		}
		for i, x := range []struct {
			to *float64
			v  float64
		}{{&v.HNR, r.HNR}, {&v.Jitter, r.Jitter}, {&v.Shimmer, r.Shimmer}} {
			if x.v == x.v {
				*x.to += x.v
				n[i]++
			}
		}
	}
	v.HNR, v.Jitter, v.Shimmer = v.HNR/n[0], v.Jitter/n[1], v.Shimmer/n[2]
	return v, nil
}
