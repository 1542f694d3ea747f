package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A create whose answer was lost is looked up by what it carried, whatever the mapping has become meanwhile.
func TestKeyMovesWhileACreateIsUnknown(t *testing.T) {
	t.Parallel()
	for connector, to := range map[string]string{
		"hubspot": "properties.email", "salesforceCRM": "Email", "copper": "emails", "zohoCRM": "data[0].Email", "pipedrive": "emails",
	} {
		t.Run(connector, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, env{"LOOKUP_LAG": "300ms"})
			caller := w.service("user-1")
			connection := caller.anyhow(connector)
			body := sendBody(connection, "contact", "r1", changed(john(), "alt_email", "other@acme.com"))
			caller.post("/v1/preview", body).want(t, 200) // what is asked of Alloy once is at hand
			w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "hang", "applied": true, "times": 1})
			held := make(chan answer)
			go func() { held <- caller.post("/v1/sends", body) }()
			w.eventually("the CRM has the record", func() bool { return len(w.records(connector, "contact")) == 1 })
			caller.override(connection, "contact", map[string]any{"to": to, "from": []string{"alt_email"}}).want(t, 200)
			sent := <-held
			if done := caller.settled(sent.want(t, http.StatusAccepted).str("id")); done.str("status") != "succeeded" {
				t.Errorf("the send ended %v", done)
			}
			if n := len(w.records(connector, "contact")); n != 1 {
				t.Errorf("%d CRM records for one record", n)
			}
		})
	}
}

// Of a CRM that cannot be asked, an unknown create whose mapping was taken back is a person's to settle.
func TestUnknownCreateWithoutAMapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"ALLOY_TIMEOUT": "2s"})
	caller := w.service("user-1")
	connection := caller.keyed("acornCRM", acornKey)
	caller.accept(connection, "contact")
	caller.post("/v1/preview", contact(connection)).want(t, 200)
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "hang", "applied": true, "times": 1})
	held := make(chan answer)
	go func() { held <- caller.post("/v1/sends", contact(connection)) }()
	w.eventually("the CRM has the record", func() bool { return len(w.records("acornCRM", "contact")) == 1 })
	caller.delete(mappingPath(connection, "contact")).want(t, http.StatusNoContent)
	sent := (<-held).want(t, http.StatusAccepted)
	if conflict := caller.conflictOf(sent.str("id")); conflict["kind"] != "outcome" {
		t.Errorf("nobody is asked: %v", conflict)
	}
}

// An action of other records is refused: it would change, or remove, what has nothing to do with the record.
func TestActionsOfOtherRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection, acorn := caller.connected("hubspot"), caller.keyed("acornCRM", acornKey)
	for _, c := range []struct{ connection, object, operation, action string }{
		{connection, "deal", "update", "updateContact"}, {connection, "deal", "delete", "deleteContact"},
		{connection, "contact", "create", "createCompany"}, {connection, "contact", "get", "getDeal"},
		{acorn, "deal", "update", "updatePersonRecord"}, {acorn, "contact", "create", "createProspectRecord"},
	} {
		refused := caller.put(mappingPath(c.connection, c.object), map[string]any{
			"baseVersion": 0, "rules": []any{}, "actions": map[string]any{c.operation: c.action},
		}).want(t, http.StatusBadRequest, "invalid_request")
		if having(refused.body["errors"], "field", "/actions/"+c.operation) == nil {
			t.Errorf("%s of a %s by %s: %v", c.operation, c.object, c.action, refused)
		}
	}
}

// What a change of the actions leaves open is the best guess, and a return to an old version is one to its actions too.
func TestActionsOfAVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.keyed("acornCRM", acornKey)
	path := mappingPath(connection, "contact")
	first := caller.accept(connection, "contact")
	rules := caller.get(path+"/versions").want(t, 200).body["versions"].([]any)[0].(map[string]any)["rules"]
	partial := caller.put(path, map[string]any{"baseVersion": 1, "rules": rules, "actions": map[string]any{"create": "createPersonRecord"}}).want(t, 200)
	if at(partial.body, "actions", "update") != at(first.body, "actions", "update") || at(partial.body, "actions", "update") == nil {
		t.Errorf("actions: %v, then %v", first.body["actions"], partial.body["actions"])
	}
	if partial.body["version"] != 1.0 {
		t.Errorf("what changes nothing is version %v", partial.body["version"])
	}
}

