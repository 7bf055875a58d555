package gateway

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrNoRoute is returned when no rule takes a call.
var ErrNoRoute = errors.New("no route takes this call: add one to the config or start with --route")

// Rule sends calls that match to targets. Empty patterns match everything.
type Rule struct {
	// From, To and Source are regular expressions over the caller, the dialled
	// address and the host:port the call came from.
	From   string `koanf:"from"`
	To     string `koanf:"to"`
	Source string `koanf:"source"`
	// Targets are tried in order. "{to}" and "{from}" stand for the user parts.
	Targets []string `koanf:"targets"`
	// Agent is who takes the call: the user name that may watch it. Default: the
	// user part of the first target.
	Agent    string `koanf:"agent"`
	Queue    string `koanf:"queue"`
	Language string `koanf:"language"` // default "en"
	// Outbound: the caller is the agent, the target the customer.
	Outbound   bool `koanf:"outbound"`
	Simulation bool `koanf:"-"`
}

// Rules is a Router: the first rule that matches wins.
type Rules struct {
	rules []compiled
}

type compiled struct {
	Rule
	from, to, source *regexp.Regexp
}

// NewRules compiles the rules, in order.
func NewRules(rules []Rule) (*Rules, error) {
	out := &Rules{}
	for i, r := range rules {
		c := compiled{Rule: r}
		for _, p := range []struct {
			name, text string
			to         **regexp.Regexp
		}{{"from", r.From, &c.from}, {"to", r.To, &c.to}, {"source", r.Source, &c.source}} {
			if p.text == "" {
				continue
			}
			re, err := regexp.Compile(p.text)
			if err != nil {
				return nil, fmt.Errorf("route %d: %s: %w", i+1, p.name, err)
			}
			*p.to = re
		}
		if len(r.Targets) == 0 {
			return nil, fmt.Errorf("route %d has no targets", i+1)
		}
		out.rules = append(out.rules, c)
	}
	return out, nil
}

// Route implements Router.
func (r *Rules) Route(c Caller) (Route, error) {
	for _, rule := range r.rules {
		if !rule.matches(c) {
			continue
		}
		out := Route{Agent: rule.Agent, Queue: rule.Queue, Language: rule.Language, AgentIsCaller: rule.Outbound, Simulation: rule.Simulation}
		fill := strings.NewReplacer("{to}", c.To, "{from}", c.From)
		for _, t := range rule.Targets {
			out.Targets = append(out.Targets, fill.Replace(t))
		}
		if out.Language == "" {
			out.Language = "en"
		}
		if out.Agent == "" {
			out.Agent = c.From
			if !rule.Outbound {
				out.Agent = userPart(out.Targets[0])
			}
		}
		return out, nil
	}
	return Route{}, fmt.Errorf("%w (from %s to %s)", ErrNoRoute, c.From, c.To)
}

func (r compiled) matches(c Caller) bool {
	for _, p := range []struct {
		re   *regexp.Regexp
		text string
	}{{r.from, c.From}, {r.to, c.To}, {r.source, c.Source}} {
		if p.re != nil && !p.re.MatchString(p.text) {
			return false
		}
	}
	return true
}

// userPart of "sip:alice@host" is alice; of "sip:host" it is host.
func userPart(address string) string {
	s := strings.TrimPrefix(strings.TrimPrefix(address, "sips:"), "sip:")
	user, host, found := strings.Cut(s, "@")
	if !found {
		host, _, _ = strings.Cut(user, ":")
		return host
	}
	return user
}
