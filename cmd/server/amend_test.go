package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A create that turns into an update says so in its row before the update is called, and ever after: a crash in the call is
// judged by what may have been made.
func TestChangeOfMindIsStoredFirst(t *testing.T) {
	t.Parallel()
	w, caller, connection, _ := stocked(t, "hubspot", "contact", john())
	w.fault(map[string]any{"match": map[string]any{"operation": "update"}, "kind": "delay", "delayMs": 1500, "times": 1})
	done := make(chan answer, 1)
	go func() {
		done <- caller.post("/v1/sends", map[string]any{"connectionId": connection, "object": "contact", "record": record("r1", changed(john(), "contact_phone", "999"))})
	}()
	w.eventually("the update is under way", func() bool {
		return strings.Contains(string(caller.get("/v1/sends?status=sending").raw), `"operation":"update"`)
	})
	sent := (<-done).want(t, http.StatusOK)
	if stored := caller.get("/v1/sends/"+sent.str("id")).want(t, 200); stored.str("operation") != "update" {
		t.Errorf("answered %v, stored %v", sent, stored)
	}
}

// A process that is asked to stop does not wait for the turn of what has not begun: it is queued for the others.
func TestStopQueuesWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 3000})
	first, second := make(chan answer, 1), make(chan answer, 1)
	go func() { first <- caller.post("/v1/sends", body) }()
	w.eventually("the CRM is called", func() bool {
		return strings.Contains(string(caller.get("/v1/sends?status=sending").raw), `"sending"`)
	})
	other := contact(body["connectionId"].(string))
	other["record"] = record("r1", changed(john(), "contact_phone", "2"))
	go func() { second <- caller.post("/v1/sends", other) }()
	time.Sleep(300 * time.Millisecond) // until it waits
	if code := w.stop(); code != 0 {
		t.Errorf("the program ended with %d", code)
	}
	(<-first).want(t, 201)
	if a := (<-second).want(t, http.StatusAccepted); a.str("status") != "queued" {
		t.Errorf("%v", a)
	}
}
