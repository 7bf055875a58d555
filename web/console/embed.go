// Package console carries the built pages inside the binary.
//
// It exists so that one file is the whole product. It must never need Node to
// build: without pages it embeds an empty folder, and the web says how to
// build them.
package console

import (
	"embed"
	"io/fs"
)

// dist holds what npm run build made, and .keep, without which a clean
// checkout would have nothing to embed.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built pages; index.html is absent when they were not built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("console: " + err.Error()) // a constant, valid path
	}
	return files
}
