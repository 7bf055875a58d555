package models

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFindPrefersFlagThenEnvironmentThenCheckout(t *testing.T) {
	t.Setenv(EnvDir, "/from/environment")
	if got := Find("/from/flag"); got != "/from/flag" {
		t.Errorf("with a flag: %s", got)
	}
	if got := Find(""); got != "/from/environment" {
		t.Errorf("with the environment: %s", got)
	}
	checkout := t.TempDir()
	write(t, filepath.Join(checkout, "models", "cache", "x"), "x")
	for _, start := range []string{filepath.Join(checkout, "bin"), checkout} {
		if got := besideCheckout(start); string(got) != filepath.Join(checkout, "models", "cache") {
			t.Errorf("from %s: %s", start, got)
		}
	}
}

// Each part is present only when all of its files are there and hold something,
// and a missing one says how to mend it.
func TestInventory(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "embed-en", "model.onnx"), "x")
	write(t, filepath.Join(dir, "embed-en", "tokenizer.json"), "x")
	write(t, filepath.Join(dir, "vad", "silero.onnx"), "")
	parts := map[string]Part{}
	for _, p := range Inventory(Dir(dir)) {
		parts[p.Name] = p
	}
	if !parts["embed-en"].Present {
		t.Errorf("embed-en: %+v", parts["embed-en"])
	}
	if p := parts["vad"]; p.Present || !strings.Contains(p.Why, "empty") || p.Mend != "make models" {
		t.Errorf("vad: %+v", p)
	}
	if p := parts["vosk"]; p.Present || !strings.Contains(p.Why, "missing") {
		t.Errorf("vosk: %+v", p)
	}
	if p := parts["vosk-zh"]; p.Needed || p.Mend == "" {
		t.Errorf("vosk-zh: %+v", p)
	}
	if langs := Dir(dir).SpeechLanguages(); len(langs) != 0 {
		t.Errorf("languages: %v", langs)
	}
	write(t, filepath.Join(dir, "vosk-zh", "am", "final.mdl"), "x")
	write(t, filepath.Join(dir, "vosk-zh", "conf", "mfcc.conf"), "x")
	if langs := Dir(dir).SpeechLanguages(); len(langs) != 1 || langs[0] != "zh" {
		t.Errorf("languages: %v", langs)
	}
}
