package store

import (
	"context"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
)

// Calls keeps one Summary per call. Safe for concurrent use, like every
// interface here.
type Calls interface {
	// PutCall inserts or replaces the call's line. A score once set by
	// PutReport stays when s.Score is nil. Off is not kept once the call ended.
	PutCall(ctx context.Context, s call.Summary) error
	// Call returns one line, or ErrNotFound.
	Call(ctx context.Context, id call.ID) (call.Summary, error)
	// Search returns the calls that match, newest first.
	Search(ctx context.Context, q Query) ([]call.Summary, error)
	// Recover is called once at start by the process that will run calls. It
	// takes the folder for itself until Close (ErrInUse if another has it);
	// calls without an end get an Ended event (broken_off) at their last
	// position and are returned as they are kept now.
	Recover(ctx context.Context) ([]call.Summary, error)
}

// Events keeps the log of each call.
type Events interface {
	// Append adds events in order, all or none. Seq must rise; it may skip
	// numbers (a private event takes one and is not stored). Offering an event
	// again that is already stored is no error, so that a batch whose outcome
	// was unclear can be repeated. Once Append has returned nil the events
	// survive the death of the process. Errors: ErrNotFound (PutCall first),
	// ErrPrivate, ErrOrder, ErrFull, ErrLocked.
	Append(ctx context.Context, id call.ID, events ...call.Event) error
	// Events calls sink with every stored event whose Seq is at least from, in
	// order, and stops at sink's first error, which it returns. The sink may
	// take its time: no lock is held while it runs.
	Events(ctx context.Context, id call.ID, from uint64, sink func(call.Event) error) error
}

// Reports keeps the quality report of each call.
type Reports interface {
	// PutReport keeps r as the report of r.Call and sets that call's score.
	PutReport(ctx context.Context, r qc.Report) error
	// Report returns the call's report, or ErrNotFound.
	Report(ctx context.Context, id call.ID) (qc.Report, error)
}

// Recordings says where a call's recording lies.
type Recordings interface {
	// RecordingPath returns the file's path; it does not look whether the file
	// is there. The folder is.
	RecordingPath(id call.ID) (string, error)
}

// Users keeps the people who may sign in.
type Users interface {
	// PutUser inserts or changes a user; the password stays as it was (a new
	// user has none and cannot sign in). ErrBadInput, ErrLastAdmin.
	PutUser(ctx context.Context, u User) error
	// User returns one user, or ErrNotFound. Names differ in more than case.
	User(ctx context.Context, name string) (User, error)
	// Users returns all users by name.
	Users(ctx context.Context) ([]User, error)
	// RemoveUser removes the user, the sessions and the tokens bound to it.
	RemoveUser(ctx context.Context, name string) error
}

// Passwords checks who is who. They are kept as argon2id digests.
type Passwords interface {
	// SetPassword replaces the password and closes the user's sessions.
	// ErrBadInput when it is shorter than MinPassword characters.
	SetPassword(ctx context.Context, name, password string) error
	// CheckPassword returns the user, or ErrWrongPassword. It takes tens of
	// milliseconds by design, the same whether or not the name exists.
	CheckPassword(ctx context.Context, name, password string) (User, error)
}

// Sessions keeps who is signed in. Only a digest of the secret is kept.
type Sessions interface {
	// OpenSession returns the secret for the browser's cookie.
	OpenSession(ctx context.Context, user string, expires time.Time) (secret string, err error)
	// Session returns the user behind the secret as kept now, or ErrNotFound
	// when it is unknown, over, or the user was switched off.
	Session(ctx context.Context, secret string, now time.Time) (User, error)
	// CloseSession ends one session; an unknown one is no error.
	CloseSession(ctx context.Context, secret string) error
	// CloseSessionsOf ends every session of one user.
	CloseSessionsOf(ctx context.Context, user string) error
}

// Tokens keeps the keys of programs that use the API.
type Tokens interface {
	// AddToken makes a token and returns its secret, which is not kept and
	// cannot be shown again. ID and Created are filled in.
	AddToken(ctx context.Context, t Token) (secret string, made Token, err error)
	// TokenUser returns whom the secret speaks for, or ErrNotFound.
	TokenUser(ctx context.Context, secret string) (User, error)
	// Tokens returns all tokens, newest first.
	Tokens(ctx context.Context) ([]Token, error)
	// RemoveToken ends a token, or says ErrNotFound.
	RemoveToken(ctx context.Context, id string) error
}

// Audit keeps who did what. Nothing removes an entry.
type Audit interface {
	// Record adds an entry; ID is given by the store.
	Record(ctx context.Context, e Entry) error
	// Entries returns at most limit entries older than the one with ID before
	// (0: from the newest), newest first.
	Entries(ctx context.Context, before int64, limit int) ([]Entry, error)
}

// Record is everything kept about calls.
type Record interface {
	Calls
	Events
	Reports
	Recordings
}

// Access is everything kept about people.
type Access interface {
	Users
	Passwords
	Sessions
	Tokens
}

// Store is all of it. Take the small interface you need.
type Store interface {
	Record
	Access
	Audit
	// Close releases files and the folder. Calls still running fail.
	Close() error
}

// Query selects calls. The zero Query selects the newest.
type Query struct {
	Text     string     // words said, or part of a number, name or id; all words must occur
	Agents   []string   // any of these agents; nil: every agent
	State    call.State // "": any
	From     time.Time  // made at or after; zero: any
	Until    time.Time  // made before; zero: any
	MinScore *float64   // quality score at least; nil: any, also unscored
	MaxScore *float64   // quality score at most; nil: any, also unscored
	Before   call.ID    // older than this call, for the next page; "": from the newest
	Limit    int        // 1..MaxLimit; 0: DefaultLimit
}

// Bounds of lists, so that no question can ask for everything at once.
const (
	DefaultLimit = 50
	MaxLimit     = 500
	maxTerms     = 8 // words of Query.Text that count
)

// Role is what a person may do; the web room holds the table. The list is closed.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleQC         Role = "qc"
	RoleTrainer    Role = "trainer"
	RoleAdmin      Role = "admin"
)

// Roles returns the closed list.
func Roles() []Role {
	return []Role{RoleAgent, RoleSupervisor, RoleQC, RoleTrainer, RoleAdmin}
}

// Valid tells whether r is on the list.
func (r Role) Valid() bool {
	for _, known := range Roles() {
		if r == known {
			return true
		}
	}
	return false
}

// User is a person who may sign in.
type User struct {
	Name     string    `json:"name"`    // how they sign in
	Display  string    `json:"display"` // how others see them
	Role     Role      `json:"role"`
	Address  string    `json:"address"`  // the SIP address of their phone, "" when none
	Disabled bool      `json:"disabled"` // may not sign in
	Created  time.Time `json:"created"`
}

// Token is the key of a program.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"` // what it is for
	Role    Role      `json:"role"`
	User    string    `json:"user"` // whom it speaks for; "": nobody in particular
	Created time.Time `json:"created"`
}

// Entry is one line of the audit.
type Entry struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`   // "sign in", "whisper", "user changed", …
	Target string    `json:"target"` // call, user or token it was about
	Detail string    `json:"detail"`
}
