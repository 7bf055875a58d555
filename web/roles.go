package web

import (
	"strings"

	"github.com/sidetone/sidetone/store"
)

// permission names one thing a person may do.
type permission string

const (
	anyone      permission = "anyone"   // no sign-in needed
	signedIn    permission = "signedIn" // every role
	seeCalls    permission = "see calls, their log, report and recording"
	seePrivate  permission = "see what is for this agent alone, live"
	giveAnswer  permission = "answer an advice"
	muteCoach   permission = "silence the coach"
	hangUp      permission = "hang up a call"
	whisper     permission = "whisper to an agent"
	seeDrills   permission = "see simulations and results"
	startDrills permission = "start a simulation"
	manage      permission = "manage users and tokens, read the audit"
)

// reach is whose calls (or drills) a permission covers.
type reach int

const (
	none reach = iota
	own
	all
)

// reachOf is the whole table of who may do what. A role that is not named has
// none.
func reachOf(r store.Role, p permission) reach {
	const agent, supervisor, qc, trainer, admin = store.RoleAgent, store.RoleSupervisor,
		store.RoleQC, store.RoleTrainer, store.RoleAdmin
	table := map[permission]map[store.Role]reach{
		anyone:      {agent: all, supervisor: all, qc: all, trainer: all, admin: all, "": all},
		signedIn:    {agent: all, supervisor: all, qc: all, trainer: all, admin: all},
		seeCalls:    {agent: own, supervisor: all, qc: all, trainer: all, admin: all},
		seePrivate:  {agent: own},
		giveAnswer:  {agent: own},
		muteCoach:   {agent: own, supervisor: all, admin: all},
		hangUp:      {agent: own, supervisor: all, admin: all},
		whisper:     {supervisor: all, admin: all},
		seeDrills:   {agent: own, supervisor: all, qc: all, trainer: all, admin: all},
		startDrills: {agent: own, supervisor: all, trainer: all, admin: all},
		manage:      {admin: all},
	}
	return table[p][r]
}

// may tells whether u has permission p on something of that agent's.
func may(u store.User, p permission, agent string) bool {
	switch reachOf(u.Role, p) {
	case all:
		return true
	case own:
		return owns(u, agent)
	}
	return false
}

// owns tells whether agent, as a call names it, is u: by user name or by the
// address of u's phone. Only whole addresses count: the same user part at
// another host is somebody else.
func owns(u store.User, agent string) bool {
	if agent == "" || u.Name == "" {
		return false
	}
	if strings.EqualFold(agent, u.Name) {
		return true
	}
	return u.Address != "" && strings.EqualFold(bareAddress(agent), bareAddress(u.Address))
}

// bareAddress strips scheme, brackets and parameters of a SIP address.
func bareAddress(a string) string {
	a = strings.Trim(strings.TrimSpace(a), "<>")
	if scheme, rest, ok := strings.Cut(a, ":"); ok && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")) {
		a = rest
	}
	a, _, _ = strings.Cut(a, ";")
	return a
}

// agentNames returns how u's calls may name u, for a search in the store.
func agentNames(u store.User) []string {
	names := []string{u.Name}
	if u.Address != "" {
		bare := bareAddress(u.Address)
		names = append(names, u.Address, bare, "sip:"+bare, "sips:"+bare)
	}
	return names
}
