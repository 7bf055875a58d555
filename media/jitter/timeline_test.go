package jitter

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// ramp makes samples whose value tells their place in the stream.
func ramp(from, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16((from + i) % 30000)
	}
	return out
}

// Whatever order packets arrive in, with duplicates, what comes out is the
// stream in order, as long as none is later than the read position.
func TestReorderAndDuplicatesAreMended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{80, 160, 240, 320, 480}).Draw(t, "packet samples")
		base := rapid.Uint32().Draw(t, "first timestamp")
		n := rapid.IntRange(1, 12).Draw(t, "packets")
		order := rapid.Permutation(indices(n)).Draw(t, "order")
		var line Timeline
		line.Put(7, base, ramp(0, size), 0)
		for _, k := range order {
			line.Put(7, base+uint32(k*size), ramp(k*size, size), time.Duration(k*size)*time.Second/Rate)
		}
		out := make([]int16, 160)
		for at := 0; at+160 <= n*size; at += 160 {
			if line.Next(out) {
				t.Fatalf("gap at sample %d", at)
			}
			for i, s := range out {
				if s != int16((at+i)%30000) {
					t.Fatalf("sample %d is %d", at+i, s)
				}
			}
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestLossIsAGapAndTheStreamGoesOn(t *testing.T) {
	var line Timeline
	out := make([]int16, 160)
	for k := range 10 {
		if k != 4 {
			line.Put(1, uint32(k*160), ramp(k*160, 160), time.Duration(k)*20*ms)
		}
	}
	for k := range 10 {
		if gap := line.Next(out); gap != (k == 4) {
			t.Fatalf("frame %d: gap %v", k, gap)
		}
		if k != 4 && out[0] != int16(k*160) {
			t.Fatalf("frame %d starts with %d", k, out[0])
		}
	}
	if s := line.Stats(); s.Gaps != 1 || s.Concealed != 160 {
		t.Fatalf("%+v", s)
	}
}

func TestRestartOnNewStreamOrTimestampJump(t *testing.T) {
	var line Timeline
	out := make([]int16, 160)
	line.Put(1, 1000, ramp(0, 160), 0)
	line.Next(out)
	line.Put(2, 99, ramp(500, 160), 20*ms)           // new SSRC
	line.Put(2, 99+3_000_000, ramp(700, 160), 40*ms) // jump of six minutes
	line.Next(out)
	if out[0] != 500 {
		t.Fatalf("after a new SSRC: %d", out[0])
	}
	line.Next(out)
	if out[0] != 700 {
		t.Fatalf("after a jump: %d", out[0])
	}
	if line.Stats().Restarts != 2 {
		t.Fatalf("%+v", line.Stats())
	}
}

// A sender whose clock runs 300 ppm slow or fast for half an hour loses next to
// nothing: the stream is moved when it falls behind.
func TestClockDrift(t *testing.T) {
	for _, ppm := range []float64{-300, 300} {
		var line Timeline
		out := make([]int16, 160)
		pcm := ramp(1, 160)
		packet, lost := 0, 0
		for frame := range 90_000 {
			now := time.Duration(frame) * 20 * ms
			for time.Duration(float64(packet)*20e6*(1+ppm/1e6)) <= now {
				line.Put(1, uint32(packet*160), pcm, now)
				packet++
			}
			if frame >= 3 && line.Next(out) {
				lost++
			}
		}
		if lost > 45 { // half a per mille
			t.Errorf("%+.0f ppm: %d of 90000 frames lost, %+v", ppm, lost, line.Stats())
		}
	}
}

// A hole in a steady voice is filled with something close to the voice.
func TestConcealmentContinuesTheVoice(t *testing.T) {
	var line Timeline
	voice := func(i int) int16 { return int16(8000 * math.Sin(2*math.Pi*125*float64(i)/Rate)) }
	for k := range 6 {
		if k == 5 {
			continue
		}
		pcm := make([]int16, 160)
		for i := range pcm {
			pcm[i] = voice(k*160 + i)
		}
		line.Put(1, uint32(k*160), pcm, time.Duration(k)*20*ms)
	}
	out := make([]int16, 160)
	for range 6 {
		line.Next(out)
	}
	var diff, power float64
	for i, s := range out {
		want := float64(voice(5*160 + i))
		diff += (float64(s) - want) * (float64(s) - want)
		power += want * want
	}
	if snr := 10 * math.Log10(power/diff); snr < 6 {
		t.Fatalf("concealed frame is %.1f dB from the voice", snr)
	}
	for range 4 {
		line.Next(out)
	}
	if out[159] != 0 {
		t.Fatal("concealment did not fade to silence")
	}
}

func TestNoAllocation(t *testing.T) {
	line, out, pcm, k := new(Timeline), make([]int16, 160), ramp(0, 160), 0
	if n := testing.AllocsPerRun(200, func() {
		if k%7 != 0 {
			line.Put(1, uint32(k*160), pcm, time.Duration(k)*20*ms)
		}
		line.Next(out)
		k++
	}); n != 0 {
		t.Fatalf("%v allocations a frame", n)
	}
}

func FuzzTimeline(f *testing.F) {
	f.Add(uint64(1), uint16(50))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var line Timeline
		out := make([]int16, 160)
		frames := 0
		for i := range int(n % 500) {
			line.Put(rng.Uint32N(3), rng.Uint32(), ramp(0, int(rng.Uint32N(1400))), time.Duration(i)*20*ms)
			line.Next(out)
			frames++
			for _, s := range out {
				if s == missingSample {
					t.Fatal("an unfilled sample came out")
				}
			}
		}
		if got := line.Read(); got != time.Duration(frames)*20*ms {
			t.Fatalf("read position %v after %d frames", got, frames)
		}
	})
}
