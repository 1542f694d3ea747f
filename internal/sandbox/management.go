package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// refuse answers on the management port, in a sentence.
func refuse(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}

func readManagement(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		refuse(w, http.StatusBadRequest, "the body cannot be read: "+err.Error())
		return nil, false
	}
	return raw, true
}

// decodeManagement refuses members that v does not know.
func decodeManagement(w http.ResponseWriter, r *http.Request, v any) bool {
	raw, ok := readManagement(w, r)
	if !ok {
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		refuse(w, http.StatusBadRequest, "the body is not as it should be: "+strings.TrimPrefix(err.Error(), "json: "))
		return false
	}
	return true
}

// GET /
func (s *Server) managementHome(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"about": "Switches of a simulated Alloy. See internal/sandbox/README.md.",
		"switches": map[string]string{ //nolint:gosec // holds no secret
			"GET /settings":                             "what is set",
			"PUT /settings":                             "change some of it",
			"GET, POST, DELETE /faults":                 "misbehaviour on order: {match, kind, status, retryAfter, times, …}",
			"DELETE /faults/{id}":                       "end one fault",
			"GET, POST, DELETE /schemas":                "changes of an action's live schema: {connector, action, path, drop | type, required}",
			"DELETE /schemas/{id}":                      "take one change back",
			"GET /ledger":                               "every API call in order; ?connector=&action=&operation=&userId=&since=&limit=",
			"DELETE /ledger":                            "forget them",
			"GET /records":                              "what the CRMs hold; ?connector=&object=&userId=",
			"PUT /records/{connector}/{object}/{id}":    "change fields behind the client's back; null takes one away",
			"DELETE /records/{connector}/{object}/{id}": "delete a record behind the client's back",
			"GET /credentials":                          "all of them; ?connector=&userId=",
			"POST /credentials/{id}/revoke":             "its calls answer INVALID_CREDENTIAL from now on",
			"DELETE /credentials/{id}":                  "it is no longer known",
			"POST /reset":                               "back to an empty sandbox",
		},
		"settings": choices,
	})
}

// GET /ledger. since is a number of a call (exclusive) or an RFC 3339 time (inclusive).
func (s *Server) readLedger(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var after uint64
	var from time.Time
	if since := query.Get("since"); since != "" {
		var err error
		if after, err = strconv.ParseUint(since, 10, 64); err != nil {
			if from, err = time.Parse(time.RFC3339, since); err != nil {
				refuse(w, http.StatusBadRequest, "since is the seq of a call or an RFC 3339 time")
				return
			}
		}
	}
	one := func(name, have string) bool { return query.Get(name) == "" || query.Get(name) == have }
	entries, dropped := s.ledger.read(func(e *entry) bool {
		return e.Seq > after && !e.Time.Before(from) && one("connector", e.Connector) && one("action", e.Action) &&
			one("operation", e.Operation) && one("userId", e.UserID)
	})
	if limit, err := strconv.Atoi(query.Get("limit")); err == nil && limit >= 0 && limit < len(entries) {
		entries = entries[len(entries)-limit:]
	}
	writeJSON(w, http.StatusOK, map[string]any{"entries": entries, "dropped": dropped})
}

// DELETE /ledger
func (s *Server) clearLedger(w http.ResponseWriter, _ *http.Request) {
	s.ledger.clear()
	w.WriteHeader(http.StatusNoContent)
}

// GET /credentials
func (s *Server) allCredentials(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	found := s.people.credentialsOf(func(c credential) bool {
		connector, user := query.Get("connector"), query.Get("userId")
		return (connector == "" || connector == c.Connector) && (user == "" || user == c.UserID)
	})
	writeJSON(w, http.StatusOK, map[string]any{"credentials": append([]credential{}, found...)})
}

// POST /credentials/{credential}/revoke
func (s *Server) revokeCredential(w http.ResponseWriter, r *http.Request) {
	c, ok := s.people.revoke(param(r, "credential"))
	if !ok {
		refuse(w, http.StatusNotFound, "there is no such credential; GET /credentials lists them")
		return
	}
	s.changed()
	writeJSON(w, http.StatusOK, c)
}

// DELETE /credentials/{credential}
func (s *Server) dropCredential(w http.ResponseWriter, r *http.Request) {
	if !s.people.removeCredential(param(r, "credential")) {
		refuse(w, http.StatusNotFound, "there is no such credential; GET /credentials lists them")
		return
	}
	s.changed()
	w.WriteHeader(http.StatusNoContent)
}

// POST /reset
func (s *Server) reset(w http.ResponseWriter, _ *http.Request) {
	s.settings.mu.Lock()
	s.settings.now.Store(defaultSettings())
	s.settings.mu.Unlock()
	s.faults.remove("")
	s.schemas.remove("")
	s.people.reset()
	s.books.clear()
	s.ledger.clear()
	s.changed()
	w.WriteHeader(http.StatusNoContent)
}
