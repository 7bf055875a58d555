package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// noncePlace is what the built index.html holds where the nonce goes.
const noncePlace = "__CSP_NONCE__"

// guard sets the headers that bind a browser, bounds bodies, and refuses
// requests that another site made a browser send.
func (s *Server) guard(next http.Handler) http.Handler {
	// Checks Sec-Fetch-Site and Origin on every method that changes something;
	// with SameSite=Strict cookies that is two independent locks.
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "this request came from another site: open the console at its own address")
	}))
	checked := sameSite.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if isAPI(r.URL.Path) {
			h.Set("Cache-Control", "no-store")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		ctx := context.WithValue(r.Context(), remoteKey{}, remoteHost(r))
		ctx = context.WithValue(ctx, tlsKey{}, r.TLS != nil)
		checked.ServeHTTP(w, r.WithContext(ctx))
	})
}

// pages serves the console: files as they are, index.html for every other
// address, because the pages route themselves.
type pages struct {
	files fs.FS
	index []byte // nil: the console was not built into this binary
}

func newPages(files fs.FS) (*pages, error) {
	index, err := fs.ReadFile(files, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		return &pages{files: files}, nil
	}
	return &pages{files: files, index: index}, err
}

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Sidetone</title>
<h1>The console is not in this binary</h1>
<p>The gateway works; only its pages are missing. To build them:</p>
<pre>make build</pre>
<p>or, by hand, <code>npm ci &amp;&amp; npm run build</code> in <code>web/console</code>, then build the binary again.
The API is here: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
`

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		writeProblem(w, http.StatusMethodNotAllowed, "this address only shows pages")
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if strings.HasPrefix(name, "assets/") {
		// Built names carry a digest of their content.
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeFileFS(w, r, p.files, name)
		return
	}
	if strings.Contains(path.Base("/"+name), ".") && name != "index.html" {
		http.ServeFileFS(w, r, p.files, name)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	if p.index == nil {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(notBuilt)) // a browser that is gone needs no page
		return
	}
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		writeProblem(w, http.StatusInternalServerError, "the system has no randomness")
		return
	}
	nonce := base64.RawURLEncoding.EncodeToString(b[:])
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce+
		"'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "+
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	_, _ = w.Write(bytes.ReplaceAll(p.index, []byte(noncePlace), []byte(nonce)))
}
