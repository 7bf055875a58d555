package console

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

// The lock file must install from whatever registry the builder uses.
func TestLockFileNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{`"resolved"`, "registry"} {
		if strings.Contains(string(lock), bad) {
			t.Errorf("package-lock.json holds %s: run npm install with this folder's .npmrc", bad)
		}
	}
}

// A checkout without Node still builds: the folder is there, and .keep is in
// what the build copies back.
func TestFolderIsNeverEmpty(t *testing.T) {
	for _, files := range []fs.FS{Files(), os.DirFS("public")} {
		if _, err := fs.Stat(files, ".keep"); err != nil {
			t.Error(err)
		}
	}
}
