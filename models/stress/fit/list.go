package fit

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// most bounds a list: an office's labelled clips, not the internet.
const most = 100_000

// List reads a CSV with the columns file, speaker and label, in any order and
// among others. An error names the line and what to write there.
func List(r io.Reader) ([]Clip, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	in.FieldsPerRecord = 0
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("list: no header line: it begins with file,speaker,label: %w", err)
	}
	var at [3]int
	for i, name := range []string{"file", "speaker", "label"} {
		at[i] = slices.IndexFunc(head, func(h string) bool {
			return strings.EqualFold(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")), name)
		})
		if at[i] < 0 {
			return nil, fmt.Errorf("list: the header %q has no column %q", strings.Join(head, ","), name)
		}
	}
	var out []Clip
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		line, _ := in.FieldPos(0)
		c := Clip{File: row[at[0]], Speaker: strings.TrimSpace(row[at[1]]), Label: strings.ToLower(strings.TrimSpace(row[at[2]]))}
		switch {
		case c.File == "" || c.Speaker == "":
			return nil, fmt.Errorf("list: line %d: file and speaker must not be empty", line)
		case !slices.Contains(Labels(), c.Label):
			return nil, fmt.Errorf("list: line %d: label %q is none of %s", line, c.Label, strings.Join(Labels(), ", "))
		case len(out) == most:
			return nil, fmt.Errorf("list: more than %d clips", most)
		}
		out = append(out, c)
	}
}
