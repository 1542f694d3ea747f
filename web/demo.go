package web

import (
	"net/http"
)

// DemoOptions say where the demo finds the service.
type DemoOptions struct {
	// APIBase is the service's origin as the browser reaches it, such as "https://crm.example.com"; empty: the page's own.
	APIBase string
	// ServiceKey is the secret that the host's back end calls the service with. It stays in this process.
	ServiceKey string
	// API is the service's own handler. POST /v1/sessions is called in process, as a host's back end would over HTTP.
	API http.Handler
	// SandboxURL is where the sandbox's CRMs can be looked at; empty: the page has no such link.
	SandboxURL string
}

// users are the people who can be signed in at the demo host. The host's word is all that the service has for who they
// are, so nobody else gets a token.
var users = []demoUser{{ID: "demo-user-1", Name: "Demo user 1"}, {ID: "demo-user-2", Name: "Demo user 2"}}

type demoUser struct{ ID, Name string }

// Demo serves the demo host: GET /demo, GET /demo/assets/* and POST /demo/session. It panics only where the files built
// into the binary are broken.
func Demo(o DemoOptions) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /demo", page(o))
	mux.Handle("GET /demo/assets/", assets())
	mux.Handle("POST /demo/session", sessions(o))
	return secure(o, mux)
}
