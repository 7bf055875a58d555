// Package house guards the shape of the code base: who may import whom, that
// every package says why it exists, and how long a file may get. It must never
// test behaviour.
package house

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidetone/sidetone/internal/devdata"
)

const module = "github.com/sidetone/sidetone"

type pkg struct {
	ImportPath string
	Dir        string
	Doc        string
	Name       string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Name,GoFiles,Imports", "./...")
	cmd.Dir = devdata.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("only %d packages listed", len(all))
	}
	return all
}

// room is the package's path below the module.
func room(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

// under reports whether a room is base or below it.
func under(r, base string) bool { return r == base || strings.HasPrefix(r, base+"/") }

// own lists, for each room, the only rooms of ours it may import, and why.
var own = []struct {
	room    string
	may     []string
	because string
}{
	{"call", nil, "the vocabulary depends on nothing, so everything may depend on it"},
	{"rules", []string{"call"}, "operators are pure over events"},
	{"coach", []string{"call", "rules", "coach"}, "policy is pure: no network, no clock, no logger, replayable"},
	{"qc", []string{"call", "rules", "qc"}, "scoring is pure over a finished log"},
	{"media", []string{"media"}, "the packet path knows no signalling, no model and no policy"},
	{"sip", []string{"call"}, "signalling carries SDP as bytes and never touches audio"},
	{"models", []string{"call", "media", "models"}, "a learned part knows frames and events, never a gateway"},
	{"store", []string{"call", "qc", "store"}, "records know nothing live"},
	{"sim", []string{"call", "media", "sip", "models/speech", "qc", "sim"}, "a simulated phone meets the gateway over its sockets only"},
	{"web", []string{"call", "coach", "qc", "sim", "store", "web"}, "pages talk to a seam, never to the live code"},
	{"gateway", []string{"call", "media", "sip", "models/speech", "qc", "gateway"}, "a call joins the rooms; policy comes through seams"},
}

func TestWhoMayImportWhom(t *testing.T) {
	for _, p := range packages(t) {
		r := room(p.ImportPath)
		for _, rule := range own {
			if !under(r, rule.room) {
				continue
			}
			for _, i := range p.Imports {
				if strings.HasPrefix(i, module) && !allowed(room(i), rule.may) {
					t.Errorf("%s imports %s: %s may import only %v, because %s", r, room(i), rule.room, rule.may, rule.because)
				}
			}
		}
	}
}

func allowed(r string, may []string) bool {
	for _, m := range may {
		if under(r, m) {
			return true
		}
	}
	return false
}

// owner lists outside packages that belong to one room.
var owner = []struct {
	outside string
	rooms   []string
	because string
}{
	{"github.com/emiago/sipgo", []string{"sip"}, "one room speaks SIP"},
	{"github.com/pion/", []string{"media"}, "one room speaks RTP, SDP and WebRTC"},
	{"github.com/go-audio/", []string{"media/wav"}, "one room reads and writes audio files"},
	{"github.com/sashabaranov/go-openai", []string{"models/language", "models/speech", "models/voice"}, "remote models sit behind the model seams"},
	{"github.com/yalue/onnxruntime_go", []string{"models"}, "native engines run in worker processes only"},
	{"github.com/ebitengine/purego", []string{"models"}, "native engines run in worker processes only"},
	{"modernc.org/sqlite", []string{"store"}, "one room knows the database"},
	{"github.com/pressly/goose", []string{"store"}, "one room knows the database"},
	{"github.com/coder/websocket", []string{"web", "models/speech"}, "browsers, and remote recognisers"},
	{"github.com/spf13/cobra", []string{"cmd"}, "the command line is wiring"},
	{"github.com/knadh/koanf", []string{"cmd"}, "the config file is wiring"},
}

func TestOutsideLibrariesHaveOneOwner(t *testing.T) {
	for _, p := range packages(t) {
		r := room(p.ImportPath)
		for _, i := range p.Imports {
			for _, o := range owner {
				if strings.HasPrefix(i, o.outside) && !allowed(r, o.rooms) {
					t.Errorf("%s imports %s, which belongs to %v: %s", r, i, o.rooms, o.because)
				}
			}
		}
	}
}

// The pure rooms may not even look at a clock, a socket or a logger.
func TestPureRoomsStayPure(t *testing.T) {
	// "os" is let through for one thing: reading playbooks and scorecards at load.
	banned := []string{"net", "net/http", "os/exec", "log", "log/slog", "go.uber.org/zap", "database/sql"}
	for _, p := range packages(t) {
		r := room(p.ImportPath)
		if !under(r, "call") && !under(r, "rules") && !under(r, "coach") && !under(r, "qc") {
			continue
		}
		for _, i := range p.Imports {
			for _, b := range banned {
				if i == b {
					t.Errorf("%s imports %s: this room is pure, what it needs is passed in", r, i)
				}
			}
		}
		for _, f := range p.GoFiles {
			b, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), "time.Now(") {
				t.Errorf("%s/%s reads the clock: time is passed in", r, f)
			}
		}
	}
}

func TestEveryPackageSaysWhyItExists(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && len(p.Doc) < 40 {
			t.Errorf("%s has no package doc that says why it exists and what it must never do", room(p.ImportPath))
		}
	}
}

// longFiles may be longer than the house rule, each with its reason.
var longFiles = map[string]string{}

const longest = 420

func TestFilesStayReadable(t *testing.T) {
	walk(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := 0
		for s := bufio.NewScanner(f); s.Scan(); {
			lines++
		}
		rel, _ := filepath.Rel(devdata.Root(), path)
		if _, ok := longFiles[rel]; lines > longest && !ok {
			t.Errorf("%s has %d lines: split it by phase or noun (limit %d)", rel, lines, longest)
		}
	})
}

// No init registries: what a program is made of is wired where a reader looks.
func TestNoInit(t *testing.T) {
	walk(t, ".go", func(path string) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", path)
			}
		}
	})
}

func walk(t *testing.T, suffix string, do func(path string)) {
	t.Helper()
	err := filepath.WalkDir(devdata.Root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "cache" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, suffix) {
			do(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
