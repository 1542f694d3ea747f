package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// bodyLimit bounds what a client may send; Alloy's own limit is not documented.
const bodyLimit = 4 << 20

// exchange is one call of the simulated API under way.
type exchange struct {
	settings  *settings
	entry     *entry
	body      []byte
	user      user       // whom the call acts for
	named     bool       // x-alloy-userid was given
	connector *connector // of the path; nil: none, or unknown
	action    *action
}

// decode reads the body, which has to be a JSON object. Members that v does not know are noted in the ledger and
// otherwise ignored, as Alloy is believed to do.
func (x *exchange) decode(v any) *problem {
	decoder := json.NewDecoder(bytes.NewReader(x.body))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		return invalidInput("The request body has to be a JSON object: " + err.Error())
	}
	return nil
}

// record writes the call into the ledger: at its arrival, so that one that hangs is seen, and completed at its end,
// however it ends.
func (s *Server) record(operation string, next handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.now()
		x := &exchange{settings: s.settings.current(), entry: newEntry(began, operation, r)}
		if id := param(r, "connector"); id != "" {
			x.entry.Connector, x.entry.Action = id, param(r, "action")
			if x.connector = s.catalog.byID[id]; x.connector != nil {
				x.action = x.connector.actions[x.entry.Action]
			}
			if x.action != nil && operation == "execute" {
				x.entry.Operation, x.entry.Object = x.action.Does, x.action.Object
			}
		}
		var tooLarge *http.MaxBytesError
		var err error
		x.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
		x.entry.keepBody(x.body)
		s.ledger.open(x.entry)
		seen := &statusWriter{ResponseWriter: w}
		defer func() { s.ledger.close(x.entry, seen.status, s.now().Sub(began)) }()
		switch {
		case errors.As(err, &tooLarge):
			x.fail(seen, &problem{
				status: http.StatusRequestEntityTooLarge, code: "INVALID_INPUT", message: "The request body is too large",
			})
		case err != nil: // the client has gone
			panic(http.ErrAbortHandler)
		default:
			next(seen, r, x)
		}
	})
}

func (s *Server) noSuchRoute(w http.ResponseWriter, r *http.Request, x *exchange) {
	x.fail(w, &problem{status: http.StatusNotFound, code: "NOT_FOUND", message: "Cannot " + r.Method + " " + r.URL.Path})
}

// statusWriter remembers the status; 0 means that no answer was begun.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
