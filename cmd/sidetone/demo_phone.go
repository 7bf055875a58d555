package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/media/wav"
	"github.com/sidetone/sidetone/sim/phone"
	"github.com/sidetone/sidetone/sip"
)

// breath is the pause between two turns of the scripted dialogue.
const breath = 900 * time.Millisecond

// dialogue is what the demo's two people say; a pause lets the coach speak.
var dialogue = []struct{ who, text string }{
	{"agent", "Hello, this is Alice from the service desk. How can I help you?"},
	{"customer", "Hello. My parcel has not arrived. I ordered it two weeks ago. This is the third time I am calling about this."},
	{"agent", "Can you give me your order number please?"},
	{"customer", "It is four four one nine two. I want my money back."},
	{"agent", "I am afraid we can not refund that."},
	{"customer", "That is ridiculous. I want to speak to your manager. I am going to complain about this."},
	{"agent", "I am very sorry about that. I understand how frustrating this is. I will send you a replacement by express today."},
	{"customer", "When will it be here?"},
	{"agent", "It will be there on Friday. So I have ordered a replacement, and it arrives on Friday. Is there anything else I can do for you?"},
	{"customer", "No, that is all. Thank you. Goodbye."},
	{"agent", "Thank you for calling. Goodbye."},
}

// demoPhone is one of the demo's two people.
type demoPhone struct {
	voice, user string
	endpoint    *sip.Endpoint
	up          chan *phone.Line // the answered line, agent only
	line        *phone.Line
	hangUp      context.CancelFunc
	loudest     atomic.Int32
	running     sync.WaitGroup
}

func newDemoPhone(voice, user string, log *zap.Logger) (*demoPhone, error) {
	e, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0"}, log)
	if err != nil {
		return nil, err
	}
	return &demoPhone{voice: voice, user: user, endpoint: e, up: make(chan *phone.Line, 1), hangUp: func() {}}, nil
}

// Incoming implements sip.Handler: the agent answers.
func (p *demoPhone) Incoming(ctx context.Context, in *sip.Invitation) {
	in.Ring()
	line, err := phone.Answer(p.endpoint, in)
	if err != nil {
		return
	}
	p.up <- line
	line.Run(ctx)
}

// answered waits until the agent's phone has been answered.
func (p *demoPhone) answered(ctx context.Context) error {
	select {
	case p.line = <-p.up:
		p.running.Go(p.listen)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(10 * time.Second):
		return errors.New("the agent's phone never rang")
	}
}

// dial calls, listens and keeps the call until hangUp.
func (p *demoPhone) dial(ctx context.Context, target sip.URI) error {
	if err := p.dialOnly(ctx, target); err != nil {
		return err
	}
	p.running.Go(p.listen)
	return nil
}

// dialOnly calls and keeps the call until hangUp.
func (p *demoPhone) dialOnly(ctx context.Context, target sip.URI) error {
	from, err := sip.ParseURI("sip:" + p.user + "@" + p.endpoint.Addr())
	if err != nil {
		return err
	}
	line, err := phone.Dial(ctx, p.endpoint, sip.Target{URI: target}, from)
	if err != nil {
		return err
	}
	p.line = line
	ctx, p.hangUp = context.WithCancel(ctx)
	p.running.Go(func() { line.Run(ctx) })
	return nil
}

// listen measures what reaches the ear until the call is over.
func (p *demoPhone) listen() {
	var f media.Frame
	for p.line.Heard.ReadFrame(context.Background(), &f) == nil {
		for _, s := range f.Samples {
			if int32(s) > p.loudest.Load() {
				p.loudest.Store(int32(s))
			}
		}
	}
}

func (p *demoPhone) heardSpeech() bool { return p.loudest.Load() > 2000 }

// playScript speaks the dialogue, turn by turn.
func (d *demo) playScript(ctx context.Context) error {
	people := map[string]*demoPhone{"agent": d.agent, "customer": d.customer}
	for _, turn := range dialogue {
		p := people[turn.who]
		pcm, err := d.app.voice.Speak(ctx, "en", p.voice, turn.text)
		if err != nil {
			return err
		}
		if err := p.line.Say(ctx, pcm); err != nil {
			return err
		}
		if err := pause(ctx, breath); err != nil {
			return err
		}
	}
	return pause(ctx, breath)
}

// playBoth plays two recordings of one conversation at the same time.
func (d *demo) playBoth(ctx context.Context) error {
	errs := make(chan error, 2)
	for path, p := range map[string]*demoPhone{d.customerWAV: d.customer, d.agentWAV: d.agent} {
		pcm, err := firstChannel(ctx, path)
		if err != nil {
			return err
		}
		go func() { errs <- p.line.Say(ctx, pcm) }()
	}
	return errors.Join(<-errs, <-errs)
}

// firstChannel reads a recording at 8000 Hz.
func firstChannel(ctx context.Context, path string) ([]int16, error) {
	f, err := wav.Open(path)
	if err != nil {
		return nil, err
	}
	if f.FrameRate() != 8000 {
		return nil, fmt.Errorf("%s: the demo's phones speak at 8000 Hz; this is %d Hz (convert it with: sox IN.wav -r 8000 OUT.wav)", path, f.Rate())
	}
	ch, err := f.Channel(0)
	if err != nil {
		return nil, err
	}
	defer ch.Close()
	var out []int16
	var frame media.Frame
	for {
		if err := ch.ReadFrame(ctx, &frame); errors.Is(err, media.ErrClosed) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out = append(out, frame.Samples...)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var demoFiles = []string{"call.wav", "transcript.json", "events.jsonl", "qc.json"}

// leave writes the demo's files.
func (d *demo) leave(ctx context.Context) error {
	recording, err := d.app.store.RecordingPath(d.id)
	if err != nil {
		return err
	}
	audio, err := os.ReadFile(recording)
	if err != nil {
		return err
	}
	var lines []byte
	var transcript []call.Utterance
	err = d.app.store.Events(ctx, d.id, 1, func(e call.Event) (err error) {
		if u, ok := e.Body.(call.Utterance); ok {
			transcript = append(transcript, u)
		}
		lines, err = e.AppendLine(lines)
		return err
	})
	if err != nil {
		return err
	}
	report, err := d.app.store.Report(ctx, d.id)
	if err != nil {
		return err
	}
	spoken, err := json.MarshalIndent(map[string]any{"file": "call.wav", "utterances": transcript}, "", "  ")
	if err != nil {
		return err
	}
	scored, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	for i, b := range [][]byte{audio, spoken, lines, scored} {
		if err := os.WriteFile(filepath.Join(d.folder, demoFiles[i]), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
