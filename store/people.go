package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

const (
	// MinPassword is the least length in characters. Length is what resists
	// guessing, so there is no rule about kinds of characters.
	MinPassword = 10
	// MaxPassword in bytes bounds the work of one attempt.
	MaxPassword = 256

	// argon2id at the second of OWASP's equal settings: 19 MiB, 2 passes, 1 lane.
	argonMemory = 19 * 1024
	argonPasses = 2
	saltBytes   = 16
	hashBytes   = 32
)

// checkUser says what is wrong with u, or nil.
func checkUser(u User) error {
	if err := checkName(u.Name); err != nil {
		return err
	}
	if !u.Role.Valid() {
		return fmt.Errorf("role %.20q %w: it is one of %s", string(u.Role), ErrBadInput, roleList())
	}
	if utf8.RuneCountInString(u.Display) > 100 || len(u.Address) > 200 {
		return fmt.Errorf("display name or address %w: it is too long", ErrBadInput)
	}
	return nil
}

func roleList() string {
	names := make([]string, 0, 5)
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func checkName(name string) error {
	ok := name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= 64
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-@+", r))
	}
	if !ok {
		return fmt.Errorf("user name %.70q %w: use 1 to 64 letters, digits and . _ - @ +", name, ErrBadInput)
	}
	return nil
}

// PutUser implements Users.
func (s *SQLite) PutUser(ctx context.Context, u User) error {
	if err := checkUser(u); err != nil {
		return fmt.Errorf("keep user: %w", err)
	}
	return s.write(ctx, "keep user "+u.Name, func(tx *sql.Tx) error {
		before, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO users (name, display, role, address, disabled, created_ms)
			VALUES (?,?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET display = excluded.display,
			role = excluded.role, address = excluded.address, disabled = excluded.disabled`,
			u.Name, u.Display, u.Role, u.Address, u.Disabled, u.Created.UnixMilli())
		if err != nil {
			return err
		}
		if u.Disabled {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?`, u.Name); err != nil {
				return err
			}
		}
		return keepsAdmin(ctx, tx, before)
	})
}

// admins counts who could administer.
func admins(ctx context.Context, tx *sql.Tx) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM users WHERE role = ? AND NOT disabled`, RoleAdmin).Scan(&n)
	return n, err
}

// keepsAdmin refuses a change that took the last one away.
func keepsAdmin(ctx context.Context, tx *sql.Tx, before int) error {
	after, err := admins(ctx, tx)
	if err == nil && before > 0 && after == 0 {
		return ErrLastAdmin
	}
	return err
}

const userColumns = `name, display, role, address, disabled, created_ms`

func scanUser(row interface{ Scan(...any) error }, more ...any) (User, error) {
	var u User
	var created int64
	err := row.Scan(append([]any{&u.Name, &u.Display, &u.Role, &u.Address, &u.Disabled, &created}, more...)...)
	u.Created = time.UnixMilli(created).UTC()
	return u, err
}

// User implements Users.
func (s *SQLite) User(ctx context.Context, name string) (User, error) {
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE name = ?`, name))
	return u, explain(fmt.Sprintf("user %.64q", name), err)
}

// Users implements Users.
func (s *SQLite) Users(ctx context.Context) ([]User, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+userColumns+` FROM users ORDER BY name`)
	if err != nil {
		return nil, explain("list users", err)
	}
	defer rows.Close()
	all := []User{}
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, explain("list users", err)
		}
		all = append(all, u)
	}
	return all, explain("list users", rows.Err())
}

// RemoveUser implements Users.
func (s *SQLite) RemoveUser(ctx context.Context, name string) error {
	return s.write(ctx, fmt.Sprintf("remove user %.64q", name), func(tx *sql.Tx) error {
		before, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM users WHERE name = ?`, name)
		if err := affected(res, err); err != nil {
			return err
		}
		return keepsAdmin(ctx, tx, before)
	})
}

// CheckNewPassword says whether password may become one, or ErrBadInput.
func CheckNewPassword(password string) error {
	if utf8.RuneCountInString(password) < MinPassword || len(password) > MaxPassword {
		return fmt.Errorf("password %w: use %d characters or more, at most %d bytes",
			ErrBadInput, MinPassword, MaxPassword)
	}
	return nil
}

// SetPassword implements Passwords.
func (s *SQLite) SetPassword(ctx context.Context, name, password string) error {
	op := fmt.Sprintf("set password of %.64q", name)
	if err := CheckNewPassword(password); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	digest, err := s.digest(ctx, password, salt)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return s.write(ctx, op, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE users SET password = ? WHERE name = ?`, digest, name)
		if err := affected(res, err); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?`, name)
		return err
	})
}

// digest waits for its turn: at most hashers run at once.
func (s *SQLite) digest(ctx context.Context, password string, salt []byte) (string, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	sum := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, 1, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version,
		argonMemory, argonPasses, b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// CheckPassword implements Passwords.
func (s *SQLite) CheckPassword(ctx context.Context, name, password string) (User, error) {
	if len(password) > MaxPassword {
		return User{}, ErrWrongPassword
	}
	var kept string
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+`, password
		FROM users WHERE name = ?`, name), &kept)
	if err != nil && err != sql.ErrNoRows {
		return User{}, explain("check password", err)
	}
	salt := make([]byte, saltBytes) // an unknown name costs the same time
	if parts := strings.Split(kept, "$"); len(parts) == 6 {
		if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
			return User{}, fmt.Errorf("check password: %w (%w)", ErrDamaged, err)
		}
	}
	digest, err := s.digest(ctx, password, salt)
	if err != nil {
		return User{}, fmt.Errorf("check password: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(digest), []byte(kept)) != 1 || u.Disabled {
		return User{}, ErrWrongPassword
	}
	return u, nil
}

// FirstAdmin makes the user "admin" with a generated password when nobody can
// administer yet, and returns that password once; otherwise it returns "".
// Print it for the person who started the gateway; it is not kept.
func FirstAdmin(ctx context.Context, s Access, now time.Time) (password string, err error) {
	users, err := s.Users(ctx)
	if err != nil {
		return "", err
	}
	for _, u := range users {
		if u.Role == RoleAdmin {
			return "", nil
		}
	}
	if password, err = NewPassword(); err != nil {
		return "", err
	}
	if err := s.PutUser(ctx, User{Name: "admin", Display: "Administrator", Role: RoleAdmin, Created: now}); err != nil {
		return "", err
	}
	return password, s.SetPassword(ctx, "admin", password)
}

// NewPassword makes a password of 80 random bits that can be read aloud.
func NewPassword() (string, error) {
	secret, err := randomText(10)
	if err != nil {
		return "", err
	}
	return secret[:4] + "-" + secret[4:8] + "-" + secret[8:12] + "-" + secret[12:16], nil
}