// A filter that can no longer be read lets nothing pass by itself and stops no send by hand; rules that no longer fit are
// shown, so that they can be mended.
func TestDeclarationsChangeUnderAMapping(t *testing.T) {
	t.Parallel()
	setting := fieldsFile(t, "contact:\n  - {name: contact_shoe_size, type: decimal}\n")
	w := newWorld(t, setting)
	caller := w.service("user-1")
	connection, other := caller.connected("hubspot"), caller.connected("salesforceCRM")
	sync := map[string]any{"objects": map[string]any{"contact": map[string]any{"filter": "record.contact_shoe_size > 40"}}}
	caller.put("/v1/connections/"+connection+"/sync", sync).want(t, 200)
	caller.override(other, "contact", map[string]any{"to": "Fax", "expr": "record.contact_shoe_size * 2"}).want(t, 200)
	w.stop()
	if err := os.WriteFile(setting["HOST_FIELDS"], []byte("contact:\n  - {name: contact_shoe_size, type: string}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.start()
	preview := caller.post("/v1/preview", contact(connection)).want(t, 200)
	if reason, _ := at(preview.body, "filter", "reason").(string); !strings.Contains(reason, "no longer") || preview.body["sendable"] != true {
		t.Errorf("with a filter that cannot be read: %v", preview)
	}
	caller.post("/v1/sends", contact(connection)).want(t, http.StatusCreated)

	caller.post("/v1/sends", contact(other)).want(t, http.StatusUnprocessableEntity, "mapping_incomplete")
	shown := caller.get(mappingPath(other, "contact")).want(t, 200)
	if issue := having(shown.body["issues"], "to", "Fax"); issue["code"] != "invalid_rule" || shown.body["version"] != 1.0 {
		t.Errorf("a rule that no longer fits: %v", shown.body["issues"])
	}
	caller.override(other, "contact").want(t, 200)
	caller.post("/v1/sends", contact(other)).want(t, http.StatusCreated)
}

// ifEmpty goes by what the CRM holds now: emptied since, it is filled again; gone, the record is made anew.
func TestIfEmptyGoesByWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	caller.override(connection, "contact", map[string]any{"to": "Title", "onUpdate": "ifEmpty"}).want(t, 200)
	body := contact(connection)
	id := caller.post("/v1/sends", body).want(t, 201).str("crmRecord", "id")
	w.manage(http.MethodPut, "/records/salesforceCRM/contact/"+id, map[string]any{"Title": nil})
	filled := caller.post("/v1/sends", body).want(t, 200)
	if filled.str("operation") != "update" || w.fieldsOf(t, "salesforceCRM", "contact")["Title"] != "Sales Manager" {
		t.Errorf("a field that was emptied in the CRM: %v", filled)
	}
	caller.post("/v1/sends/"+filled.str("id")+"/undo", nil).want(t, 200)
	if got := w.fieldsOf(t, "salesforceCRM", "contact")["Title"]; got != nil && got != "" {
		t.Errorf("after the undo the CRM holds %v", got)
	}
	w.manage(http.MethodDelete, "/records/salesforceCRM/contact/"+id, nil)
	again := caller.post("/v1/sends", body)
	if again.status != 201 && again.status != 200 || again.str("crmRecord", "id") == id || len(w.records("salesforceCRM", "contact")) != 1 {
		t.Errorf("a record that is gone: %v", again)
	}
}

// A CRM that does not let a record be read keeps what it has.
func TestIfEmptyWhereNothingCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	caller.override(connection, "contact", map[string]any{"to": "properties.jobtitle", "onUpdate": "ifEmpty"}).want(t, 200)
	body := contact(connection)
	caller.post("/v1/sends", body).want(t, 201)
	body["record"] = record("r1", changed(changed(john(), "contact_title", "CEO"), "contact_phone", "999"))
	w.fault(map[string]any{"match": map[string]any{"operation": "get"}, "kind": "status", "status": 403, "times": 1})
	caller.post("/v1/sends", body).want(t, 200)
	if held := w.fieldsOf(t, "hubspot", "contact"); held["jobtitle"] != "Sales Manager" || held["phone"] != "999" {
		t.Errorf("the CRM holds %v", held)
	}
}

// Many requests at once have a large mapping made once.
func TestALargeMappingIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	rules := []any{}
	for i := range 100 {
		rules = append(rules, map[string]any{"to": "properties.x" + strings.Repeat("y", i), "expr": `record.contact_email + "x"`, "onCreate": "never"})
	}
	path := mappingPath(connection, "contact")
	caller.put(path, map[string]any{"baseVersion": 0, "rules": rules}).want(t, 200)
	start := time.Now()
	answers := make(chan int)
	for range 40 {
		go func() { answers <- caller.post("/v1/preview", contact(connection)).status }()
	}
	for range 40 {
		if status := <-answers; status != 200 && status != 429 {
			t.Errorf("a preview answered %d after %v", status, time.Since(start))
		}
	}
	rules = append(rules, map[string]any{"to": "properties.one_too_many", "expr": "id"})
	caller.put(path, map[string]any{"baseVersion": 1, "rules": rules}).want(t, 400, "invalid_request")
}

// A default for the field that the CRM keeps unique makes nobody's record somebody else's.
func TestDefaultForAKeyAdoptsNothing(t *testing.T) {
	t.Parallel()
	w, caller, connection, crmID := stocked(t, "hubspot", "contact", changed(john(), "contact_email", "info@acme.com"))
	saved := caller.override(connection, "contact", map[string]any{"to": "properties.email", "default": "info@acme.com"}).want(t, 200)
	if having(saved.body["issues"], "code", "no_lookup") == nil {
		t.Errorf("the PUT does not warn: %v", saved.body["issues"])
	}
	fields := changed(john(), "contact_last_name", "Jones")
	delete(fields, "contact_email")
	held := caller.post("/v1/sends", sendBody(connection, "contact", "r7", fields)).want(t, http.StatusAccepted)
	if held.str("status") != "needs_review" || w.values("hubspot", "contact", "lastname")[crmID] != "Doe" {
		t.Errorf("the send: %v", held)
	}
}
