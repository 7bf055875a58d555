package playbook

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sidetone/sidetone/rules"
)

//go:embed books/*.yaml
var books embed.FS

//go:embed moments.schema.json
var schema []byte

// Schema is the JSON Schema of a playbook file, for editors.
func Schema() []byte { return slices.Clone(schema) }

// ErrNone is wrapped when a folder holds no playbook.
var ErrNone = errors.New("no playbook")

// Library is every book in force. It is read-only once made: share it.
type Library struct{ Books []*Book }

// BuiltIn are the books that come with Sidetone.
func BuiltIn() (*Library, error) {
	l := &Library{}
	files, err := fs.Glob(books, "books/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		data, err := books.ReadFile(f)
		if err != nil {
			return nil, err
		}
		b, err := Read("built-in "+filepath.Base(f), data)
		if err != nil {
			return nil, err
		}
		l.Books = append(l.Books, b)
	}
	return l, nil
}

// Load reads files and folders (*.yaml, *.yml) of books. A moment of the same id
// and language in a later file takes the place of an earlier one.
func Load(paths ...string) (*Library, error) {
	l := &Library{}
	for _, p := range paths {
		files, err := expand(p)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			st, err := os.Stat(f)
			if err == nil && st.Size() > rules.MaxFile {
				err = &rules.FileError{File: f, Err: fmt.Errorf("the file has %d bytes; at most %d are read", st.Size(), rules.MaxFile)}
			}
			if err != nil {
				return nil, fmt.Errorf("playbook: %w", err)
			}
			data, err := os.ReadFile(f)
			if err != nil {
				return nil, fmt.Errorf("playbook: %w", err)
			}
			b, err := Read(f, data)
			if err != nil {
				return nil, fmt.Errorf("playbook: %w", err)
			}
			l.Books = append(l.Books, b)
		}
	}
	return l, nil
}

func expand(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("playbook: %w", err)
	}
	if !st.IsDir() {
		return []string{path}, nil
	}
	var out []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if slices.Sort(out); len(out) == 0 {
		return nil, fmt.Errorf("%s: %w: it has no .yaml file", path, ErrNone)
	}
	return out, nil
}

// And adds the books of another library after these.
func (l *Library) And(other *Library) *Library {
	return &Library{Books: append(slices.Clone(l.Books), other.Books...)}
}

// Moments are those of a language, each id once, the last one in force.
func (l *Library) Moments(language string) []*Moment {
	var out []*Moment
	at := map[string]int{}
	for _, b := range l.Books {
		if !rules.Speaks(b.Language, language) {
			continue
		}
		for _, m := range b.Moments {
			if i, ok := at[m.ID]; ok {
				out[i] = m
				continue
			}
			at[m.ID] = len(out)
			out = append(out, m)
		}
	}
	return out
}

// Examples are the sentences of every moment by language and id, and under the
// id "" those that are nothing: what the meaning engine learns from.
func (l *Library) Examples() map[string]map[string][]string {
	out := map[string]map[string][]string{}
	for _, b := range l.Books {
		lang, _, _ := strings.Cut(strings.ToLower(b.Language), "-")
		if out[lang] != nil {
			continue
		}
		ids := map[string][]string{}
		for _, m := range l.Moments(lang) {
			if len(m.Examples) > 0 {
				ids[m.ID] = m.Examples
			}
			ids[""] = append(ids[""], m.Leaves...)
		}
		out[lang] = ids
	}
	return out
}
