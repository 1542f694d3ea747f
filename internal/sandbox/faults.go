package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// mishap is a misbehaviour that a tester has ordered, for the calls that match.
type mishap struct {
	ID          string   `json:"id"`
	Match       match    `json:"match"`
	Kind        string   `json:"kind"`
	Status      int      `json:"status,omitempty"`
	RetryAfter  string   `json:"retryAfter,omitempty"` // seconds or an HTTP date, as it is
	Times       int      `json:"times"`                // how often it happens; 0: for ever
	Probability *float64 `json:"probability,omitempty"`
	DelayMs     int      `json:"delayMs,omitempty"`
	Body        *string  `json:"body,omitempty"` // in place of the usual one
	Size        int      `json:"size,omitempty"` // bytes, of a huge answer
	Applied     *bool    `json:"applied,omitempty"`
	Happened    int      `json:"happened"`
}

// match says which calls a fault is for. An empty member matches everything.
type match struct {
	Connector string `json:"connector,omitempty"`
	Action    string `json:"action,omitempty"`
	Operation string `json:"operation,omitempty"` // create, update, get, … of an execute; create_credential, …
	Object    string `json:"object,omitempty"`    // contact, company, deal
	UserID    string `json:"userId,omitempty"`
	Path      string `json:"path,omitempty"` // beginning of the request's path
}

// kinds are the faults, with whether the call is carried out before them unless "applied" says otherwise.
var kinds = map[string]bool{
	"status":             false, // an error answer
	"hang":               false, // no answer until the client gives up
	"cut_before":         false, // connection closed, nothing done
	"cut_after":          true,  // done, connection closed without an answer
	"delay":              false, // waits, then behaves; with applied: behaves, then waits
	"slow":               true,  // the right answer, byte by byte
	"garbage":            false, // an answer that is no JSON
	"huge":               false, // an answer that does not end soon
	"invalid_credential": false, // as if the credential had been revoked
}

const (
	maxHang   = 10 * time.Minute
	hugeSize  = 64 << 20
	maxSize   = 4 << 30
	maxFaults = 1000
)

func (m *mishap) check() error {
	switch _, ok := kinds[m.Kind]; {
	case !ok:
		names := make([]string, 0, len(kinds))
		for name := range kinds {
			names = append(names, name)
		}
		slices.Sort(names)
		return fmt.Errorf("there is no fault of the kind %q; the kinds are %s", m.Kind, strings.Join(names, ", "))
	case m.Kind == "status" && (m.Status < 400 || m.Status > 599), m.Status != 0 && (m.Status < 200 || m.Status > 599):
		return fmt.Errorf("status %d is none; kind \"status\" needs one from 400 to 599", m.Status)
	case m.Times < 0:
		return fmt.Errorf("times is 0 (for ever) or more")
	case m.Probability != nil && !(*m.Probability > 0 && *m.Probability <= 1):
		return fmt.Errorf("probability is more than 0 and at most 1")
	case m.DelayMs < 0 || m.DelayMs > maxDelayMs:
		return fmt.Errorf("delayMs is 0 to %d", maxDelayMs)
	case (m.Kind == "delay" || m.Kind == "slow") && m.DelayMs == 0:
		return fmt.Errorf("kind %q needs delayMs", m.Kind)
	case m.Size < 0 || m.Size > maxSize:
		return fmt.Errorf("size is 0 to %d bytes", maxSize)
	case m.Applied != nil && *m.Applied && m.Kind == "cut_before":
		return fmt.Errorf("cut_before is never applied; use cut_after")
	}
	return nil
}

// applied reports whether the call is carried out before the fault.
func (m *mishap) applied() bool {
	if m.Applied != nil {
		return *m.Applied
	}
	return kinds[m.Kind]
}

func (m match) fits(e *entry, user string) bool {
	one := func(wanted, have string) bool { return wanted == "" || wanted == have }
	return one(m.Connector, e.Connector) && one(m.Action, e.Action) && one(m.Operation, e.Operation) &&
		one(m.Object, e.Object) && one(m.UserID, user) && strings.HasPrefix(e.Path, m.Path)
}

// faults are the mishaps ordered, oldest first.
type faults struct {
	mu   sync.Mutex
	list []*mishap
	seq  int
}

func newFaults() *faults { return &faults{} }

func (f *faults) add(m mishap) (mishap, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) == maxFaults {
		return m, fmt.Errorf("there are %d faults already; DELETE /faults removes them", maxFaults)
	}
	f.seq++
	m.ID, m.Happened = strconv.Itoa(f.seq), 0
	f.list = append(f.list, &m)
	return m, nil
}

// strike returns the first fault that is for the call and still happens; it counts it.
func (f *faults) strike(e *entry, user string) (mishap, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.list {
		switch {
		case !m.Match.fits(e, user), m.Times > 0 && m.Happened >= m.Times:
		case m.Probability != nil && rand.Float64() >= *m.Probability: //nolint:gosec // a coin
		default:
			m.Happened++
			return *m, true
		}
	}
	return mishap{}, false
}

func (f *faults) all() []mishap {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]mishap, len(f.list))
	for i, m := range f.list {
		list[i] = *m
	}
	return list
}

// remove takes one away, or all with "".
func (f *faults) remove(id string) (found bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.list)
	f.list = slices.DeleteFunc(f.list, func(m *mishap) bool { return id == "" || m.ID == id })
	return len(f.list) < before
}

// POST /faults
func (s *Server) addFault(w http.ResponseWriter, r *http.Request) {
	var m mishap
	if !decodeManagement(w, r, &m) {
		return
	}
	err := m.check()
	if err == nil {
		m, err = s.faults.add(m)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusCreated, m)
}

// GET /faults
func (s *Server) listFaults(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"faults": s.faults.all()})
}

// DELETE /faults
func (s *Server) clearFaults(w http.ResponseWriter, _ *http.Request) {
	s.faults.remove("")
	w.WriteHeader(http.StatusNoContent)
}

// DELETE /faults/{fault}
func (s *Server) removeFault(w http.ResponseWriter, r *http.Request) {
	if !s.faults.remove(param(r, "fault")) {
		refuse(w, http.StatusNotFound, "there is no such fault; GET /faults lists them")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
