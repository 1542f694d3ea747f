package main

import (
	"net/http"
	"testing"
)

// onCreate and onUpdate decide per field; ifEmpty asks the CRM.
func TestPoliciesPerField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	caller.override(connection, "contact",
		map[string]any{"to": "properties.jobtitle", "onCreate": "never"},
		map[string]any{"to": "properties.company", "onUpdate": "never"},
		map[string]any{"to": "properties.phone", "onUpdate": "ifEmpty"},
		map[string]any{"to": "properties.website", "onUpdate": "ifEmpty"},
	).want(t, 200)
	body := sendBody(connection, "contact", "r1", john())
	preview := caller.post("/v1/preview", body).want(t, 200)
	if omitted := having(preview.body["omitted"], "to", "properties.jobtitle"); omitted["code"] != "on_create_never" {
		t.Errorf("omitted from the create: %v", preview.body["omitted"])
	}
	created := caller.post("/v1/sends", body).want(t, 201)
	if held := w.fieldsOf(t, "hubspot", "contact"); held["jobtitle"] != nil || held["company"] != "Acme Corp" {
		t.Errorf("after the create the CRM holds %v", held)
	}
	// Somebody fills the website in the CRM meanwhile.
	w.manage(http.MethodPut, "/records/hubspot/contact/"+created.str("crmRecord", "id"), map[string]any{"website": "https://theirs.example"})
	fields := changed(changed(changed(john(), "contact_phone", "999"), "contact_company", "Other"), "contact_website", "https://ours.example")
	body["record"] = record("r1", fields)
	preview = caller.post("/v1/preview", body).want(t, 200)
	for to, code := range map[string]string{
		"properties.company": "on_update_never", "properties.phone": "crm_has_value", "properties.website": "crm_has_value", "properties.email": "unchanged",
	} {
		if omitted := having(preview.body["omitted"], "to", to); omitted == nil || omitted["code"] != code {
			t.Errorf("%s is omitted with %v, want %s", to, omitted, code)
		}
	}
	body["expect"] = preview.str("digest")
	if sent := caller.post("/v1/sends", body).want(t, 200); sent.str("operation") != "update" {
		t.Errorf("the update: %v", sent)
	}
	held := w.fieldsOf(t, "hubspot", "contact")
	for name, want := range map[string]any{"website": "https://theirs.example", "phone": "+1 (555) 123-4567", "company": "Acme Corp", "jobtitle": "Sales Manager"} {
		if held[name] != want {
			t.Errorf("%s is %v, want %v", name, held[name], want)
		}
	}
}

// An empty field of the CRM is filled by a rule that is for that.
func TestIfEmptyFillsWhatIsEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	caller.override(connection, "contact", map[string]any{"to": "Title", "onUpdate": "ifEmpty"}).want(t, 200)
	fields := john()
	delete(fields, "contact_title")
	body := sendBody(connection, "contact", "r1", fields)
	caller.post("/v1/sends", body).want(t, 201)
	body["record"] = record("r1", john())
	if sent := caller.post("/v1/sends", body).want(t, 200); sent.str("operation") != "update" {
		t.Fatalf("the update: %v", sent)
	}
	if got := w.fieldsOf(t, "salesforceCRM", "contact")["Title"]; got != "Sales Manager" {
		t.Errorf("the CRM holds %v", got)
	}
	body["record"] = record("r1", changed(john(), "contact_title", "CEO"))
	caller.post("/v1/sends", body).want(t, http.StatusOK)
	if got := w.fieldsOf(t, "salesforceCRM", "contact")["Title"]; got != "Sales Manager" {
		t.Errorf("a filled field was overwritten with %v", got)
	}
}

// The key by which a record is found follows the field that fills it: a lost answer makes no second record.
func TestLookUpFollowsTheOverride(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"LOOKUP_LAG": "10ms"})
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	caller.override(connection, "contact", map[string]any{"to": "Email", "from": []string{"work_email"}}).want(t, 200)
	fields := changed(john(), "work_email", "work@acme.com")
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "cut_after", "times": 1})
	sent := caller.post("/v1/sends", sendBody(connection, "contact", "r1", fields)).want(t, 202)
	done := caller.settled(sent.str("id"))
	if done.str("status") != "succeeded" {
		t.Fatalf("the send ended %v", done)
	}
	if held := w.fieldsOf(t, "salesforceCRM", "contact"); held["Email"] != "work@acme.com" {
		t.Errorf("the CRM holds %v", held)
	}
	if n := len(w.writes("salesforceCRM")); n != 1 {
		t.Errorf("%d writes", n)
	}
}
