// Package models knows where the learned parts lie on disk and what is missing.
//
// It exists so that every command finds the same files and says the same words
// when one is absent. It must never load a model: the packages below it do, in
// worker processes.
package models

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Dir is a folder of models as models/fetch.sh leaves it.
type Dir string

// EnvDir names the environment variable that points to the models.
const EnvDir = "SIDETONE_MODELS"

// Find chooses the models folder: flag when given, else the environment
// variable, else models/cache in the checkout the running binary lies in. The
// folder may still be empty; Inventory tells.
func Find(flag string) Dir {
	if flag != "" {
		return Dir(flag)
	}
	if env := os.Getenv(EnvDir); env != "" {
		return Dir(env)
	}
	exe, err := os.Executable()
	if err != nil {
		return Dir(filepath.Join("models", "cache"))
	}
	if real, err := filepath.EvalSymlinks(exe); err == nil {
		exe = real
	}
	return besideCheckout(filepath.Dir(exe))
}

// besideCheckout looks for models/cache in start and the folders above it.
func besideCheckout(start string) Dir {
	for at := start; ; at = filepath.Dir(at) {
		dir := filepath.Join(at, "models", "cache")
		if st, err := os.Stat(dir); err == nil && st.IsDir() {
			return Dir(dir)
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	return Dir(filepath.Join(filepath.Dir(start), "models", "cache"))
}

func (d Dir) path(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

// Runtime is the onnxruntime library.
func (d Dir) Runtime() string { return d.path("onnxruntime", "libonnxruntime.so") }

// VAD is the Silero model.
func (d Dir) VAD() string { return d.path("vad", "silero.onnx") }

// Vosk is libvosk.
func (d Dir) Vosk() string { return d.path("vosk", "libvosk.so") }

// Speech is the Vosk model folder of a language ("en").
func (d Dir) Speech(language string) string { return d.path("vosk-" + language) }

// Embed is the folder with model.onnx and tokenizer.json of a language.
func (d Dir) Embed(language string) string { return d.path("embed-" + language) }

// SpeechLanguages lists the languages a Vosk model folder is present for.
func (d Dir) SpeechLanguages() []string {
	var out []string
	for _, lang := range []string{"en", "zh"} {
		if whole(d.path("vosk-"+lang), "am/final.mdl", "conf/mfcc.conf") == nil {
			out = append(out, lang)
		}
	}
	return out
}

// Part is one thing Sidetone uses.
type Part struct {
	Name    string `json:"name"`
	Gives   string `json:"gives"` // what works with it
	Present bool   `json:"present"`
	Needed  bool   `json:"needed"` // false: everything works without, only less of it
	Where   string `json:"where"`
	Why     string `json:"why,omitempty"`  // what is wrong
	Mend    string `json:"mend,omitempty"` // the command that mends it
}

const fetch = "make models"

// Inventory looks at every part in d and at the programs used beside them.
func Inventory(d Dir) []Part {
	parts := []Part{
		filePart("onnxruntime", "voice activity and meaning", d.path("onnxruntime"), "libonnxruntime.so"),
		filePart("vad", "voice activity", d.path("vad"), "silero.onnx"),
		filePart("vosk", "live words", d.path("vosk"), "libvosk.so"),
		filePart("vosk-en", "live English words", d.path("vosk-en"), "am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "ivector/final.ie"),
		filePart("embed-en", "English meaning", d.path("embed-en"), "model.onnx", "tokenizer.json"),
		filePart("embed-zh", "Chinese meaning", d.path("embed-zh"), "model.onnx", "tokenizer.json"),
	}
	zh := filePart("vosk-zh", "live Chinese words without a remote engine", d.path("vosk-zh"), "am/final.mdl", "conf/mfcc.conf")
	zh.Needed = false
	if !zh.Present {
		zh.Mend = "unpack a Chinese Vosk model folder to " + zh.Where + ", or configure a remote speech engine (no registry carries one)"
	}
	return append(parts, zh,
		program("flite", "English voices", "flite"),
		program("espeak-ng", "Chinese voice", "espeak-ng"))
}

func filePart(name, gives, dir string, files ...string) Part {
	p := Part{Name: name, Gives: gives, Needed: true, Where: dir}
	if err := whole(dir, files...); err != nil {
		p.Why, p.Mend = err.Error(), fetch
		return p
	}
	p.Present = true
	return p
}

// whole is nil when every file is there and holds something.
func whole(dir string, files ...string) error {
	for _, name := range files {
		st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case err != nil:
			return fmt.Errorf("%s is missing", name)
		case st.Size() == 0:
			return fmt.Errorf("%s is empty", name)
		}
	}
	return nil
}

func program(name, gives, debian string) Part {
	p := Part{Name: name, Gives: gives, Needed: true}
	path, err := exec.LookPath(name)
	if err != nil {
		p.Why, p.Mend = name+" is not installed", "apt-get install "+debian
		return p
	}
	p.Present, p.Where = true, path
	return p
}
