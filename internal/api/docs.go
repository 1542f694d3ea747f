package api

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"sendtocrm/internal/crm"
)

// docsPolicy lets the embedded documentation page run its own script, and nothing from elsewhere.
const docsPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	_, _ = w.Write(s.Spec) // the caller may be gone
}

func (s *Server) docs(w http.ResponseWriter, r *http.Request) {
	s.docsAssets().ServeHTTP(w, r)
}

// docsAssets serves Swagger UI from the binary.
func (s *Server) docsAssets() http.Handler {
	ui := v5emb.NewHandlerWithConfig(swgui.Config{
		Title: "Send to CRM", SwaggerJSON: "/openapi.yaml", BasePath: "/docs/", HideCurl: false,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		ui.ServeHTTP(w, r)
	})
}

var errorsTemplate = template.Must(template.New("errors").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Problems of Send to CRM</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
dt { font-weight: 600; margin-top: 1.25rem; scroll-margin-top: 1rem } dt:target { outline: 2px solid; outline-offset: .25rem }
dd { margin: 0 } code { font-size: .95em }
</style></head><body>
<h1>Problems</h1>
<p>Every answer that is not 2xx is <code>application/problem+json</code> with one of these codes. The remedy here is the
usual one; an answer may carry a better one. A retryable problem may go away by itself.</p>
<dl>{{range .}}<dt id="{{.Code}}"><code>{{.Code}}</code> · {{.Status}}{{if .Retryable}} · retryable{{end}}</dt>
<dd>{{.Title}}. {{.Remedy}}</dd>{{end}}</dl></body></html>
`))

// errorsPage is the register of problems, from the table that the answers come from.
func errorsPage(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Code          crm.Code
		Status        int
		Title, Remedy string
		Retryable     bool
	}
	var rows []row
	for code, kind := range kinds {
		rows = append(rows, row{code, kind.status, kind.title, code.Remedy(), code.Retryable()})
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(string(a.Code), string(b.Code)) })
	var page bytes.Buffer
	if err := errorsTemplate.Execute(&page, rows); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_, _ = page.WriteTo(w) // the caller may be gone
}
