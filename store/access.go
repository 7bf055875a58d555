package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// tokenPrefix lets people and scanners recognise a leaked token.
const tokenPrefix = "sidetone_"

// randomText returns n random bytes as lower-case base32.
func randomText(n int) (string, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)), nil
}

// A secret of 256 random bits needs no slow digest.
func secretDigest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// OpenSession implements Sessions.
func (s *SQLite) OpenSession(ctx context.Context, user string, expires time.Time) (string, error) {
	secret, err := randomText(32)
	if err != nil {
		return "", err
	}
	err = s.write(ctx, "open session", func(tx *sql.Tx) error {
		var name string
		if err := tx.QueryRowContext(ctx, `SELECT name FROM users WHERE name = ?`, user).Scan(&name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (digest, user, expires_ms) VALUES (?,?,?)`,
			secretDigest(secret), name, expires.UnixMilli())
		return err
	})
	return secret, err
}

// Session implements Sessions.
func (s *SQLite) Session(ctx context.Context, secret string, now time.Time) (User, error) {
	var expires int64
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+`, expires_ms
		FROM sessions JOIN users ON users.name = sessions.user
		WHERE digest = ? AND NOT disabled`, secretDigest(secret)), &expires)
	if err != nil {
		return User{}, explain("session", err)
	}
	if expires > now.UnixMilli() {
		return u, nil
	}
	err = s.write(ctx, "close sessions that are over", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_ms <= ?`, now.UnixMilli())
		return err
	})
	if err != nil {
		return User{}, err
	}
	return User{}, fmt.Errorf("session is over: %w", ErrNotFound)
}

// CloseSession implements Sessions.
func (s *SQLite) CloseSession(ctx context.Context, secret string) error {
	return s.write(ctx, "close session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE digest = ?`, secretDigest(secret))
		return err
	})
}

// CloseSessionsOf implements Sessions.
func (s *SQLite) CloseSessionsOf(ctx context.Context, user string) error {
	return s.write(ctx, "close sessions", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?`, user)
		return err
	})
}

// AddToken implements Tokens.
func (s *SQLite) AddToken(ctx context.Context, t Token) (string, Token, error) {
	if !t.Role.Valid() {
		return "", t, fmt.Errorf("add token: role %.20q %w: it is one of %s", string(t.Role), ErrBadInput, roleList())
	}
	if utf8.RuneCountInString(t.Name) > 100 {
		return "", t, fmt.Errorf("add token: name %w: use at most 100 characters", ErrBadInput)
	}
	id, err := randomText(5)
	if err != nil {
		return "", t, err
	}
	secret, err := randomText(32)
	if err != nil {
		return "", t, err
	}
	t.ID, secret = id, tokenPrefix+secret
	if t.Created.IsZero() {
		t.Created = time.Now()
	}
	t.Created = t.Created.UTC().Truncate(time.Millisecond)
	err = s.write(ctx, "add token", func(tx *sql.Tx) error {
		user := sql.NullString{String: t.User, Valid: t.User != ""}
		if user.Valid {
			if err := tx.QueryRowContext(ctx, `SELECT name FROM users WHERE name = ?`, t.User).Scan(&t.User); err != nil {
				return fmt.Errorf("user %.64q: %w", t.User, err)
			}
			user.String = t.User // in the letters the user was made with
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens (id, digest, name, role, user, created_ms)
			VALUES (?,?,?,?,?,?)`, t.ID, secretDigest(secret), t.Name, t.Role, user, t.Created.UnixMilli())
		return err
	})
	if err != nil {
		return "", t, err
	}
	return secret, t, nil
}

// TokenUser implements Tokens. A token bound to a person has that person's
// name and phone; one bound to nobody is named after itself.
func (s *SQLite) TokenUser(ctx context.Context, secret string) (User, error) {
	var id string
	var name, address sql.NullString
	var u User
	var created int64
	err := s.reader.QueryRowContext(ctx, `SELECT tokens.id, tokens.name, tokens.role, tokens.created_ms,
		users.name, users.address FROM tokens LEFT JOIN users ON users.name = tokens.user
		WHERE digest = ? AND (tokens.user IS NULL OR NOT users.disabled)`, secretDigest(secret)).
		Scan(&id, &u.Display, &u.Role, &created, &name, &address)
	if err != nil {
		return User{}, explain("token", err)
	}
	u.Name, u.Address, u.Created = "token "+id, address.String, time.UnixMilli(created).UTC()
	if name.Valid {
		u.Name = name.String
	}
	return u, nil
}

// Tokens implements Tokens.
func (s *SQLite) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, name, role, coalesce(user, ''), created_ms
		FROM tokens ORDER BY created_ms DESC, id`)
	if err != nil {
		return nil, explain("list tokens", err)
	}
	defer rows.Close()
	all := []Token{}
	for rows.Next() {
		var t Token
		var created int64
		if err := rows.Scan(&t.ID, &t.Name, &t.Role, &t.User, &created); err != nil {
			return nil, explain("list tokens", err)
		}
		t.Created = time.UnixMilli(created).UTC()
		all = append(all, t)
	}
	return all, explain("list tokens", rows.Err())
}

// RemoveToken implements Tokens.
func (s *SQLite) RemoveToken(ctx context.Context, id string) error {
	return s.write(ctx, fmt.Sprintf("remove token %.20q", id), func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM tokens WHERE id = ?`, id)
		return affected(res, err)
	})
}

// Record implements Audit.
func (s *SQLite) Record(ctx context.Context, e Entry) error {
	return s.write(ctx, "record in the audit", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO audit (at_ms, who, what, target, detail) VALUES (?,?,?,?,?)`,
			e.At.UnixMilli(), e.Who, e.What, e.Target, e.Detail)
		return err
	})
}

// Entries implements Audit.
func (s *SQLite) Entries(ctx context.Context, before int64, limit int) ([]Entry, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT id, at_ms, who, what, target, detail FROM audit
		WHERE id < ? ORDER BY id DESC LIMIT ?`, before, Query{Limit: limit}.limit())
	if err != nil {
		return nil, explain("read the audit", err)
	}
	defer rows.Close()
	all := []Entry{}
	for rows.Next() {
		var e Entry
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.Who, &e.What, &e.Target, &e.Detail); err != nil {
			return nil, explain("read the audit", err)
		}
		e.At = time.UnixMilli(at).UTC()
		all = append(all, e)
	}
	return all, explain("read the audit", rows.Err())
}
