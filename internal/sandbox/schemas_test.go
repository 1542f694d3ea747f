package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (w *world) schema(connector, action string) answer {
	w.t.Helper()
	return w.call("", http.MethodGet, "/connectors/"+connector+"/actions/"+action, nil).want(http.StatusOK)
}

func TestSchemaChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, other := w.schema("hubspot", "createContact"), w.schema("hubspot", "updateContact")
	change := func(body object) string {
		t.Helper()
		return w.manage(http.MethodPost, "/schemas", body).want(http.StatusCreated).text("id")
	}
	contact := func(path string, more object) object {
		more["connector"], more["action"], more["path"] = "hubspot", "createContact", path
		return more
	}
	change(contact("properties.website", object{"drop": true}))
	change(contact("properties.email", object{"required": false}))
	change(contact("properties.phone", object{"type": "number", "required": true}))
	last := change(contact("properties.shoe_size", object{"type": "integer", "required": true}))

	inner := []any{"action", "requestBody", "properties", "properties"}
	now := w.schema("hubspot", "createContact")
	want := object{
		"type": "object", "required": []any{"firstname", "lastname", "phone", "shoe_size"},
		"properties": object{
			"firstname": object{"type": "string"}, "lastname": object{"type": "string"}, "email": object{"type": "string"},
			"company": object{"type": "string"}, "phone": object{"type": "number"}, "shoe_size": object{"type": "integer"},
		},
	}
	if diff := cmp.Diff(want, now.at(inner...)); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(other.body(), w.schema("hubspot", "updateContact").body()); diff != "" {
		t.Errorf("another action's (-want +got):\n%s", diff)
	}
	if n := w.manage(http.MethodGet, "/schemas", nil).want(http.StatusOK).length("changes"); n != 4 {
		t.Errorf("%d changes, want 4", n)
	}
	w.manage(http.MethodDelete, "/schemas/"+last, nil).want(http.StatusNoContent)
	w.manage(http.MethodDelete, "/schemas/"+last, nil).want(http.StatusNotFound)
	if fields := w.schema("hubspot", "createContact").at(append(inner, "properties")...).(object); fields["shoe_size"] != nil {
		t.Errorf("taken back, but there: %v", fields)
	}
	w.manage(http.MethodDelete, "/schemas", nil).want(http.StatusNoContent)
	if diff := cmp.Diff(before.body(), w.schema("hubspot", "createContact").body()); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
}

// A changed schema is the one that Alloy itself checks by, inside lists too, and a reset ends the change.
func TestSchemaChangeInForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	zoho := w.link("zohoCRM")
	w.set(object{"strictSchema": true})
	w.manage(http.MethodPost, "/schemas", object{"connector": "zohoCRM", "action": "createContact", "path": "data[0].Email", "required": true}).want(http.StatusCreated)
	body := object{"data": []any{object{"Last_Name": "Doe"}}}
	if a := zoho.execute("createContact", body); a.status != http.StatusBadRequest || !strings.Contains(string(a.raw), "data.Email") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	w.manage(http.MethodPost, "/reset", nil).want(http.StatusNoContent)
	if n := w.manage(http.MethodGet, "/schemas", nil).length("changes"); n != 0 {
		t.Errorf("%d changes after a reset", n)
	}
}

func TestSchemaChangesRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for part, body := range map[string]object{
		`no connector "hubspott"`:          {"connector": "hubspott", "action": "createContact", "path": "properties.email", "drop": true},
		`no action "makeContact"`:          {"connector": "hubspot", "action": "makeContact", "path": "properties.email", "drop": true},
		"takes no body":                    {"connector": "hubspot", "action": "getContact", "path": "properties.email", "drop": true},
		"nothing changes":                  {"connector": "hubspot", "action": "createContact", "path": "properties.email"},
		"neither a type":                   {"connector": "hubspot", "action": "createContact", "path": "properties.email", "drop": true, "type": "number"},
		`type "text" is none of`:           {"connector": "hubspot", "action": "createContact", "path": "properties.email", "type": "text"},
		"lists no properties.shoe_size":    {"connector": "hubspot", "action": "createContact", "path": "properties.shoe_size", "drop": true},
		"has nothing at fields":            {"connector": "hubspot", "action": "createContact", "path": "fields.email", "drop": true},
		"lists no fields where properties": {"connector": "hubspot", "action": "createContact", "path": "properties.email.domain", "drop": true},
		`path "data[0]" is none`:           {"connector": "zohoCRM", "action": "createContact", "path": "data[0]", "drop": true},
		`path "" is none`:                  {"connector": "zohoCRM", "action": "createContact", "drop": true},
		"unknown field":                    {"connector": "zohoCRM", "action": "createContact", "field": "x"},
	} {
		a := w.manage(http.MethodPost, "/schemas", body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text("error"), part) {
			t.Errorf("%s: %d %s", part, a.status, a.raw)
		}
	}
}
