package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/store/storetest"
)

func openAt(t *testing.T, dir string) *store.SQLite {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFolderIsForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new data, 100% #1?")
	s := openAt(t, dir)
	if err := s.PutCall(t.Context(), storetest.LiveCall("c1", "mei", storetest.Noon())); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700, "recordings": 0o700, store.DatabaseFile: 0o600, store.DatabaseFile + "-wal": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), want)
		}
	}
}

func TestUnusableFolders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), file); err == nil {
		t.Error("a file was taken for a folder")
	}
	if _, err := store.Open(t.Context(), ""); !errors.Is(err, store.ErrBadInput) {
		t.Errorf("no folder: %v", err)
	}
	dir := t.TempDir()
	garbage := strings.Repeat("this is no database ", 500)
	if err := os.WriteFile(filepath.Join(dir, store.DatabaseFile), []byte(garbage), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), dir); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("garbage: %v", err)
	}
}

// A full disk, made by a limit on the file: what was appended stays, the
// refused batch is refused whole, and succeeds once there is room.
func TestFullDisk(t *testing.T) {
	s := openAt(t, t.TempDir())
	limit := func(pages int) {
		t.Helper()
		if err := s.WriterExec(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutCall(t.Context(), storetest.LiveCall("c1", "mei", storetest.Noon())); err != nil {
		t.Fatal(err)
	}
	limit(60)
	log := storetest.Talk("c1", 5000)
	kept := 0
	var err error
	for ; kept < len(log) && err == nil; kept += 50 {
		err = s.Append(t.Context(), "c1", log[kept:kept+50]...)
	}
	kept -= 50
	if !errors.Is(err, store.ErrFull) || kept == 0 {
		t.Fatalf("after %d events: %v", kept, err)
	}
	if got := storetest.Stored(t, s, "c1", 1); len(got) != kept {
		t.Fatalf("%d events are there, %d were appended", len(got), kept)
	}
	limit(1 << 20)
	if err := s.Append(t.Context(), "c1", log[kept:]...); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Stored(t, s, "c1", 1); len(got) != len(log) {
		t.Fatalf("%d events are there, want %d", len(got), len(log))
	}
}

func TestLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	mine, other := openAt(t, dir), openAt(t, dir)
	if err := mine.WriterExec(t.Context(), "PRAGMA busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	if err := other.WriterExec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	sum := storetest.LiveCall("c1", "mei", storetest.Noon())
	if err := mine.PutCall(t.Context(), sum); !errors.Is(err, store.ErrLocked) {
		t.Errorf("while locked: %v", err)
	}
	if err := other.WriterExec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := mine.PutCall(t.Context(), sum); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

// crashDir tells the test binary to play a gateway that is killed.
const crashDir = "SIDETONE_STORE_CRASH_DIR"

func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		appendUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	// The child prints the number of each event whose Append has returned.
	acknowledged := uint64(0)
	for acknowledged < 200 {
		if _, err := fmt.Fscanf(out, "%d\n", &acknowledged); err != nil {
			t.Fatal(err)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed, as asked

	s := openAt(t, dir)
	broken, err := s.Recover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(broken) != 1 || broken[0].Ending != call.EndBrokenOff {
		t.Fatalf("recovered %+v", broken)
	}
	log := storetest.Stored(t, s, "c1", 1)
	if uint64(len(log)) <= acknowledged {
		t.Fatalf("%d events are there, %d and the ending were promised", len(log), acknowledged)
	}
	for i, e := range log {
		if e.Seq != uint64(i+1) {
			t.Fatalf("event %d has number %d", i, e.Seq)
		}
	}
}

func appendUntilKilled(t *testing.T, dir string) {
	s := openAt(t, dir)
	if _, err := s.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.PutCall(t.Context(), storetest.LiveCall("c1", "mei", storetest.Noon())); err != nil {
		t.Fatal(err)
	}
	for _, e := range storetest.Talk("c1", 1_000_000) {
		if err := s.Append(t.Context(), "c1", e); err != nil {
			t.Fatal(err)
		}
		fmt.Println(e.Seq)
	}
}
