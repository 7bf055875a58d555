package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/coach/knowledge"
)

func TestKnowledgeCommands(t *testing.T) {
	dir := t.TempDir()
	data, none := filepath.Join(dir, "data"), filepath.Join(dir, "no-models")
	run := func(stdin string, args ...string) (string, string, int) {
		return sidetone(t, stdin, append([]string{"knowledge", "--json", "--data", data, "--models", none}, args...)...)
	}
	if _, errs, code := run("", "ask", "anything"); code != 1 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "import") {
		t.Errorf("without knowledge: exit %d, %q", code, errs)
	}
	triples := filepath.Join(dir, "t.jsonl")
	if err := os.WriteFile(triples, []byte(`{"s":"Kettle X2","p":"warranty","o":"24 months"}`+"\n"+`{"entity":"Kettle X2","aliases":["x two kettle"]}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := run("", "import", triples); code != 0 || !strings.Contains(out, `"nodes":2`) {
		t.Fatalf("import: exit %d, %s%s", code, out, errs)
	}
	out, errs, code := run("how long is the warranty of the Kettle X2\nwarranty x two kettle\n", "ask", "-")
	if code != 0 || strings.Count(out, "\n") != 2 {
		t.Fatalf("ask: exit %d, %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		var a knowledge.Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Entity != "Kettle X2" || len(a.Answers) != 1 || a.Answers[0] != "24 months" {
			t.Errorf("%v: %s", err, line)
		}
	}
	bad := filepath.Join(dir, "bad.jsonl")
	if err := os.WriteFile(bad, []byte("{\"s\":\"a\",\"p\":\"b\",\"o\":\"c\"}\n{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := run("", "import", bad); code != 1 || out != "" || !strings.Contains(errs, "bad.jsonl:2") {
		t.Errorf("a broken file: exit %d, %s%s", code, out, errs)
	}
	if out, _, _ := run("", "export"); strings.Count(out, "\n") != 3 {
		t.Errorf("the broken file left something: %s", out)
	}
	for _, args := range [][]string{{"check"}, {"search", "kettle"}} {
		if out, errs, code := run("", args...); code != 0 || !json.Valid([]byte(out)) {
			t.Errorf("%v: exit %d, %s%s", args, code, out, errs)
		}
	}
}
