package stress_test

import (
	"strings"
	"testing"

	"github.com/sidetone/sidetone/models/stress"
)

func TestCoefficientsFile(t *testing.T) {
	m, err := stress.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Size(); n >= 200 {
		t.Errorf("%d coefficients: fewer than 200 stay readable", n)
	}
	for _, bad := range []struct{ text, says string }{
		{"features: {loudness: {within: 1}}", "loudness"},
		{"features: {pitch: {within: 0}}", "within"},
		{"features: {pitch: {within: 1}}\nscores: {arousal: {bias: 1}}", "anger"},
		{"features: {pitch: {within: 1}}\nscores: {arousal: {hnr: 1}, anger: {}, tension: {}}", "hnr"},
		{"features: {pitch: {within: 1}}\nscores: {arousal: {pitch: .nan}, anger: {}, tension: {}}", "pitch"},
		{"features: {pitch: {wihtin: 1}}", "wihtin"},
		{": :", "coefficients"},
	} {
		if _, err := stress.ParseModel([]byte(bad.text)); err == nil || !strings.Contains(err.Error(), bad.says) {
			t.Errorf("%q: error %v does not name %s", bad.text, err, bad.says)
		}
	}
}

func FuzzParseModel(f *testing.F) {
	m, err := stress.Shipped()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.File("shipped"))
	f.Add([]byte("features: {pitch: {within: 1}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := stress.ParseModel(b)
		if err != nil {
			return
		}
		if _, err := stress.ParseModel(m.File("again")); err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		for _, s := range stress.Scores() {
			if v := m.Bias(s); v != v {
				t.Fatal("a bias that is not a number")
			}
		}
	})
}
