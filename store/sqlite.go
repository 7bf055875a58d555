package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/sidetone/sidetone/call"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	databaseFile  = "sidetone.db"
	lockFile      = "gateway.lock"
	recordingsDir = "recordings"
	// Another process (sidetone token) writes for milliseconds; five seconds of
	// waiting means it hangs.
	busyWait = 5 * time.Second
	// Readers beside the one writer; WAL lets them run while it writes.
	readers = 4
	// Each digest takes 19 MiB and a core; more at once would be a way to
	// starve the calls.
	hashers = 2
)

// SQLite is the Store in one folder: sidetone.db, recordings/ID.wav and
// gateway.lock. One connection writes, a few read (WAL). A transaction that
// returned survives the death of the process; a power cut may cost the last
// moments (synchronous=NORMAL: an fsync per batch would make every call wait
// for the disk's slowest moment), never the file.
type SQLite struct {
	dir     string
	writer  *sql.DB
	reader  *sql.DB
	hashing chan struct{}

	mu   sync.Mutex
	lock *os.File // held from Recover to Close
}

var _ Store = (*SQLite)(nil)

// Open opens the store in dir, makes the folder (only its owner may read it)
// and brings an older database up to date. Errors: ErrReadOnly, ErrFull,
// ErrLocked, ErrDamaged, or the system's.
func Open(ctx context.Context, dir string) (*SQLite, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, databaseFile)
	// SQLite gives its side files the permissions of the database file.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", readable(err))
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &SQLite{dir: dir, hashing: make(chan struct{}, hashers)}
	if s.writer, err = connect(path, 1, "_txlock=immediate"); err != nil {
		return nil, err
	}
	if s.reader, err = connect(path, readers, "_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(err, s.writer.Close())
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func makeFolder(dir string) error {
	if dir == "" {
		return fmt.Errorf("open store: no data folder given: %w", ErrBadInput)
	}
	err := os.MkdirAll(filepath.Join(dir, recordingsDir), 0o700)
	if err != nil {
		return fmt.Errorf("make data folder: %w", readable(err))
	}
	return nil
}

// readable adds the sentinel that says how to mend a file system error.
func readable(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w (%w)", ErrReadOnly, err)
	}
	return err
}

func connect(path string, conns int, extra string) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		fmt.Sprintf("?_pragma=busy_timeout(%d)", busyWait.Milliseconds()) +
		"&_pragma=journal_mode(wal)&_pragma=synchronous(normal)" +
		"&_pragma=foreign_keys(1)&_pragma=journal_size_limit(67108864)&" + extra
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (s *SQLite) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.writer, files)
	if err != nil {
		return explain("open store", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return explain("bring the store up to date", err)
	}
	return nil
}

// Close releases the files and the folder.
func (s *SQLite) Close() error {
	err := errors.Join(s.writer.Close(), s.reader.Close())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close()) // closing releases the lock
		s.lock = nil
	}
	return err
}

// Dir returns the data folder.
func (s *SQLite) Dir() string { return s.dir }

// claim takes the folder for the process that runs calls. The lock is the
// kernel's, so a killed gateway leaves none behind.
func (s *SQLite) claim() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(s.dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("claim data folder: %w", readable(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("claim data folder %s: %w", s.dir, ErrInUse), f.Close())
	}
	s.lock = f
	return nil
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// checkID keeps anything that could leave the recordings folder out of paths.
func checkID(id call.ID) error {
	if !idShape.MatchString(string(id)) {
		return fmt.Errorf("call id %.70q %w: use letters, digits, - and _", string(id), ErrBadInput)
	}
	return nil
}

// RecordingPath implements Recordings.
func (s *SQLite) RecordingPath(id call.ID) (string, error) {
	if err := checkID(id); err != nil {
		return "", err
	}
	return filepath.Join(s.dir, recordingsDir, string(id)+".wav"), nil
}

// write runs do in one transaction on the one writing connection.
func (s *SQLite) write(ctx context.Context, op string, do func(tx *sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain(op, err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error is the one that tells
		return explain(op, err)
	}
	return explain(op, tx.Commit())
}
