package sandbox

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

// pages are what a person sees: plain HTML and CSS, no script, nothing from elsewhere.
type pages struct {
	byName map[string]*template.Template
}

func parsePages() (*pages, error) {
	css, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return nil, err
	}
	p := &pages{byName: map[string]*template.Template{}}
	for _, name := range []string{"home", "consent", "apology", "accounts", "crm", "record"} {
		t := template.New("layout.html").Funcs(template.FuncMap{
			"css": func() template.CSS { return template.CSS(css) }, //nolint:gosec // our own file
		})
		if p.byName[name], err = t.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// render writes a page. Nothing on it may run, and no other page may frame it.
func (s *Server) render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := s.pages.byName[name].Execute(&page, data); err != nil {
		s.log.Error().Err(err).Str("page", name).Msg("a page of the sandbox could not be rendered")
		http.Error(w, "This page could not be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // a browser that has gone
}

// apology is a page with a headline and a sentence.
type apology struct {
	status       int
	Title, Words string
}

func (s *Server) apologise(w http.ResponseWriter, a apology) { s.render(w, a.status, "apology", a) }

// GET /
func (s *Server) homePage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "home", map[string]any{"Connectors": s.catalog.connectors, "URL": s.url("")})
}

// GET /icons/{file}: the connector's first letter on its colour.
func (s *Server) icon(w http.ResponseWriter, r *http.Request) {
	id, isSVG := strings.CutSuffix(param(r, "file"), ".svg")
	c := s.catalog.byID[id]
	if c == nil || !isSVG {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "max-age=3600")
	_, _ = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="%s">`+
		`<rect width="48" height="48" rx="11" fill="%s"/><text x="24" y="33" font-family="system-ui,sans-serif" `+
		`font-size="25" font-weight="700" fill="#fff" text-anchor="middle">%s</text></svg>`, c.Name, c.Color, c.Name[:1])
}
