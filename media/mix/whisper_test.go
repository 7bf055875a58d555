package mix

import (
	"math"
	"testing"

	"github.com/sidetone/sidetone/media/g711"
)

func tone(hz, amplitude float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/rate))
	}
	return out
}

// power of one frequency, Goertzel, relative to a full-scale tone.
func db(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, s := range pcm {
		re += float64(s) * math.Cos(2*math.Pi*hz*float64(i)/rate)
		im += float64(s) * math.Sin(2*math.Pi*hz*float64(i)/rate)
	}
	return 20 * math.Log10(2*math.Hypot(re, im)/float64(len(pcm))/32768+1e-9)
}

// run passes n packets of the customer's tone and returns what the agent hears.
func run(w *Whisper, customer []int16, law g711.Law) []int16 {
	heard := make([]int16, len(customer))
	payload := make([]byte, 160)
	for at := 0; at+160 <= len(customer); at += 160 {
		law.Encode(payload, customer[at:at+160])
		if w.Active() {
			w.Mix(payload, law)
		}
		law.Decode(heard[at:], payload)
	}
	return heard
}

func TestWhisperIsHeardAndTheCustomerDucked(t *testing.T) {
	for _, law := range []g711.Law{g711.ULaw, g711.ALaw} {
		w, customer := new(Whisper), tone(440, 8000, rate)
		id := w.Play(tone(2350, 6000, rate/2))
		heard := run(w, customer, law)
		during, after := heard[800:3200], heard[5600:]
		ducked := db(during, 440) - db(customer, 440)
		if ducked > -10 || ducked < -12 {
			t.Errorf("customer ducked by %.1f dB", ducked)
		}
		if got := db(during, 2350) - db(tone(2350, 6000, 2400), 2350); math.Abs(got) > 0.5 {
			t.Errorf("whisper level off by %.1f dB", got)
		}
		if got := db(after, 440) - db(customer, 440); math.Abs(got) > 0.3 {
			t.Errorf("customer %.1f dB after the whisper", got)
		}
		if !w.Done(id) || w.Active() {
			t.Error("the whisper did not end")
		}
	}
}

// With nothing to say the payload is not touched: not even re-encoded.
func TestStopIsSilentWithinAPacket(t *testing.T) {
	w := new(Whisper)
	id := w.Play(tone(2350, 8000, rate))
	payload, pcm := make([]byte, 160), make([]int16, 160)
	w.Fill(payload, g711.ULaw)
	w.Stop()
	w.Fill(payload, g711.ULaw)
	if !w.Done(id) {
		t.Fatal("not done one packet after the stop")
	}
	w.Fill(payload, g711.ULaw)
	g711.DecodeULaw(pcm, payload)
	for _, s := range pcm {
		if s != 0 {
			t.Fatalf("sample %d after the stop", s)
		}
	}
}

func TestANewWhisperReplacesTheOld(t *testing.T) {
	w := new(Whisper)
	first := w.Play(tone(700, 8000, rate))
	run(w, make([]int16, 320), g711.ULaw)
	w.Play(tone(2350, 8000, rate))
	heard := run(w, make([]int16, 1600), g711.ULaw)
	if !w.Done(first) || db(heard, 700) > -60 || db(heard, 2350) < -20 {
		t.Fatalf("done %v, 700 Hz %.0f dB, 2350 Hz %.0f dB", w.Done(first), db(heard, 700), db(heard, 2350))
	}
}

func TestLoudVoicesDoNotWrapAround(t *testing.T) {
	w := new(Whisper)
	loud := make([]int16, 160)
	for i := range loud {
		loud[i] = 32000
	}
	w.Play(loud)
	heard := run(w, loud, g711.ULaw)
	for i, s := range heard {
		if s < 0 {
			t.Fatalf("sample %d wrapped to %d", i, s)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	w, payload := new(Whisper), make([]byte, 160)
	w.Play(make([]int16, MaxSamples))
	if n := testing.AllocsPerRun(100, func() { w.Mix(payload, g711.ULaw) }); n != 0 {
		t.Fatalf("%v allocations a packet", n)
	}
}

func BenchmarkMix(b *testing.B) {
	w, payload := new(Whisper), make([]byte, 160)
	pcm := make([]int16, MaxSamples)
	w.Play(pcm)
	for b.Loop() {
		if !w.Waiting() {
			w.Play(pcm)
		}
		w.Mix(payload, g711.ULaw)
	}
}
