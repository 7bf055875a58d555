package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
)

// PutCall implements Calls.
func (s *SQLite) PutCall(ctx context.Context, sum call.Summary) error {
	if err := checkID(sum.ID); err != nil {
		return fmt.Errorf("keep call: %w", err)
	}
	return s.write(ctx, "keep call "+string(sum.ID), func(tx *sql.Tx) error {
		return putCall(ctx, tx, sum)
	})
}

func putCall(ctx context.Context, tx *sql.Tx, sum call.Summary) error {
	if sum.State == call.Finished {
		sum.Off = nil // what was off during the call is in its log
	}
	doc, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO calls (id, state, agent, created_ms, score, summary)
		VALUES (?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,
		agent = excluded.agent, created_ms = excluded.created_ms,
		score = coalesce(excluded.score, score), summary = excluded.summary`,
		sum.ID, sum.State, sum.Agent, sum.Created.UnixMilli(), sum.Score, string(doc))
	return err
}

// Call implements Calls.
func (s *SQLite) Call(ctx context.Context, id call.ID) (call.Summary, error) {
	row := s.reader.QueryRowContext(ctx, `SELECT summary, score FROM calls WHERE id = ?`, id)
	sum, err := scanSummary(row)
	return sum, explain("call "+short(id), err)
}

// short keeps a bad id from filling a log line.
func short(id call.ID) string { return fmt.Sprintf("%.64s", string(id)) }

func scanSummary(row interface{ Scan(...any) error }) (call.Summary, error) {
	var doc string
	var score sql.NullFloat64
	var sum call.Summary
	if err := row.Scan(&doc, &score); err != nil {
		return sum, err
	}
	if err := json.Unmarshal([]byte(doc), &sum); err != nil {
		return sum, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if score.Valid {
		sum.Score = &score.Float64
	}
	return sum, nil
}

// Search implements Calls.
func (s *SQLite) Search(ctx context.Context, q Query) ([]call.Summary, error) {
	where, args := q.sql()
	rows, err := s.reader.QueryContext(ctx, `SELECT summary, score FROM calls WHERE `+
		where+` ORDER BY created_ms DESC, id DESC LIMIT ?`, append(args, q.limit())...)
	if err != nil {
		return nil, explain("search calls", err)
	}
	defer rows.Close()
	found := []call.Summary{}
	for rows.Next() {
		sum, err := scanSummary(rows)
		if err != nil {
			return nil, explain("search calls", err)
		}
		found = append(found, sum)
	}
	return found, explain("search calls", rows.Err())
}

func (q Query) limit() int {
	switch {
	case q.Limit <= 0:
		return DefaultLimit
	case q.Limit > MaxLimit:
		return MaxLimit
	}
	return q.Limit
}

// sql builds the condition; every value goes in as an argument.
func (q Query) sql() (string, []any) {
	conds, args := []string{"1"}, []any{}
	add := func(cond string, with ...any) {
		conds, args = append(conds, cond), append(args, with...)
	}
	if q.Agents != nil {
		in := make([]any, len(q.Agents))
		for i, a := range q.Agents {
			in[i] = a
		}
		add(`agent COLLATE NOCASE IN (`+strings.TrimSuffix(strings.Repeat("?,", len(in)), ",")+`)`, in...)
	}
	if q.State != "" {
		add(`state = ?`, q.State)
	}
	addTime := func(cond string, t time.Time) {
		if !t.IsZero() {
			add(cond, t.UnixMilli())
		}
	}
	addTime(`created_ms >= ?`, q.From)
	addTime(`created_ms < ?`, q.Until)
	if q.MinScore != nil {
		add(`score >= ?`, *q.MinScore)
	}
	if q.MaxScore != nil {
		add(`score <= ?`, *q.MaxScore)
	}
	if q.Before != "" {
		add(`(created_ms, id) < (SELECT created_ms, id FROM calls WHERE id = ?)`, q.Before)
	}
	terms := strings.Fields(q.Text)
	for _, term := range terms[:min(len(terms), maxTerms)] {
		cond, with := textCond(term)
		add(cond, with...)
	}
	return strings.Join(conds, " AND "), args
}

// textCond finds a term in the words said, by trigrams where it is long enough
// for one (two Chinese characters are not), and in the names of the call.
func textCond(term string) (string, []any) {
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(term) + "%"
	said, arg := `text LIKE ? ESCAPE '\'`, like
	if utf8.RuneCountInString(term) >= 3 {
		said, arg = `said MATCH ?`, `"`+strings.ReplaceAll(term, `"`, `""`)+`"`
	}
	return `(id IN (SELECT call FROM said WHERE ` + said + `)
		OR id LIKE ? ESCAPE '\' OR agent LIKE ? ESCAPE '\'
		OR summary ->> 'from' LIKE ? ESCAPE '\' OR summary ->> 'to' LIKE ? ESCAPE '\')`,
		[]any{arg, like, like, like, like}
}

// PutReport implements Reports.
func (s *SQLite) PutReport(ctx context.Context, r qc.Report) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	return s.write(ctx, "keep report of call "+short(r.Call), func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE calls SET score = ? WHERE id = ?`, r.Scored(), r.Call)
		if err := affected(res, err); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO reports (call, report) VALUES (?,?)
			ON CONFLICT (call) DO UPDATE SET report = excluded.report`, r.Call, string(doc))
		return err
	})
}

// affected turns "nothing was there to change" into ErrNotFound.
func affected(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// Report implements Reports.
func (s *SQLite) Report(ctx context.Context, id call.ID) (qc.Report, error) {
	var doc string
	var r qc.Report
	op := "report of call " + short(id)
	err := s.reader.QueryRowContext(ctx, `SELECT report FROM reports WHERE call = ?`, id).Scan(&doc)
	if err != nil {
		return r, explain(op, err)
	}
	if err := json.Unmarshal([]byte(doc), &r); err != nil {
		return r, fmt.Errorf("%s: %w (%w)", op, ErrDamaged, err)
	}
	return r, nil
}
