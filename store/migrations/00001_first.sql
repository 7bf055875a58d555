-- +goose Up
CREATE TABLE calls (
    id         TEXT PRIMARY KEY,
    state      TEXT NOT NULL,
    agent      TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    score      REAL,
    summary    TEXT NOT NULL -- call.Summary as JSON
) STRICT;
CREATE INDEX calls_newest ON calls (created_ms, id);
CREATE INDEX calls_agent ON calls (agent, created_ms, id);
CREATE INDEX calls_open ON calls (state) WHERE state <> 'finished';

CREATE TABLE events (
    call  TEXT NOT NULL REFERENCES calls (id),
    seq   INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    type  TEXT NOT NULL,
    line  TEXT NOT NULL, -- call.Event as JSON
    PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;

-- Trigrams find parts of words and Chinese alike.
CREATE VIRTUAL TABLE said USING fts5 (text, call UNINDEXED, tokenize = 'trigram');

CREATE TABLE reports (
    call   TEXT PRIMARY KEY REFERENCES calls (id),
    report TEXT NOT NULL -- qc.Report as JSON
) STRICT;

CREATE TABLE users (
    name       TEXT PRIMARY KEY COLLATE NOCASE,
    display    TEXT NOT NULL,
    role       TEXT NOT NULL,
    address    TEXT NOT NULL,
    disabled   INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    password   TEXT NOT NULL DEFAULT '' -- argon2id digest; '' = cannot sign in
) STRICT;

CREATE TABLE sessions (
    digest     BLOB PRIMARY KEY, -- SHA-256 of the secret
    user       TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user);

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    digest     BLOB NOT NULL UNIQUE, -- SHA-256 of the secret
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    user       TEXT COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit;
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE reports;
DROP TABLE said;
DROP TABLE events;
DROP TABLE calls;
