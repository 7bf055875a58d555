package rules

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxFile is the size in bytes up to which a file of rules is read.
const MaxFile = 4 << 20

// ErrFile is wrapped by every error about a file of rules. The text names the
// file and the line.
var ErrFile = errors.New("bad rules")

// FileError is a fault in a file: what is wrong and where.
type FileError struct {
	File string
	Line int // 0 when the fault is the file as a whole
	Err  error
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *FileError) Unwrap() []error { return []error{ErrFile, e.Err} }

// Decode reads one YAML document into v, strictly: unknown keys, double keys,
// anchors, invalid UTF-8 and files beyond MaxFile are errors that name the line.
// name is for the error only.
func Decode(name string, data []byte, v any) error {
	if len(data) > MaxFile {
		return &FileError{File: name, Err: fmt.Errorf("the file has %d bytes; at most %d are read", len(data), MaxFile)}
	}
	if !utf8.Valid(data) {
		return &FileError{File: name, Line: invalidLine(data), Err: errors.New("the text is not valid UTF-8; save the file as UTF-8")}
	}
	if n := nesting(data); n > maxNesting {
		return &FileError{File: name, Err: fmt.Errorf("the file nests %d deep; at most %d", n, maxNesting)}
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return Place(name, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return &FileError{File: name, Err: errors.New("the file needs exactly one YAML document")}
	}
	body := file.Docs[0].Body
	found := &anchors{}
	ast.Walk(found, body)
	if found.node != nil {
		return &FileError{File: name, Line: Line(found.node), Err: errors.New("anchors and aliases are not read here; write it out")}
	}
	if err := yaml.NodeToValue(body, v, yaml.Strict()); err != nil {
		return Place(name, err)
	}
	return nil
}

// anchors finds the first anchor or alias: they make small files huge or cyclic.
type anchors struct{ node ast.Node }

// Visit implements ast.Visitor.
func (a *anchors) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		if a.node == nil {
			a.node = n
		}
		return nil
	}
	return a
}

// Place turns an error of the YAML library or of a condition into one that
// names the file and the line.
func Place(name string, err error) error {
	var file *FileError
	if errors.As(err, &file) {
		return err
	}
	var place *PlaceError
	if errors.As(err, &place) {
		return &FileError{File: name, Line: place.Line, Err: place.Err}
	}
	var y yaml.Error
	if errors.As(err, &y) {
		line := 0
		if t := y.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
		return &FileError{File: name, Line: line, Err: errors.New(strings.ToLower(firstLine(y.GetMessage())))}
	}
	return &FileError{File: name, Err: errors.New(firstLine(err.Error()))}
}

func firstLine(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }

func invalidLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[n:]
	}
	return line
}

// maxNesting bounds brackets and indents before the parser, which recurses, sees
// them.
const maxNesting = 100

func nesting(data []byte) int {
	deepest, open := 0, 0
	for line := range bytes.Lines(data) {
		body := bytes.TrimLeft(line, " ")
		indent := (len(line) - len(body)) / 2
		for len(body) > 1 && body[0] == '-' && (body[1] == ' ' || body[1] == '-') {
			body = bytes.TrimLeft(body[1:], " ")
			indent++
		}
		for _, c := range body {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			deepest = max(deepest, open+indent)
		}
		deepest = max(deepest, indent)
	}
	return deepest
}
