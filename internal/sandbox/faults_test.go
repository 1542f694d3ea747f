package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (w *world) fault(f object) answer {
	w.t.Helper()
	return w.manage(http.MethodPost, "/faults", f).want(http.StatusCreated)
}

// attempt executes without failing the test where the connection breaks.
func (l link) attempt(ctx context.Context, action string, body any) (answer, error) {
	raw, err := json.Marshal(object{"credentialId": l.credential, "requestBody": body})
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.w.api.URL+"/connectors/"+l.connector+"/actions/"+action+"/execute", strings.NewReader(string(raw)))
	if err != nil {
		return answer{}, err
	}
	request.Header = headers(l.user)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return answer{l.w.t, response.StatusCode, response.Header, got}, err
}

func (w *world) records() int {
	w.t.Helper()
	return w.manage(http.MethodGet, "/records", nil).length("records")
}

// The connection closes without an answer; only after cut_after is the record there.
func TestCuts(t *testing.T) {
	t.Parallel()
	for kind, written := range map[string]int{"cut_before": 0, "cut_after": 1} {
		w := newWorld(t)
		hub := w.link("hubspot")
		w.fault(object{"kind": kind, "match": object{"connector": "hubspot", "operation": "create"}, "times": 1})
		body := properties("email", "a@b.co")
		a, err := hub.attempt(t.Context(), "createContact", body)
		if err == nil {
			t.Errorf("%s: answered %d %s", kind, a.status, a.raw)
		}
		if n := w.records(); n != written {
			t.Errorf("%s: %d records, want %d", kind, n, written)
		}
		entry := w.manage(http.MethodGet, "/ledger?operation=create", nil)
		if entry.at("entries", 0, "applied") != (written == 1) || entry.at("entries", 0, "status") != 0.0 || entry.text("entries", 0, "fault") != kind {
			t.Errorf("%s: the ledger says %s", kind, entry.raw)
		}
		again, err := hub.attempt(t.Context(), "createContact", body)
		if err != nil || again.status != map[int]int{0: 200, 1: 409}[written] {
			t.Errorf("%s: afterwards %d %v", kind, again.status, err)
		}
	}
}

func TestStatusFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	create := func() answer {
		t.Helper()
		return hub.execute("createContact", properties("email", "a@b.co"))
	}
	w.fault(object{"kind": "status", "status": 429, "retryAfter": "Wed, 21 Oct 2026 07:28:00 GMT", "times": 1})
	a := create().want(http.StatusTooManyRequests)
	if a.header.Get("Retry-After") != "Wed, 21 Oct 2026 07:28:00 GMT" || a.text("error", "code") != "RATE_LIMIT_EXCEEDED" || a.text("error", "message") != "Too many requests" {
		t.Errorf("%v %s", a.header, a.raw)
	}
	w.fault(object{"kind": "status", "status": 429, "times": 1})
	if a = create().want(http.StatusTooManyRequests); a.header.Get("Retry-After") != "" {
		t.Errorf("%v", a.header)
	}
	w.fault(object{"kind": "status", "status": 503, "body": "down", "times": 1})
	if a = create().want(http.StatusServiceUnavailable); string(a.raw) != "down" {
		t.Errorf("%s", a.raw)
	}
	if w.records() != 0 {
		t.Error("a refused call was carried out")
	}
	w.fault(object{"kind": "status", "status": 504, "applied": true, "times": 1})
	create().want(http.StatusGatewayTimeout)
	if w.records() != 1 {
		t.Error("an applied fault wrote nothing")
	}
	w.fault(object{"kind": "invalid_credential", "times": 1})
	if a = create().want(http.StatusUnauthorized); a.text("error", "code") != "INVALID_CREDENTIAL" {
		t.Errorf("%s", a.raw)
	}
	w.fault(object{"kind": "garbage", "times": 1})
	if a = create().want(http.StatusBadGateway); a.header.Get("Content-Type") != "text/html" || json.Valid(a.raw) {
		t.Errorf("%s", a.raw)
	}
	w.fault(object{"kind": "garbage", "status": 200, "body": `{"responseData":`, "times": 1})
	if a = create().want(http.StatusOK); string(a.raw) != `{"responseData":` {
		t.Errorf("%s", a.raw)
	}
	w.fault(object{"kind": "huge", "size": 3_000_000, "times": 1})
	if a = create().want(http.StatusOK); len(a.raw) < 3_000_000 || !json.Valid(a.raw) {
		t.Errorf("%d bytes", len(a.raw))
	}
	create().want(http.StatusConflict)
}

func TestFaultsMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub, sales := w.link("hubspot"), w.link("salesforceCRM")
	for name, c := range map[string]struct {
		match object
		hits  [3]bool // hubspot createContact, hubspot listDeals, salesforceCRM createContact
	}{
		"everything": {object{}, [3]bool{true, true, true}},
		"connector":  {object{"connector": "hubspot"}, [3]bool{true, true, false}},
		"action":     {object{"action": "createContact"}, [3]bool{true, false, true}},
		"operation":  {object{"operation": "list"}, [3]bool{false, true, false}},
		"object":     {object{"object": "deal"}, [3]bool{false, true, false}},
		"user":       {object{"userId": sales.user}, [3]bool{false, false, true}},
		"path":       {object{"path": "/connectors/hubspot/"}, [3]bool{true, true, false}},
		"both":       {object{"connector": "salesforceCRM", "operation": "list"}, [3]bool{}},
		"other call": {object{"operation": "create_credential"}, [3]bool{}},
	} {
		w.manage(http.MethodDelete, "/faults", nil).want(http.StatusNoContent)
		w.fault(object{"kind": "status", "status": 418, "match": c.match})
		got := [3]bool{
			hub.execute("createContact", object{}).status == 418, hub.execute("listDeals", nil).status == 418,
			sales.execute("createContact", object{}).status == 418,
		}
		if got != c.hits {
			t.Errorf("%s: %v, want %v", name, got, c.hits)
		}
	}
	w.manage(http.MethodDelete, "/faults", nil).want(http.StatusNoContent)
	one := w.fault(object{"kind": "status", "status": 418, "match": object{"operation": "create_credential"}})
	w.call(hub.user, http.MethodPost, "/connectors/hubspot/credentials", object{}).want(418)
	if a := w.manage(http.MethodGet, "/faults", nil); a.at("faults", 0, "happened") != 1.0 {
		t.Errorf("%s", a.raw)
	}
	w.manage(http.MethodDelete, "/faults/"+one.text("id"), nil).want(http.StatusNoContent)
	w.manage(http.MethodDelete, "/faults/"+one.text("id"), nil).want(http.StatusNotFound)
}

func TestFaultProbability(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	w.fault(object{"kind": "status", "status": 500, "probability": 0.5})
	failed := 0
	for range 200 {
		if hub.execute("listContacts", nil).status == 500 {
			failed++
		}
	}
	if failed < 60 || failed > 140 { // 5.6 standard deviations
		t.Errorf("%d of 200 failed", failed)
	}
}

func TestSlowFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	for _, kind := range []string{"delay", "slow"} {
		w.fault(object{"kind": kind, "delayMs": 200, "times": 1})
		began := time.Now()
		hub.execute("listContacts", nil).want(http.StatusOK).at("responseData", "results")
		if took := time.Since(began); took < 150*time.Millisecond {
			t.Errorf("%s took %s", kind, took)
		}
	}
	w.fault(object{"kind": "hang", "times": 1, "applied": true})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := hub.attempt(ctx, "createContact", properties("email", "a@b.co")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a hanging call: %v", err)
	}
	if w.records() != 1 {
		t.Error("the hanging call was not carried out")
	}
	entry := w.manage(http.MethodGet, "/ledger?operation=create", nil)
	if entry.text("entries", 0, "fault") != "hang" || entry.at("entries", 0, "applied") != true {
		t.Errorf("%s", entry.raw)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for part, f := range map[string]object{
		"the kinds are cut_after":   {"kind": "explode"},
		"needs one from 400":        {"kind": "status"},
		"unknown field \"matches\"": {"kind": "hang", "matches": object{}},
		"needs delayMs":             {"kind": "slow"},
		"probability":               {"kind": "hang", "probability": 2},
		"times":                     {"kind": "hang", "times": -1},
		"delayMs is 0 to":           {"kind": "delay", "delayMs": 1e9},
		"use cut_after":             {"kind": "cut_before", "applied": true},
		"size is":                   {"kind": "huge", "size": -1},
	} {
		a := w.manage(http.MethodPost, "/faults", f)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text("error"), part) {
			t.Errorf("%v: %d %s", f, a.status, a.raw)
		}
	}
}
