package wav

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidetone/sidetone/internal/devdata"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/g711"
)

// riff makes a file: tag, channels, rate, bits, then the data chunk claiming size.
func riff(tag, channels, rate, bits int, claimed uint32, data []byte) []byte {
	le := binary.LittleEndian
	b := append([]byte(nil), "RIFF\x00\x00\x00\x00WAVE"...)
	b = append(b, "LIST\x05\x00\x00\x00abcde\x00"...) // odd length: padded
	b = append(b, "fmt \x10\x00\x00\x00"...)
	b = le.AppendUint16(b, uint16(tag))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*bits/8))
	b = le.AppendUint16(b, uint16(channels*bits/8))
	b = le.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = le.AppendUint32(b, claimed)
	return append(b, data...)
}

func put(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readChannel(t *testing.T, f *File, ch int) []int16 {
	t.Helper()
	c, err := f.Channel(ch)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var out []int16
	var fr media.Frame
	for {
		err := c.ReadFrame(context.Background(), &fr)
		if errors.Is(err, media.ErrClosed) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if fr.At != time.Duration(len(out))*time.Second/time.Duration(fr.Rate) || len(fr.Samples) != fr.Rate/50 {
			t.Fatalf("frame at %v has %d samples after %d", fr.At, len(fr.Samples), len(out))
		}
		out = append(out, fr.Samples...)
	}
}

func TestEveryEncodingGivesTheSameSamples(t *testing.T) {
	want := make([]int16, 1600) // two channels of 100 ms
	for i := range want {
		want[i] = int16(8000*math.Sin(float64(i/2)/9)) &^ 0xff
		if i%2 == 1 {
			want[i] = -want[i]
		}
	}
	le := binary.LittleEndian
	enc := map[string]struct {
		tag, bits int
		put       func([]byte, int16) []byte
	}{
		"16 bit": {1, 16, func(b []byte, s int16) []byte { return le.AppendUint16(b, uint16(s)) }},
		"24 bit": {1, 24, func(b []byte, s int16) []byte { return append(b, 0, byte(s), byte(uint16(s)>>8)) }},
		"32 bit": {1, 32, func(b []byte, s int16) []byte { return le.AppendUint32(b, uint32(int32(s)<<16)) }},
		"8 bit":  {1, 8, func(b []byte, s int16) []byte { return append(b, byte(s>>8)+128) }},
		"float":  {3, 32, func(b []byte, s int16) []byte { return le.AppendUint32(b, math.Float32bits(float32(s)/32768)) }},
		"double": {3, 64, func(b []byte, s int16) []byte { return le.AppendUint64(b, math.Float64bits(float64(s)/32768)) }},
	}
	for name, e := range enc {
		var data []byte
		for _, s := range want {
			data = e.put(data, s)
		}
		for _, claimed := range []uint32{uint32(len(data)), 0, 0xffffffff} {
			f, err := Open(put(t, "x.wav", riff(e.tag, 2, 8000, e.bits, claimed, data)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if f.Duration() != 100*time.Millisecond || f.Rate() != 8000 || f.Channels() != 2 {
				t.Errorf("%s: %v at %d with %d channels", name, f.Duration(), f.Rate(), f.Channels())
			}
			for ch := range 2 {
				got := readChannel(t, f, ch)
				for i := range got {
					if got[i] != want[2*i+ch] {
						t.Fatalf("%s: channel %d sample %d is %d, expected %d", name, ch, i, got[i], want[2*i+ch])
					}
				}
			}
		}
	}
}

func TestRawTelephoneAudio(t *testing.T) {
	b := make([]byte, 400)
	g711.EncodeULaw(b, make([]int16, 400))
	f, err := Open(put(t, "x.ulaw", b))
	if err != nil {
		t.Fatal(err)
	}
	if got := readChannel(t, f, 0); f.Duration() != 50*time.Millisecond || len(got) != 480 || got[0] != 0 {
		t.Errorf("%v, %d samples", f.Duration(), len(got))
	}
}

func TestBadFilesGiveOneSentence(t *testing.T) {
	sound := make([]byte, 16000)
	cases := map[string]struct {
		b    []byte
		want error
	}{
		"empty":          {nil, ErrFormat},
		"garbage":        {[]byte(strings.Repeat("not audio at all ", 99)), ErrFormat},
		"only the start": {[]byte("RIFF"), ErrFormat},
		"no data":        {riff(1, 1, 8000, 16, 0, nil)[:50], ErrTruncated},
		"no samples":     {riff(1, 1, 8000, 16, 0, nil), ErrFormat},
		"0 channels":     {riff(1, 0, 8000, 16, 16000, sound), ErrFormat},
		"rate 0":         {riff(1, 1, 0, 16, 16000, sound), ErrFormat},
		"60000 channels": {riff(1, 60000, 8000, 16, 16000, sound), ErrFormat},
		"12 bit":         {riff(1, 1, 8000, 12, 16000, sound), ErrFormat},
		"mp3 inside":     {riff(0x55, 1, 8000, 16, 16000, sound), ErrFormat},
		"10 hours":       {riff(1, 1, 8000, 16, 10*3600*16000, sound), ErrTruncated},
		"truncated":      {riff(1, 1, 8000, 16, 16000, sound[:9001]), ErrTruncated},
	}
	for name, c := range cases {
		_, err := Open(put(t, "x.wav", c.b))
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "absent.wav")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrFormat) {
		t.Errorf("folder: %v", err)
	}
}

func TestDevelopmentRecordings(t *testing.T) {
	for name, want := range map[string]time.Duration{
		"calls/auto49_agent.wav": 237600 * time.Millisecond, "calls/store_stereo_ulaw.wav": 70800 * time.Millisecond, "calls/auto0_mono.wav": 277700 * time.Millisecond,
	} {
		f, err := Open(devdata.Shared(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if d := f.Duration() - want; d.Abs() > 100*time.Millisecond {
			t.Errorf("%s lasts %v, expected %v", name, f.Duration(), want)
		}
		for ch := range f.Channels() {
			if got := readChannel(t, f, ch); time.Duration(len(got))*time.Second/8000 < f.Duration() {
				t.Errorf("%s: channel %d ends at %d samples", name, ch, len(got))
			}
		}
	}
}

func TestRecordingSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	r, err := NewRecorder(path, 8000, 2)
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]int16, 320)
	for i := range frame {
		frame[i] = int16(i)
	}
	for range 175 { // 3.5 s, never closed: what a killed process leaves
		if err := r.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if f.Duration() != 3*time.Second {
		t.Errorf("a killed recorder leaves %v of 3.5 s", f.Duration())
	}
	if err := Repair(path); err != nil {
		t.Fatal(err)
	}
	if f, err = Open(path); err != nil || f.Duration() != 3500*time.Millisecond {
		t.Errorf("repaired: %v, %v", f.Duration(), err)
	}
	if got := readChannel(t, f, 1); got[0] != 1 || got[159] != 319 {
		t.Errorf("channel 1 begins %v", got[:4])
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Repair(put(t, "x.wav", riff(1, 1, 8000, 16, 4, make([]byte, 4)))); !errors.Is(err, ErrFormat) {
		t.Errorf("a foreign file was repaired: %v", err)
	}
	if _, err := NewRecorder(path, 8000, 2); !errors.Is(err, os.ErrExist) {
		t.Errorf("an old recording was overwritten: %v", err)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(riff(1, 2, 8000, 16, 64, make([]byte, 64)))
	f.Add(riff(7, 1, 8000, 8, 0xffffffff, make([]byte, 64)))
	f.Add([]byte("RIFF....WAVEfmt "))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := readHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTruncated) {
				t.Fatalf("%v wraps no sentinel", err)
			}
			return
		}
		if h.offset < 0 || h.bytes <= 0 || h.offset+h.bytes > int64(len(b)) || h.bytes%int64(h.frameSize()) != 0 {
			t.Fatalf("%+v of %d bytes", h, len(b))
		}
		if h.duration() < 0 {
			t.Fatalf("duration %v", h.duration())
		}
	})
}
