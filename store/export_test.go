package store

import "context"

// WriterExec runs a statement on the one writing connection.
func (s *SQLite) WriterExec(ctx context.Context, statement string) error {
	_, err := s.writer.ExecContext(ctx, statement)
	return err
}

// DatabaseFile is the file's name in the folder.
const DatabaseFile = databaseFile
