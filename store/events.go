package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sidetone/sidetone/call"
)

// pageOfEvents is read at once; between pages no lock is held, so a slow
// reader never keeps the log from being folded back.
const pageOfEvents = 500

// Append implements Events.
func (s *SQLite) Append(ctx context.Context, id call.ID, events ...call.Event) error {
	op := "append to call " + short(id)
	for _, e := range events {
		if e.Body != nil && e.Private() {
			return fmt.Errorf("%s: event %d (%s): %w", op, e.Seq, e.Body.Type(), ErrPrivate)
		}
		if e.Body == nil || e.Seq == 0 {
			return fmt.Errorf("%s: event %d %w: it needs a body and a number above 0", op, e.Seq, ErrBadInput)
		}
	}
	if len(events) == 0 {
		return nil
	}
	return s.write(ctx, op, func(tx *sql.Tx) error { return appendEvents(ctx, tx, id, events) })
}

func appendEvents(ctx context.Context, tx *sql.Tx, id call.ID, events []call.Event) error {
	var last sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT (SELECT max(seq) FROM events WHERE call = calls.id)
		FROM calls WHERE id = ?`, id).Scan(&last)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO events (call, seq, at_ms, type, line) VALUES (?,?,?,?,?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	newest := uint64(last.Int64)
	for _, e := range events {
		line, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		if e.Seq <= newest {
			if err := sameAsStored(ctx, tx, id, e.Seq, string(line)); err != nil {
				return err
			}
			continue
		}
		newest = e.Seq
		at := time.Duration(e.At).Milliseconds()
		if _, err := insert.ExecContext(ctx, id, int64(e.Seq), at, e.Body.Type(), string(line)); err != nil {
			return err
		}
		if err := indexWords(ctx, tx, id, e.Body); err != nil {
			return err
		}
	}
	return nil
}

// sameAsStored lets a batch be offered twice, and nothing else.
func sameAsStored(ctx context.Context, tx *sql.Tx, id call.ID, seq uint64, line string) error {
	var stored string
	err := tx.QueryRowContext(ctx, `SELECT line FROM events WHERE call = ? AND seq = ?`,
		id, int64(seq)).Scan(&stored)
	if err == nil && stored == line {
		return nil
	}
	if err != nil && err != sql.ErrNoRows {
		return err
	}
	return fmt.Errorf("event %d: %w", seq, ErrOrder)
}

func indexWords(ctx context.Context, tx *sql.Tx, id call.ID, body call.Body) error {
	var u call.Utterance
	switch b := body.(type) {
	case call.Utterance:
		u = b
	case call.Revised:
		u = b.Utterance
	default:
		return nil
	}
	text := u.Text
	if u.Display != "" && u.Display != u.Text {
		text += "\n" + u.Display
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO said (text, call) VALUES (?,?)`, text, id)
	return err
}

// Events implements Events.
func (s *SQLite) Events(ctx context.Context, id call.ID, from uint64, sink func(call.Event) error) error {
	if _, err := s.Call(ctx, id); err != nil {
		return err
	}
	for {
		page, err := s.page(ctx, id, from)
		if err != nil {
			return explain("events of call "+short(id), err)
		}
		for _, e := range page {
			if err := sink(e); err != nil {
				return err
			}
			from = e.Seq + 1
		}
		if len(page) < pageOfEvents {
			return nil
		}
	}
}

func (s *SQLite) page(ctx context.Context, id call.ID, from uint64) ([]call.Event, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT line FROM events
		WHERE call = ? AND seq >= ? ORDER BY seq LIMIT ?`, id, int64(min(from, 1<<62)), pageOfEvents)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []call.Event
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		var e call.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
		}
		page = append(page, e)
	}
	return page, rows.Err()
}

// Recover implements Calls.
func (s *SQLite) Recover(ctx context.Context) ([]call.Summary, error) {
	if err := s.claim(); err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT summary, score FROM calls
		WHERE state <> ? ORDER BY created_ms`, call.Finished)
	if err != nil {
		return nil, explain("recover calls", err)
	}
	defer rows.Close()
	var open []call.Summary
	for rows.Next() {
		sum, err := scanSummary(rows)
		if err != nil {
			return nil, explain("recover calls", err)
		}
		open = append(open, sum)
	}
	if err := rows.Err(); err != nil {
		return nil, explain("recover calls", err)
	}
	for i := range open {
		if open[i], err = s.breakOff(ctx, open[i]); err != nil {
			return open[:i], err
		}
	}
	return open, nil
}

// breakOff closes the log of a call whose gateway died, or, where the log was
// already closed, only the call's line.
func (s *SQLite) breakOff(ctx context.Context, sum call.Summary) (call.Summary, error) {
	var last call.Event
	answered := call.Position(0)
	err := s.Events(ctx, sum.ID, 1, func(e call.Event) error {
		if _, ok := e.Body.(call.Answered); ok {
			answered = e.At
		}
		last = e
		return nil
	})
	if err != nil {
		return sum, err
	}
	end, closed := last.Body.(call.Ended)
	if !closed {
		end = call.Ended{Ending: call.EndBrokenOff, Reason: "the gateway stopped during the call"}
	}
	from := sum.Created
	if sum.Answered != nil {
		from = *sum.Answered
		sum.Duration = max(last.At-answered, 0)
	}
	ended := from.Add(time.Duration(max(last.At-answered, 0)))
	sum.State, sum.Ended, sum.Ending, sum.Reason, sum.Off = call.Finished, &ended, end.Ending, end.Reason, nil
	err = s.write(ctx, "recover call "+short(sum.ID), func(tx *sql.Tx) error {
		if !closed {
			line := call.Event{Seq: last.Seq + 1, At: last.At, Body: end}
			if err := appendEvents(ctx, tx, sum.ID, []call.Event{line}); err != nil {
				return err
			}
		}
		return putCall(ctx, tx, sum)
	})
	return sum, err
}
