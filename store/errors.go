package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// What can go wrong, as sentinels. Every error of this package wraps one of
// them or the error of the system underneath, and names the operation.
var (
	// ErrNotFound: there is no such call, report, user, session or token.
	ErrNotFound = errors.New("not found")
	// ErrPrivate: an event that belongs to the agent alone was offered. Nothing
	// of that batch was stored; drop such events before appending.
	ErrPrivate = errors.New("event is private to the agent and is never stored")
	// ErrOrder: an event's Seq is not above the last one stored, and differs
	// from what is stored there. Nothing of that batch was stored.
	ErrOrder = errors.New("event is out of order")
	// ErrFull: the disk has no room. Nothing of the batch was stored; the same
	// batch succeeds once there is room.
	ErrFull = errors.New("disk is full: free some space, then the same write succeeds")
	// ErrLocked: another process held the database too long. Try again.
	ErrLocked = errors.New("database is locked by another process: try again")
	// ErrReadOnly: the data folder or its files cannot be written.
	ErrReadOnly = errors.New("data folder is not writable: check its owner and permissions")
	// ErrDamaged: the database file is not readable as one.
	ErrDamaged = errors.New("database is damaged: restore DATA/sidetone.db from a backup")
	// ErrInUse: another gateway serves from this data folder.
	ErrInUse = errors.New("another gateway is using this data folder: stop it or give --data another folder")
	// ErrBadInput: a value cannot be kept; the text says which and why.
	ErrBadInput = errors.New("cannot be kept")
	// ErrWrongPassword: no such user, switched off, or a wrong password. Which
	// of them is not told, so that names cannot be guessed.
	ErrWrongPassword = errors.New("wrong user name or password")
	// ErrLastAdmin: the change would leave nobody who can administer.
	ErrLastAdmin = errors.New("this is the last administrator: make another one first")
)

// SQLite's primary result codes that a person can act on
// (https://www.sqlite.org/rescode.html).
const (
	codeBusy     = 5
	codeLocked   = 6
	codeReadOnly = 8
	codeCorrupt  = 11
	codeFull     = 13
	codeNotADB   = 26
	codeShmSize  = 10 | 19<<8 // no room to grow the shared-memory file
)

// explain wraps err with the operation and, where a person can act on it, with
// the sentinel that says how.
func explain(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", op, ErrNotFound)
	}
	var se *sqlite.Error
	if !errors.As(err, &se) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", op, err)
	}
	if se.Code() == codeShmSize {
		return fmt.Errorf("%s: %w (%w)", op, ErrFull, err)
	}
	kind := map[int]error{
		codeBusy: ErrLocked, codeLocked: ErrLocked, codeReadOnly: ErrReadOnly,
		codeCorrupt: ErrDamaged, codeNotADB: ErrDamaged, codeFull: ErrFull,
	}[se.Code()&0xff]
	if kind == nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return fmt.Errorf("%s: %w (%w)", op, kind, err)
}
