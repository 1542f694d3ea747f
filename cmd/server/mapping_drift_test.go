package main

import (
	"net/http"
	"testing"
)

// drift changes the live schema of an action, as the CRM's administrator, or Alloy, does.
func (w *world) drift(connector, action, path string, change map[string]any) {
	w.t.Helper()
	body := map[string]any{"connector": connector, "action": action, "path": path}
	for key, value := range change {
		body[key] = value
	}
	w.manage(http.MethodPost, "/schemas", body)
}

// A mapped field that the CRM no longer has, or has with another type, shows in the next send, at the connection, and as
// an event; a PUT of the mapping accepts it.
func TestSchemaDriftShowsAtTheNextSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"SCHEMA_TTL": "300ms"})
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	caller.post("/v1/sends", contact(connection)).want(t, 201)
	if c := caller.get("/v1/connections/"+connection).want(t, 200); c.body["mappingIssues"] != nil {
		t.Fatalf("drift before anything has changed: %v", c)
	}
	w.drift("hubspot", "createContact", "properties.phone", map[string]any{"drop": true})
	w.drift("hubspot", "createContact", "properties.website", map[string]any{"type": "integer"})
	body := contact(connection)
	body["record"] = record("r2", changed(john(), "contact_email", "other@acme.com"))
	w.eventually("a preview shows the drift", func() bool {
		return having(caller.post("/v1/preview", body).want(t, 200).body["issues"], "code", "schema_drift") != nil
	})
	sent := caller.post("/v1/sends", body).want(t, 201)
	if warning := having(sent.body["warnings"], "code", "schema_drift"); warning == nil || warning["to"] != "properties.phone" {
		t.Errorf("the send does not say so: %v", sent)
	}
	shown := caller.get("/v1/connections/"+connection).want(t, 200)
	gone, retyped := having(shown.body["mappingIssues"], "to", "properties.phone"), having(shown.body["mappingIssues"], "to", "properties.website")
	if gone["code"] != "field_gone" || retyped["code"] != "field_retyped" {
		t.Errorf("the connection: %v", shown)
	}
	if n := w.events("mapping.drifted"); n < 1 {
		t.Errorf("%d events", n)
	}
	caller.override(connection, "contact").want(t, 200)
	caller.post("/v1/preview", body).want(t, 200)
	if now := caller.get("/v1/connections/"+connection).want(t, 200); now.body["mappingIssues"] != nil {
		t.Errorf("after the schema was accepted: %v", now)
	}
}

// Drift is noticed without any send, once; and when the field is back, that is noticed too.
func TestSchemaDriftIsLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"SCHEMA_TTL": "300ms"})
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	caller.post("/v1/preview", contact(connection)).want(t, 200)
	w.drift("salesforceCRM", "createContact", "Phone", map[string]any{"drop": true})
	drifted := func() bool {
		return caller.get("/v1/connections/"+connection).want(t, 200).body["mappingIssues"] != nil
	}
	w.eventually("the drift is found", drifted)
	if listed := at(caller.get("/v1/connections").want(t, 200).body, "connections", 0, "mappingIssues", 0, "to"); listed != "Phone" {
		t.Errorf("the list of connections shows %v", listed)
	}
	if n := w.events("mapping.drifted"); n != 1 {
		t.Errorf("%d events for one drift", n)
	}
	w.manage(http.MethodDelete, "/schemas", nil)
	w.eventually("it is healed", func() bool { return !drifted() })
	if n := w.events("mapping.drifted"); n != 2 {
		t.Errorf("%d events for a drift and its end", n)
	}
}

// events counts those of a type that are written for the host.
func (w *world) events(kind string) (n int) {
	w.t.Helper()
	w.row(`SELECT count(*) FROM events WHERE type = $1`, []any{kind}, &n)
	return n
}
