package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/store/storetest"
)

// A disk that is really full, side files included, and then has room again.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		if os.Getenv("SIDETONE_REQUIRE_DATA") == "1" {
			t.Fatal("cannot mount a small file system: ", err)
		}
		t.Skip("cannot mount a small file system (needs root): ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	s := openAt(t, filepath.Join(dir, "data"))
	if err := s.PutCall(t.Context(), storetest.LiveCall("c1", "mei", storetest.Noon())); err != nil {
		t.Fatal(err)
	}
	log := storetest.Talk("c1", 6000)
	if err := s.Append(t.Context(), "c1", log[:100]...); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	kept, err := 100, error(nil)
	for ; kept < len(log) && err == nil; kept += 100 {
		err = s.Append(t.Context(), "c1", log[kept:kept+100]...)
	}
	kept -= 100
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("after %d events: %v", kept, err)
	}
	if got := storetest.Stored(t, s, "c1", 1); len(got) != kept {
		t.Fatalf("%d events are there, %d were appended", len(got), kept)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), "c1", log[kept:kept+100]...); err != nil {
		t.Fatal("with room again: ", err)
	}
	if got := storetest.Stored(t, s, "c1", 1); len(got) != kept+100 {
		t.Fatalf("%d events are there, want %d", len(got), kept+100)
	}
}

// fill writes zeros until the file system takes no more.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zeros, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zeros.Close()
	if _, err := io.Copy(f, zeros); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal("the disk did not fill: ", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
