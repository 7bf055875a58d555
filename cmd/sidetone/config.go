package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/sidetone/sidetone/gateway"
)

// settings is the config file. Every key has a default, so that no file is
// needed; deploy/sidetone.yaml shows them all.
type settings struct {
	Data string `koanf:"data"` // folder for database and recordings
	HTTP string `koanf:"http"` // console and API
	SIP  struct {
		UDP       string `koanf:"udp"`
		TCP       string `koanf:"tcp"`
		Advertise string `koanf:"advertise"`
	} `koanf:"sip"`
	Media struct {
		IP        string        `koanf:"ip"`
		Advertise string        `koanf:"advertise"`
		PortLow   int           `koanf:"port_low"`
		PortHigh  int           `koanf:"port_high"`
		Timeout   time.Duration `koanf:"timeout"`
	} `koanf:"media"`
	Calls struct {
		Most int           `koanf:"most"`
		Ring time.Duration `koanf:"ring"`
	} `koanf:"calls"`
	Routes []gateway.Rule `koanf:"routes"`
	Coach  struct {
		Playbooks  []string `koanf:"playbooks"`   // files or folders, besides those built in
		AgentVoice string   `koanf:"agent_voice"` // off | private
		Policy     string   `koanf:"policy"`      // "" | eu
		Voice      string   `koanf:"voice"`
	} `koanf:"coach"`
	QC struct {
		Scorecard string `koanf:"scorecard"` // "" takes the one built in
	} `koanf:"qc"`
	Speech struct {
		Vocabulary []string          `koanf:"vocabulary"`
		Remote     map[string]string `koanf:"vosk_server"` // language -> WebSocket URL
	} `koanf:"speech"`
}

// loadSettings reads the config file over the defaults.
func loadSettings(path string) (settings, error) {
	s := settings{Data: "sidetone-data", HTTP: "127.0.0.1:8080"}
	s.SIP.UDP, s.SIP.TCP = "127.0.0.1:5060", "127.0.0.1:5060"
	s.Coach.AgentVoice = "off"
	if path == "" {
		return s, nil
	}
	if _, err := os.Stat(path); err != nil {
		return s, fmt.Errorf("config: %w", err)
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return s, fmt.Errorf("config %s: %w", path, err)
	}
	conf := koanf.UnmarshalConf{Tag: "koanf"}
	if err := k.UnmarshalWithConf("", &s, conf); err != nil {
		return s, fmt.Errorf("config %s: %w", path, err)
	}
	for _, key := range k.Keys() {
		if !known(key) {
			return s, fmt.Errorf("config %s: unknown key %q: deploy/sidetone.yaml lists the keys", path, key)
		}
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("config %s: %w", path, err)
	}
	return s, nil
}

func known(key string) bool {
	for _, prefix := range []string{"speech.vosk_server."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	switch key {
	case "data", "http", "sip.udp", "sip.tcp", "sip.advertise", "media.ip", "media.advertise", "media.port_low",
		"media.port_high", "media.timeout", "calls.most", "calls.ring", "routes", "coach.playbooks", "coach.agent_voice",
		"coach.policy", "coach.voice", "qc.scorecard", "speech.vocabulary", "speech.vosk_server":
		return true
	}
	return false
}

// check applies what one key decides about another.
func (s *settings) check() error {
	switch s.Coach.AgentVoice {
	case "off", "private":
	default:
		return fmt.Errorf("coach.agent_voice is %q: off or private", s.Coach.AgentVoice)
	}
	switch s.Coach.Policy {
	case "":
	case "eu": // EU AI Act Art. 5(1)(f): no inference of employees' emotion
		s.Coach.AgentVoice = "off"
	default:
		return fmt.Errorf("coach.policy is %q: empty or eu", s.Coach.Policy)
	}
	return nil
}

// gatewayConfig is the gateway's part.
func (s settings) gatewayConfig() (gateway.Config, error) {
	c := gateway.Config{PortLow: s.Media.PortLow, PortHigh: s.Media.PortHigh, MaxCalls: s.Calls.Most,
		Ring: s.Calls.Ring, MediaTimeout: s.Media.Timeout, Voice: s.Coach.Voice}
	ip := s.Media.IP
	if ip == "" { // media where signalling is
		if host, _, err := net.SplitHostPort(s.SIP.UDP); err == nil {
			ip = host
		}
	}
	for _, a := range []struct {
		key, text string
		to        *netip.Addr
	}{{"media.ip", ip, &c.MediaIP}, {"media.advertise", s.Media.Advertise, &c.AdvertiseIP}} {
		if a.text == "" {
			continue
		}
		addr, err := netip.ParseAddr(a.text)
		if err != nil {
			return c, fmt.Errorf("config: %s: %w", a.key, err)
		}
		*a.to = addr
	}
	return c, c.Validate()
}
