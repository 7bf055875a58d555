package measure

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// refStep is the distance of reference frames; frame k stands at k x 15 ms.
const refStep = 0.015

// Pitch counts a tracker's frames against a laryngograph's.
type Pitch struct {
	Frames, Voiced int // of the reference
	Missed         int // voiced, called unvoiced
	False          int // unvoiced, called voiced
	Both           int // voiced on both sides
	Gross          int // of those, more than 20 % off
	fine           float64
}

// Right is the share of frames that are right: voicing, and pitch within 20 %.
func (p Pitch) Right() float64 {
	return 1 - float64(p.Missed+p.False+p.Gross)/float64(max(1, p.Frames))
}

// GrossShare is the share of gross errors among frames voiced on both sides.
func (p Pitch) GrossShare() float64 { return float64(p.Gross) / float64(max(1, p.Both)) }

// Cents is the mean absolute error of the frames that are right.
func (p Pitch) Cents() float64 { return p.fine / float64(max(1, p.Both-p.Gross)) }

// Count adds one clip: the reference, and the tracker's pitch (0 unvoiced) each
// step seconds from 0.
func (p *Pitch) Count(ref, track []float64, step float64) {
	for k, want := range ref {
		i := int(math.Round(float64(k)*refStep/step - 1e-6))
		got := 0.0
		if i < len(track) {
			got = track[i]
		}
		p.Frames++
		switch {
		case want > 0 && got <= 0:
			p.Voiced++
			p.Missed++
		case want > 0:
			p.Voiced++
			p.Both++
			if math.Abs(got/want-1) > 0.2 {
				p.Gross++
				continue
			}
			p.fine += math.Abs(1200 * math.Log2(got/want))
		case got > 0:
			p.False++
		}
	}
}

// PitchClips lists the clips with a reference in a folder.
func PitchClips(dir string) ([]string, error) {
	list, err := filepath.Glob(filepath.Join(dir, "*.f0ref"))
	if err != nil || len(list) == 0 {
		return nil, fmt.Errorf("%s holds no .f0ref files: give the folder of pitch_ref", dir)
	}
	for i, l := range list {
		list[i] = strings.TrimSuffix(l, ".f0ref")
	}
	return list, nil
}

// Reference reads a .f0ref file.
func Reference(path string) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []float64
	for s := bufio.NewScanner(f); s.Scan(); {
		text := strings.TrimSpace(s.Text())
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a pitch in Hz", path, text)
		}
		out = append(out, v)
	}
	return out, nil
}
