package api

import (
	"net/http"

	"sendtocrm/internal/crm"
)

// asProblems lets a handler that knows nothing of problems refuse as all others do: its plain 404 and 405 become
// problem+json.
func asProblems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caught := &refusal{ResponseWriter: w}
		next.ServeHTTP(caught, r)
		switch caught.status {
		case http.StatusNotFound:
			writeProblem(w, r, noSuchPath())
		case http.StatusMethodNotAllowed:
			writeProblem(w, r, wrongMethod(r))
		}
	})
}

// refusal holds back a 404 or 405 and its body.
type refusal struct {
	http.ResponseWriter
	status int
}

// WriteHeader passes on what is no refusal.
func (w *refusal) WriteHeader(status int) {
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		w.status = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write swallows the body of a refusal.
func (w *refusal) Write(p []byte) (int, error) {
	if w.status != 0 {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

func noSuchPath() error {
	return &crm.Error{Code: crm.NotFound, Detail: "There is no such path.", Remedy: "See /docs for the paths."}
}

func wrongMethod(r *http.Request) error {
	return &crm.Error{Code: crm.MethodNotAllowed, Detail: "This path does not take the method " + bounded(r.Method, 16) + "."}
}
