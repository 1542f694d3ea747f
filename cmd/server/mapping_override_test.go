package main

import (
	"net/http"
	"sync"
	"testing"
)

// Three customers with the same CRM map the same record in three ways, at the same moment.
func TestThreeCustomersThreeMappings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fields := changed(changed(john(), "tier", "gold"), "contact_shoe_size", "43")
	customers := []struct {
		user  string
		rules []map[string]any
		want  map[string]any
		gone  []string
	}{
		{"user-1", []map[string]any{
			{"to": "properties.hs_lead_status", "from": []string{"tier"}, "valueMap": map[string]any{"gold": "OPEN_DEAL"}},
			{"to": "properties.lifecyclestage", "from": []string{}, "default": "lead"},
		}, map[string]any{"hs_lead_status": "OPEN_DEAL", "lifecyclestage": "lead", "company": "Acme Corp"}, nil},
		{"user-2", []map[string]any{
			{"to": "properties.company", "enabled": false},
			{"to": "properties.jobtitle", "from": []string{"contact_title", "contact_company"}, "transform": "template",
				"options": map[string]any{"text": "{contact_title} at {contact_company}"}},
			{"to": "properties.phone", "transform": "phone", "options": map[string]any{"country": "US"}},
		}, map[string]any{"jobtitle": "Sales Manager at Acme Corp", "phone": "+15551234567"}, []string{"company"}},
		{"user-3", []map[string]any{
			{"to": "properties.company", "expr": `record.contact_company.upperAscii() + " (" + record.tier + ")"`},
			{"to": "properties.numemployees", "from": []string{"contact_shoe_size"}, "transform": "number"},
		}, map[string]any{"company": "ACME CORP (gold)", "jobtitle": "Sales Manager", "numemployees": "43"}, nil},
	}
	var all sync.WaitGroup
	for i, c := range customers {
		caller := w.service(c.user)
		connection := caller.connected("hubspot")
		saved := caller.override(connection, "contact", c.rules...).want(t, http.StatusOK)
		if saved.body["version"] != 1.0 {
			t.Fatalf("saved: %v", saved)
		}
		email := c.user + "@acme.com"
		all.Go(func() {
			caller.post("/v1/sends", sendBody(connection, "contact", "cust_42", changed(fields, "contact_email", email))).want(t, http.StatusCreated)
		})
		_ = i
	}
	all.Wait()
	held := map[any]map[string]any{}
	for _, r := range w.records("hubspot", "contact") {
		fields, _ := r["fields"].(map[string]any)
		held[fields["email"]] = fields
	}
	for _, c := range customers {
		got := held[c.user+"@acme.com"]
		for name, want := range c.want {
			if got[name] != want {
				t.Errorf("%s: %s is %v, want %v", c.user, name, got[name], want)
			}
		}
		for _, name := range c.gone {
			if got[name] != nil {
				t.Errorf("%s: %s is %v, and was switched off", c.user, name, got[name])
			}
		}
	}
}

