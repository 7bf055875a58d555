package main

import (
	"context"
	"fmt"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media"
	"github.com/sidetone/sidetone/models/speech"
	"github.com/sidetone/sidetone/models/speech/remote"
)

// byLanguage sends each call's audio to the engine of its language: a configured
// server where there is one, else the embedded engine.
type byLanguage struct {
	embedded speech.Engine // nil when its models are missing
	servers  map[string]speech.Engine
}

// newHearing builds the engines that the config names. It returns nil when
// nothing can hear.
func newHearing(embedded *speech.Local, servers map[string]string) (speech.Engine, error) {
	h := byLanguage{servers: map[string]speech.Engine{}}
	if embedded != nil {
		h.embedded = embedded
	}
	for language, url := range servers {
		v, err := remote.NewVosk(remote.Config{URL: url, Languages: []string{language}})
		if err != nil {
			return nil, fmt.Errorf("config: speech.vosk_server.%s: %w", language, err)
		}
		h.servers[language] = v
	}
	if len(h.servers) == 0 {
		return h.embedded, nil
	}
	return h, nil
}

// Listen implements speech.Engine.
func (h byLanguage) Listen(ctx context.Context, s speech.Setup, src media.Reader, sink func(call.Body)) error {
	if e := h.servers[s.Language]; e != nil {
		return e.Listen(ctx, s, src, sink)
	}
	if h.embedded == nil {
		return fmt.Errorf("%w: %q (make models fetches the embedded ones)", speech.ErrLanguage, s.Language)
	}
	return h.embedded.Listen(ctx, s, src, sink)
}
