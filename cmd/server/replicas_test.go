package main

import (
	"net/http"
	"slices"
	"sync"
	"testing"
)

// newReplica is the same installation once more: the same database, settings and Alloy, another process and address.
func newReplica(t *testing.T, w *world) *world {
	t.Helper()
	addr := freeAddr(t)
	other := &world{t: t, db: w.db, url: "http://" + addr, alloy: w.alloy, management: w.management, settings: env{}}
	for name, value := range w.settings {
		other.settings[name] = value
	}
	other.settings["LISTEN_ADDR"] = addr
	other.start()
	return other
}

// The same record at two replicas at once, in two versions: one CRM record, each version sent once, everybody answered.
func TestDoubleSubmitAcrossReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replicas := []*world{w, newReplica(t, w)}
	connection := w.service("user-1").connected("hubspot")
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 300})
	var mu sync.Mutex
	var ids []string
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			fields := john()
			if i%4 > 1 {
				fields = changed(fields, "contact_phone", "2")
			}
			a := replicas[i%2].service("user-1").post("/v1/sends", map[string]any{"connectionId": connection, "object": "contact", "record": record("r1", fields)})
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, a.str("crmRecord", "id"))
			if a.status != http.StatusCreated && a.status != http.StatusOK {
				t.Errorf("%v", a)
			}
		})
	}
	group.Wait()
	slices.Sort(ids)
	if distinct := slices.Compact(ids); len(distinct) != 1 || distinct[0] == "" {
		t.Errorf("CRM ids %v", distinct)
	}
	creates := 0
	for _, call := range w.executions("hubspot") {
		if call["operation"] == "create" {
			creates++
		}
	}
	if n := len(w.records("hubspot", "contact")); n != 1 || creates != 1 {
		t.Errorf("%d creates, %d records", creates, n)
	}
}

// What is queued when the CRM refuses the credential makes no further calls, waits for the reconnect, and goes on then.
func TestRevokedWhileQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	w.revoke("hubspot")
	var sends []string
	for _, id := range []string{"r1", "r2", "r3"} {
		body := contact(connection)
		body["record"] = record(id, changed(john(), "contact_email", id+"@acme.example"))
		a := caller.with("Prefer", "respond-async").post("/v1/sends", body)
		if a.status == http.StatusConflict { // the first has been refused already
			a.want(t, http.StatusConflict, "reconnect_required")
			continue
		}
		sends = append(sends, a.want(t, http.StatusAccepted).str("id"))
	}
	w.eventually("the connection needs a reconnect", func() bool {
		return caller.get("/v1/connections/"+connection).str("status") == "needs_reconnect"
	})
	calls := len(w.executions("hubspot"))
	caller.with("Prefer", "respond-async").post("/v1/sends", contact(connection)).want(t, http.StatusConflict, "reconnect_required")
	for _, id := range sends {
		if a := caller.get("/v1/sends/"+id).want(t, 200); a.str("status") != "queued" && a.str("status") != "sending" {
			t.Errorf("%v", a)
		}
	}
	again := caller.post("/v1/connections/"+connection+"/reconnect", map[string]any{}).want(t, 200)
	if n := len(w.executions("hubspot")); n > calls+len(sends) {
		t.Errorf("%d calls with a credential that is known to be of no use", n-calls)
	}
	w.consent(again.str("authorizationUrl"), "Allow")
	w.eventually("the connection works again", func() bool {
		return caller.get("/v1/connections/"+connection).str("status") == "active"
	})
	for _, id := range sends {
		if a := caller.settled(id); a.str("status") != "succeeded" {
			t.Errorf("%v", a)
		}
	}
	if n := len(w.records("hubspot", "contact")); n != len(sends) || n == 0 {
		t.Errorf("%d records for %d sends", n, len(sends))
	}
}
