package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pause is what a CRM asked for with a 429: no call with this credential until then.
type pause struct {
	Credential  string
	From, Until time.Time
}

// pauses notes them as the answers leave: the sandbox's ledger does not keep an answer's headers.
type pauses struct {
	mu   sync.Mutex
	list []pause
}

func (p *pauses) all() []pause {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]pause(nil), p.list...)
}

func (p *pauses) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/execute") {
			next.ServeHTTP(w, r)
			return
		}
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return // the service has gone in the middle of its request
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		var call struct {
			CredentialID string `json:"credentialId"`
		}
		_ = json.Unmarshal(raw, &call)
		next.ServeHTTP(&headWatch{w, func(status int) {
			seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if status == http.StatusTooManyRequests && err == nil {
				now := time.Now()
				p.mu.Lock()
				p.list = append(p.list, pause{call.CredentialID, now, now.Add(time.Duration(seconds) * time.Second)})
				p.mu.Unlock()
			}
		}}, r)
	})
}

// headWatch tells the status of an answer before it leaves.
type headWatch struct {
	http.ResponseWriter
	tell func(status int)
}

func (h *headWatch) WriteHeader(status int) {
	h.tell(status)
	h.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a ResponseController reach the connection.
func (h *headWatch) Unwrap() http.ResponseWriter { return h.ResponseWriter }
