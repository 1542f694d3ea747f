package web

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// page renders the page once: it is the same for everybody, and signing in happens from its script.
func page(o DemoOptions) http.Handler {
	source, err := files.ReadFile("demo/index.html")
	if err != nil {
		panic(err)
	}
	var body bytes.Buffer
	err = template.Must(template.New("index.html").Parse(string(source))).Execute(&body, struct {
		APIBase, SandboxURL string
		Users               []demoUser
	}{o.APIBase, o.SandboxURL, users})
	if err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body.Bytes()) // the browser may be gone
	})
}

// secure sets the headers of every answer. The page runs its own files only, turns no string into markup (Trusted
// Types without a policy) and cannot be framed; CRM icons are the one thing that may come from elsewhere.
func secure(o DemoOptions, next http.Handler) http.Handler {
	policy := strings.Join([]string{
		"default-src 'self'", "img-src 'self' data: https: http:", "connect-src 'self'" + origin(o.APIBase),
		"object-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// origin is the policy source for another origin's API, with a space before it; nothing for the page's own.
func origin(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return " " + u.Scheme + "://" + u.Host
}
