// Package devdata finds the development recordings that live beside the
// checkout and never inside it. Tests only; the product must never import it.
package devdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Shared returns the path of a file or folder under ../shared/data. Where it is
// absent the test is skipped with that reason, or fails when the environment
// variable SIDETONE_REQUIRE_DATA is set, as it is in CI.
func Shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(), "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		Need(t, "development data ../shared/data/"+name+" is absent")
	}
	return path
}

// Root is the top folder of the checkout.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Need skips the test for a reason, or fails it in CI, where nothing may be
// missing.
func Need(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("SIDETONE_REQUIRE_DATA") != "" {
		t.Fatalf("%s (SIDETONE_REQUIRE_DATA is set, so this may not be skipped)", reason)
	}
	t.Skip(reason)
}
