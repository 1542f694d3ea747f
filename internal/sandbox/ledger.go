package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	ledgerEntries = 100_000   // kept at most
	ledgerBytes   = 128 << 20 // kept at most, of bodies and a guess for the rest
	entryOverhead = 1500      // that guess
	bodyKept      = 64 << 10  // of each body
	redacted      = "[redacted]"
)

// entry is one call of the simulated API. It belongs to the ledger's lock once it is open.
type entry struct {
	Seq       uint64          `json:"seq"`
	Time      time.Time       `json:"time"` // of arrival
	Method    string          `json:"method"`
	Path      string          `json:"path"`
	Query     string          `json:"query,omitempty"`
	Headers   http.Header     `json:"headers"`
	Operation string          `json:"operation"`
	Connector string          `json:"connector,omitempty"`
	Action    string          `json:"action,omitempty"`
	Object    string          `json:"object,omitempty"`
	UserID    string          `json:"userId,omitempty"` // whom the call acted for
	Body      json.RawMessage `json:"body,omitempty"`
	RawBody   string          `json:"rawBody,omitempty"` // the same, byte for byte
	Ignored   []string        `json:"ignored,omitempty"` // members of the body that Alloy does not know
	Fault     string          `json:"fault,omitempty"`   // what was done to the answer
	Status    int             `json:"status"`            // 0: no answer
	Open      bool            `json:"open"`              // still under way
	Applied   bool            `json:"applied"`           // a CRM's records were changed
	RecordID  string          `json:"recordId,omitempty"`
	Execution string          `json:"executionId,omitempty"`
	Micros    int64           `json:"durationMicros"`

	raw []byte
}

func newEntry(at time.Time, operation string, r *http.Request) *entry {
	headers := r.Header.Clone()
	for name := range headers {
		if name == "Authorization" || name == "Cookie" || strings.Contains(strings.ToLower(name), "token") {
			headers[name] = []string{redacted}
		}
	}
	query := r.URL.Query()
	if query.Has("token") {
		query.Set("token", redacted)
	}
	return &entry{
		Time: at, Method: r.Method, Path: r.URL.EscapedPath(), Query: query.Encode(), Headers: headers,
		Operation: operation, Open: true,
	}
}

// keepBody keeps what was sent, unless it holds a CRM's secrets.
func (e *entry) keepBody(body []byte) {
	if e.Operation == "create_credential" {
		body = withoutSecrets(body)
	}
	if len(body) > bodyKept {
		body = bytes.Clone(body[:bodyKept]) // a part of it would keep all of it in memory
	}
	e.raw = body
}

// withoutSecrets blanks everything but the members that Alloy itself defines.
func withoutSecrets(body []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	for name := range members {
		if !slices.Contains([]string{"userId", "authenticationType", "redirectUri", "authConfigId"}, name) {
			members[name] = json.RawMessage(`"` + redacted + `"`)
		}
	}
	raw, _ := json.Marshal(members) // was JSON before
	return raw
}

// ledger is a bounded record of calls, the oldest falling out.
type ledger struct {
	mu      sync.Mutex
	entries []*entry
	size    int
	seq     uint64
	dropped uint64
}

func newLedger() *ledger { return &ledger{} }

func (l *ledger) open(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	e.Seq = l.seq
	l.entries = append(l.entries, e)
	l.size += len(e.raw) + entryOverhead
	for len(l.entries) > ledgerEntries || l.size > ledgerBytes {
		l.size -= len(l.entries[0].raw) + entryOverhead
		l.entries[0] = nil
		l.entries = l.entries[1:]
		l.dropped++
	}
}

// change is how an open entry is written to.
func (l *ledger) change(e *entry, write func(*entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	write(e)
}

func (l *ledger) close(e *entry, status int, took time.Duration) {
	l.change(e, func(e *entry) { e.Status, e.Open, e.Micros = status, false, took.Microseconds() })
}

func (l *ledger) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries, l.size, l.dropped = nil, 0, 0
}

// read returns copies of the entries that match, oldest first, with the bodies as a reader wants them.
func (l *ledger) read(match func(*entry) bool) (found []entry, dropped uint64) {
	found = []entry{}
	l.mu.Lock()
	for _, e := range l.entries {
		if match(e) {
			found = append(found, *e)
		}
	}
	dropped = l.dropped
	l.mu.Unlock()
	for i := range found {
		if e := &found[i]; len(e.raw) > 0 {
			e.RawBody = string(e.raw)
			if json.Valid(e.raw) {
				e.Body = e.raw
			}
		}
	}
	return found, dropped
}
