package wire

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/sidetone/sidetone/media"
)

func TestFrameSurvives(t *testing.T) {
	in := media.Frame{At: 3 * time.Second, Rate: 8000, Gap: true, Samples: []int16{0, -1, 32767, -32768}}
	var out media.Frame
	if err := ReadFrame(AppendFrame(nil, &in), &out); err != nil {
		t.Fatal(err)
	}
	if out.At != in.At || out.Rate != in.Rate || !out.Gap || len(out.Samples) != 4 || out.Samples[3] != -32768 {
		t.Errorf("%+v became %+v", in, out)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(AppendFrame(nil, &media.Frame{Rate: 8000, Samples: make([]int16, 160)}))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		var fr media.Frame
		if err := ReadFrame(b, &fr); err != nil {
			if !errors.Is(err, ErrFrame) {
				t.Fatalf("%v does not wrap ErrFrame", err)
			}
			return
		}
		if back := AppendFrame(nil, &fr); !bytes.Equal(back[:12], b[:12]) || !bytes.Equal(back[13:], b[13:]) {
			t.Fatal("the frame did not survive")
		}
	})
}
