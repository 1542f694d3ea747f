package main

import (
	"net/http"
	"testing"
)

// A CRM that nobody has described goes from connect to send with accepted suggestions alone, for every object, and the
// next send updates.
func TestUnknownCRM(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.keyed("acornCRM", acornKey)

	// Nothing is used before somebody accepts it.
	caller.post("/v1/preview", contact(connection)).want(t, http.StatusUnprocessableEntity, "mapping_incomplete")
	caller.post("/v1/sends", contact(connection)).want(t, http.StatusUnprocessableEntity, "mapping_incomplete")
	empty := caller.get(mappingPath(connection, "contact")).want(t, http.StatusOK)
	if empty.body["version"] != 0.0 || len(empty.body["rules"].([]any)) != 0 {
		t.Fatalf("a mapping that nobody accepted: %v", empty)
	}
	if n := len(w.executions("acornCRM")); n != 0 {
		t.Fatalf("the CRM was called %d times", n)
	}

	for _, c := range []struct {
		object, id string
		fields     map[string]any
		want       map[string]any
		change     string
	}{
		{"company", "org_1", map[string]any{"company_name": "Acme Corp", "company_domain": "acme.com", "company_employees": "120"},
			map[string]any{"org_name": "Acme Corp", "web_domain": "acme.com", "headcount": 120.0}, "company_name"},
		{"contact", "cust_42", changed(john(), "contact_company_id", "org_1"), map[string]any{
			"given_name": "John", "family_name": "Doe", "email_address": "john.doe@acme.com", "mobile": "+1 (555) 123-4567",
			"employer": "Acme Corp", "job_title": "Sales Manager",
		}, "contact_last_name"},
		{"deal", "deal_1", map[string]any{
			"deal_name": "Renewal", "deal_amount": "45000.50", "deal_currency": "EUR", "deal_stage": "sapling",
			"deal_close_date": "2026-12-31", "deal_probability": "75", "deal_contact": "cust_42", "deal_company": "org_1",
		}, map[string]any{
			"headline": "Renewal", "worth": 45000.5, "worth_currency": "EUR", "phase": "sapling", "expected_on": "2026-12-31", "chance": 75.0,
		}, "deal_name"},
	} {
		suggested := caller.get(mappingPath(connection, c.object)+"/suggestions").want(t, http.StatusOK)
		if missing, _ := suggested.body["missing"].([]any); len(missing) != 0 || at(suggested.body, "actions", "create", "id") == nil {
			t.Fatalf("suggestions for %s: %v", c.object, suggested)
		}
		accepted := caller.accept(connection, c.object)
		for _, rule := range accepted.body["rules"].([]any) {
			if at(rule, "origin") != "derived" {
				t.Errorf("%s: an accepted suggestion has the origin %v: %v", c.object, at(rule, "origin"), rule)
			}
		}
		body := sendBody(connection, c.object, c.id, c.fields)
		preview := caller.post("/v1/preview", body).want(t, http.StatusOK)
		if preview.body["sendable"] != true || preview.body["mappingVersion"] != 1.0 {
			t.Fatalf("preview of the %s: %v", c.object, preview)
		}
		if c.object != "deal" && having(preview.body["issues"], "code", "no_lookup") == nil {
			t.Errorf("the preview does not say that the CRM cannot be asked: %v", preview)
		}
		created := caller.post("/v1/sends", body).want(t, http.StatusCreated)
		if created.str("crmRecord", "id") == "" || created.str("crmRecord", "url") == "" {
			t.Fatalf("send of the %s: %v", c.object, created)
		}
		held := w.fieldsOf(t, "acornCRM", c.object)
		for name, want := range c.want {
			if held[name] != want {
				t.Errorf("%s: %s is %v, want %v", c.object, name, held[name], want)
			}
		}
		body["record"] = record(c.id, changed(c.fields, c.change, "Changed"))
		updated := caller.post("/v1/sends", body).want(t, http.StatusOK)
		if updated.str("operation") != "update" || updated.str("crmRecord", "id") != created.str("crmRecord", "id") {
			t.Errorf("the second send of the %s: %v", c.object, updated)
		}
		if again := caller.post("/v1/sends", body).want(t, http.StatusOK); again.str("operation") != "unchanged" {
			t.Errorf("the third send of the %s: %v", c.object, again)
		}
		if n := len(w.records("acornCRM", c.object)); n != 1 {
			t.Errorf("the CRM has %d records of %s", n, c.object)
		}
	}
	deal, person := w.fieldsOf(t, "acornCRM", "deal"), w.records("acornCRM", "contact")[0]["id"]
	if deal["person_key"] != person || deal["organisation_key"] != w.records("acornCRM", "company")[0]["id"] {
		t.Errorf("the deal points to %v and %v", deal["person_key"], deal["organisation_key"])
	}
	if held := w.fieldsOf(t, "acornCRM", "contact"); held["organisation_key"] != w.records("acornCRM", "company")[0]["id"] {
		t.Errorf("the contact points to %v", held["organisation_key"])
	}
	link := at(caller.get("/v1/records/contact/cust_42").want(t, 200).body, "links", 0)
	if at(link, "mappingVersion") != 1.0 {
		t.Errorf("the link does not know its mapping: %v", link)
	}
	// Without the mapping, the CRM is unknown again.
	caller.delete(mappingPath(connection, "contact")).want(t, http.StatusNoContent)
	caller.post("/v1/preview", contact(connection)).want(t, http.StatusUnprocessableEntity, "mapping_incomplete")
}
