package stress_test

import (
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/models/stress/measure"
)

// A tenth of the clips holds the tracker to the promise; "sidetone bench stress"
// counts them all.
func TestPitchAgainstTheLaryngograph(t *testing.T) {
	clips, err := measure.PitchClips(devdata.Shared(t, "pitch_ref"))
	if err != nil {
		t.Fatal(err)
	}
	var full, phone measure.Pitch
	for i := 4; i < len(clips); i += 10 {
		ref, err := measure.Reference(clips[i] + ".f0ref")
		if err != nil {
			t.Fatal(err)
		}
		c, err := measure.Load(clips[i]+".wav", 8000)
		if err != nil {
			t.Fatal(err)
		}
		if err := full.Track(c, ref); err != nil {
			t.Fatal(err)
		}
		if err := phone.Track(measure.Telephone(c), ref); err != nil {
			t.Fatal(err)
		}
	}
	if full.Right() < 0.945 || full.GrossShare() > 0.01 {
		t.Errorf("full band: %.1f %% right, %.2f %% gross", 100*full.Right(), 100*full.GrossShare())
	}
	if phone.Right() < 0.9 || phone.GrossShare() > 0.04 {
		t.Errorf("telephone: %.1f %% right, %.2f %% gross", 100*phone.Right(), 100*phone.GrossShare())
	}
	t.Logf("full %.4f %.4f, telephone %.4f %.4f", full.Right(), full.GrossShare(), phone.Right(), phone.GrossShare())
}
