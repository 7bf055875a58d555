package voice

import (
	"bytes"
	"container/list"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sidetone/sidetone/media/resample"
)

// Config of the local voices. Zero values take defaults.
type Config struct {
	Flite    string        // program; default "flite"
	Espeak   string        // program; default "espeak-ng"
	Deadline time.Duration // for one synthesis; default 10 s
	CacheMB  int           // of spoken phrases; default 32
	LevelDB  float64       // of speech, dB below full scale; default -20
}

func (c *Config) defaults() {
	if c.Flite == "" {
		c.Flite = "flite"
	}
	if c.Espeak == "" {
		c.Espeak = "espeak-ng"
	}
	if c.Deadline <= 0 {
		c.Deadline = 10 * time.Second
	}
	if c.CacheMB <= 0 {
		c.CacheMB = 32
	}
	if c.LevelDB == 0 {
		c.LevelDB = -20
	}
}

// Local speaks with flite (English: slt, rms, awb, kal) and espeak-ng (Chinese,
// and English where flite is missing).
type Local struct {
	cfg   Config
	slots chan struct{} // syntheses at once

	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // front = newest
	size  int        // samples kept
}

type phrase struct {
	key     string
	samples []int16
}

// MaxText is the longest text spoken at once, in characters.
const MaxText = 1000

// NewLocal makes a speaker.
func NewLocal(cfg Config) *Local {
	cfg.defaults()
	return &Local{cfg: cfg, slots: make(chan struct{}, 2), byKey: make(map[string]*list.Element), order: list.New()}
}

var _ Speaker = (*Local)(nil)

// fliteVoices are those compiled into Debian's flite; the first is the default.
func fliteVoices() []string { return []string{"slt", "rms", "awb", "kal", "kal16"} }

// Voices lists the voices of a language, the default first.
func (l *Local) Voices(language string) []string {
	switch base(language) {
	case "en":
		return append(fliteVoices()[:4], "espeak")
	case "zh":
		return []string{"cmn"}
	}
	return nil
}

func base(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}

// Speak implements Speaker.
func (l *Local) Speak(ctx context.Context, language, voice, text string) ([]int16, error) {
	text = clean(text)
	if text == "" {
		return nil, fmt.Errorf("%w: the text has no words", ErrSpeak)
	}
	key := base(language) + "\x00" + voice + "\x00" + text
	if s := l.recall(key); s != nil {
		return s, nil
	}
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.slots }()
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Deadline)
	defer cancel()
	samples, err := l.synthesise(ctx, base(language), voice, text)
	if err != nil {
		return nil, err
	}
	samples = trim(samples)
	if len(samples) == 0 {
		return nil, fmt.Errorf("%w: it gave only silence", ErrSpeak)
	}
	even(samples, l.cfg.LevelDB)
	l.remember(key, samples)
	return samples, nil
}

// clean leaves what can be spoken: no control characters, one line, bounded.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, r == '<', r == '>', r == '|':
			return ' ' // espeak-ng would read marks
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	if utf8.RuneCountInString(text) > MaxText {
		text = string([]rune(text)[:MaxText])
	}
	return text
}

func (l *Local) synthesise(ctx context.Context, language, voice, text string) ([]int16, error) {
	switch language {
	case "en":
		if voice == "espeak" {
			return l.espeak(ctx, "en-gb", text)
		}
		if voice == "" {
			voice = fliteVoices()[0]
		}
		if !slices.Contains(fliteVoices(), voice) {
			return nil, fmt.Errorf("%w: %q; English voices are %s", ErrVoice, voice, strings.Join(l.Voices("en"), ", "))
		}
		s, err := l.flite(ctx, voice, text)
		if errors.Is(err, ErrMissing) {
			return l.espeak(ctx, "en-gb", text)
		}
		return s, err
	case "zh":
		if voice != "" && voice != "cmn" {
			return nil, fmt.Errorf("%w: %q; the Chinese voice is cmn", ErrVoice, voice)
		}
		return l.espeak(ctx, "cmn", text)
	}
	return nil, fmt.Errorf("%w: language %q; en and zh can be spoken", ErrVoice, language)
}

func (l *Local) flite(ctx context.Context, voice, text string) ([]int16, error) {
	dir, err := os.MkdirTemp("", "sidetone-voice-")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpeak, err)
	}
	defer os.RemoveAll(dir)
	// flite cannot write a WAV file to a pipe, nor read text that begins with a dash.
	in, out := filepath.Join(dir, "text"), filepath.Join(dir, "voice.wav")
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpeak, err)
	}
	if _, err := l.run(ctx, nil, l.cfg.Flite, "-voice", voice, "-f", in, "-o", out); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("%w: flite left no file", ErrSpeak)
	}
	return toRate(b)
}

func (l *Local) espeak(ctx context.Context, voice, text string) ([]int16, error) {
	b, err := l.run(ctx, strings.NewReader(text), l.cfg.Espeak, "-v", voice, "-s", "165", "--stdin", "--stdout")
	if err != nil {
		return nil, err
	}
	return toRate(b)
}

// maxOutput bounds what a voice program may say: ten minutes of audio.
const maxOutput = 32 << 20

func (l *Local) run(ctx context.Context, in io.Reader, program string, args ...string) ([]byte, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("%w: %s; mend it with: apt-get install %s", ErrMissing, program, filepath.Base(program))
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	cmd.Stdin = in
	out, errs := &limited{most: maxOutput}, &limited{most: 4096}
	cmd.Stdout, cmd.Stderr = out, errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %s was not done in time: %w", ErrSpeak, filepath.Base(program), ctx.Err())
		}
		line, _, _ := strings.Cut(strings.TrimSpace(errs.buf.String()), "\n")
		return nil, fmt.Errorf("%w: %s: %w %s", ErrSpeak, filepath.Base(program), err, line)
	}
	return out.buf.Bytes(), nil
}

// limited keeps the first bytes and drops the rest.
type limited struct {
	buf  bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.most - l.buf.Len(); room > 0 {
		l.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// toRate reads the plain 16-bit mono WAV both programs write (the sizes in
// espeak-ng's header are not to be trusted) and brings it to Rate.
func toRate(b []byte) ([]int16, error) {
	at := bytes.Index(b[:min(len(b), 256)], []byte("data"))
	if len(b) < 44 || at < 36 || len(b) < at+10 {
		return nil, fmt.Errorf("%w: it gave no sound", ErrSpeak)
	}
	rate := int(binary.LittleEndian.Uint32(b[24:]))
	b = b[at+8:]
	in := make([]int16, len(b)/2)
	for i := range in {
		in[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	r, err := resample.New(rate, Rate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpeak, err)
	}
	return r.Flush(r.Push(make([]int16, 0, len(in)/2), in)), nil
}

func (l *Local) recall(key string) []int16 {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byKey[key]
	if e == nil {
		return nil
	}
	l.order.MoveToFront(e)
	return e.Value.(*phrase).samples
}

func (l *Local) remember(key string, samples []int16) {
	most := l.cfg.CacheMB << 19 // samples of two bytes
	if len(samples) > most/4 {
		return // one long speech must not push out the phrases
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey[key] != nil {
		return
	}
	l.byKey[key] = l.order.PushFront(&phrase{key, samples})
	l.size += len(samples)
	for l.size > most {
		last := l.order.Back()
		p := l.order.Remove(last).(*phrase)
		delete(l.byKey, p.key)
		l.size -= len(p.samples)
	}
}