// Each PUT is a version; a stale one is refused; an old one can be restored; DELETE returns to the definition.
func TestMappingVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	path := mappingPath(connection, "contact")

	shipped := caller.get(path).want(t, 200)
	if title := having(shipped.body["rules"], "to", "properties.jobtitle"); title == nil || title["origin"] != "default" {
		t.Fatalf("the definition's rules: %v", shipped)
	}
	caller.override(connection, "contact", map[string]any{"to": "properties.jobtitle", "enabled": false}).want(t, 200)
	second := caller.override(connection, "contact", map[string]any{"to": "properties.jobtitle", "onUpdate": "never"}).want(t, 200)
	title := having(second.body["rules"], "to", "properties.jobtitle")
	if second.body["version"] != 2.0 || title["origin"] != "override" || title["enabled"] != true || title["onUpdate"] != "never" || at(title["from"], 0) != "contact_title" {
		t.Fatalf("the second version: %v", second)
	}
	caller.put(path, map[string]any{"baseVersion": 1, "rules": []any{}}).want(t, http.StatusConflict, "conflict")

	restored := caller.post(path+"/versions/1/restore", nil).want(t, 200)
	if restored.body["version"] != 3.0 || restored.body["restoredFrom"] != 1.0 || having(restored.body["rules"], "to", "properties.jobtitle")["enabled"] != false {
		t.Fatalf("restored: %v", restored)
	}
	caller.post(path+"/versions/99/restore", nil).want(t, http.StatusNotFound, "not_found")
	body := contact(connection)
	preview := caller.post("/v1/preview", body).want(t, 200)
	if omitted := having(preview.body["omitted"], "to", "properties.jobtitle"); omitted == nil || omitted["code"] != "disabled" {
		t.Errorf("the preview does not say that a rule is switched off: %v", preview)
	}
	caller.delete(path).want(t, http.StatusNoContent)
	caller.delete(path).want(t, http.StatusNoContent)
	sent := caller.post("/v1/sends", body).want(t, 201)
	if w.fieldsOf(t, "hubspot", "contact")["jobtitle"] != "Sales Manager" {
		t.Errorf("after the return to the definition: %v", sent)
	}
	history := caller.get(path+"/versions?limit=2").want(t, 200)
	if at(history.body, "versions", 0, "version") != 4.0 || history.str("nextCursor") == "" {
		t.Fatalf("history: %v", history)
	}
	rest := caller.get(path+"/versions?limit=2&cursor="+history.str("nextCursor")).want(t, 200)
	if at(rest.body, "versions", 1, "version") != 1.0 || at(rest.body, "versions", 1, "rules", 0, "enabled") != false {
		t.Errorf("the rest of the history: %v", rest)
	}
	// It is nobody else's.
	stranger := w.service("user-2")
	for _, a := range []answer{
		stranger.get(path), stranger.put(path, map[string]any{"baseVersion": 4, "rules": []any{}}), stranger.delete(path),
		stranger.get(path + "/suggestions"), stranger.get(path + "/versions"), stranger.get(path + "/choices?to=x"),
		stranger.post(path+"/versions/1/restore", nil), stranger.get("/v1/connections/" + connection + "/sync"),
		stranger.put("/v1/connections/"+connection+"/sync", map[string]any{"objects": map[string]any{}}),
	} {
		a.want(t, http.StatusNotFound, "not_found")
	}
}

// What was mapped from one field and is now mapped from another is sent again, with the next send.
func TestOverrideReachesWhatWasSentBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	body := sendBody(connection, "contact", "r1", changed(john(), "nickname", "Johnny"))
	caller.post("/v1/sends", body).want(t, 201)
	caller.override(connection, "contact", map[string]any{"to": "properties.firstname", "from": []string{"nickname"}}).want(t, 200)
	preview := caller.post("/v1/preview", body).want(t, 200)
	change := having(preview.body["changes"], "to", "properties.firstname")
	if change["before"] != "John" || change["after"] != "Johnny" || preview.body["changesAgainst"] != "crm" {
		t.Fatalf("the preview: %v", preview)
	}
	body["expect"] = preview.str("digest")
	if sent := caller.post("/v1/sends", body).want(t, 200); sent.str("operation") != "update" {
		t.Fatalf("the send: %v", sent)
	}
	if got := w.fieldsOf(t, "hubspot", "contact")["firstname"]; got != "Johnny" {
		t.Errorf("the CRM holds %v", got)
	}
}

// A preview that was made with another mapping is outdated.
func TestMappingChangeOutdatesAPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	body := contact(connection)
	body["expect"] = caller.post("/v1/preview", body).want(t, 200).str("digest")
	caller.override(connection, "contact", map[string]any{"to": "properties.jobtitle", "enabled": false}).want(t, 200)
	caller.post("/v1/sends", body).want(t, http.StatusConflict, "preview_outdated")
	if n := len(w.writes("hubspot")); n != 0 {
		t.Errorf("%d writes", n)
	}
}
