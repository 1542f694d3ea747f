package callback

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
)

// Page is what the page says.
type Page struct {
	Title   string // in a few words
	Message string // what it means and what to do
	// Status is the connection's (active, pending) or failed; expired and unknown are for a state that names no flow.
	Status       string
	ConnectionID string   // empty: there is nothing to tell an opener
	Origins      []string // exact origins that may be told; patterns and "null" are left out
}

var (
	//go:embed page.html
	markup string
	//go:embed page.css
	style string
	//go:embed page.js
	script string

	layout = template.Must(template.New("callback").Parse(markup))
)

// Policy is the Content-Security-Policy of the page. Style and script are part of the page, named by their hashes.
func Policy() string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		hash(style), hash(script))
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Render writes the page as HTML. It needs the header Content-Security-Policy: [Policy] to run its script.
func Render(w io.Writer, p Page) error {
	p.Origins = exact(p.Origins)
	return layout.Execute(w, struct {
		Page
		Style  template.CSS
		Script template.JS
	}{p, template.CSS(style), template.JS(script)}) //nolint:gosec // both are files of this package
}

// exact leaves out what names no one origin: patterns, which postMessage would take for "anybody" or not at all, and
// the opaque origin.
func exact(origins []string) []string {
	var kept []string
	for _, o := range origins {
		if o != "" && o != "null" && !strings.Contains(o, "*") {
			kept = append(kept, o)
		}
	}
	return kept
}

// Write answers a browser with the page and its headers.
func Write(w http.ResponseWriter, status int, p Page) error {
	var body bytes.Buffer
	if err := Render(&body, p); err != nil {
		return fmt.Errorf("callback page: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", Policy())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the state
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	return err
}
