package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// fieldsFile is the setting HOST_FIELDS, with a file.
func fieldsFile(t *testing.T, yaml string) env {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fields.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return env{"HOST_FIELDS": file}
}

// The platform's own stages become the CRM's by name, from the CRM's own list; a deal is sent with them.
func TestStagesComeFromTheCRM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fieldsFile(t, `
deal:
  - {name: deal_stage, choices: [qualified, {value: demo, label: Demo Scheduled}, lost-cause]}
`))
	caller := w.service("user-1")
	connection := caller.keyed("pipedrive", pipedriveKey)
	path := mappingPath(connection, "deal")
	deal := map[string]any{"deal_name": "Renewal", "deal_amount": "45000.50", "deal_stage": "demo"}
	// Without a map, the CRM takes no name of a stage.
	refused := caller.post("/v1/sends", sendBody(connection, "deal", "d1", deal)).want(t, http.StatusUnprocessableEntity, "invalid_record")
	if having(refused.body["errors"], "field", "deal_stage") == nil {
		t.Errorf("the refusal does not name the stage: %v", refused)
	}
	offered := caller.get(path+"/choices?to=stage_id").want(t, 200)
	if offered.body["source"] != "crm" || len(offered.body["choices"].([]any)) < 5 {
		t.Fatalf("choices: %v", offered)
	}
	proposed, _ := offered.body["suggestedValueMap"].(map[string]any)
	if len(proposed) != 2 || proposed["demo"] == nil || proposed["qualified"] == nil {
		t.Fatalf("the proposed map: %v", offered)
	}
	caller.put(path, map[string]any{"baseVersion": 0, "probe": true, "rules": []any{map[string]any{"to": "stage_id", "valueMap": proposed}}}).want(t, 200)
	caller.post("/v1/sends", sendBody(connection, "deal", "d1", deal)).want(t, 201)
	if got := w.fieldsOf(t, "pipedrive", "deal")["stage_id"]; got != proposed["demo"] {
		t.Errorf("the CRM holds stage %v, want %v", got, proposed["demo"])
	}
	caller.get(path+"/choices?to=nothing.of.that").want(t, http.StatusNotFound, "not_found")
}

// A probe asks the CRM, by reading alone: values that its list lacks, fields that its record does not show.
func TestProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	path := mappingPath(connection, "deal")
	rules := []any{
		map[string]any{"to": "properties.dealstage", "valueMap": map[string]any{"won": "closedwon", "odd": "no-such-stage"}},
		map[string]any{"to": "properties.favourite_tree", "from": []string{"tree"}},
	}
	unproven := caller.put(path, map[string]any{"baseVersion": 0, "probe": true, "rules": rules}).want(t, 200)
	if having(unproven.body["issues"], "code", "not_probed") == nil {
		t.Errorf("a probe without a record: %v", unproven.body["issues"])
	}
	caller.post("/v1/sends", sendBody(connection, "deal", "d1", map[string]any{"deal_name": "Renewal", "deal_stage": "won"})).want(t, 201)
	probed := caller.put(path, map[string]any{"baseVersion": 1, "probe": true, "rules": rules}).want(t, 200)
	if stranger := having(probed.body["issues"], "to", "properties.dealstage"); stranger["code"] != "not_allowed" {
		t.Errorf("a stage that the CRM does not have: %v", probed.body["issues"])
	}
	found := map[any]bool{}
	for _, issue := range probed.body["issues"].([]any) {
		if at(issue, "to") == "properties.favourite_tree" {
			found[at(issue, "code")] = true
		}
	}
	if !found["not_shown"] || !found["not_in_schema"] {
		t.Errorf("a field that the CRM does not have: %v", probed.body["issues"])
	}
	if n := len(w.writes("hubspot")); n != 1 {
		t.Errorf("%d writes: a probe writes", n)
	}
}

// The platform's fields are listed, typed in expressions, and checked.
func TestDeclaredFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fieldsFile(t, `
contact:
  - {name: contact_shoe_size, type: decimal, label: Shoe size}
  - {name: tags, type: list, label: Tags}
`))
	caller := w.service("user-1")
	listed := caller.get("/v1/fields").want(t, 200)
	contact, _ := listed.body["objects"].(map[string]any)
	if f := having(contact["contact"], "name", "contact_shoe_size"); f["type"] != "decimal" || f["custom"] != true || f["label"] != "Shoe size" {
		t.Errorf("the declared field: %v", f)
	}
	if f := having(contact["deal"], "name", "deal_contact"); f["object"] != "contact" || f["custom"] != false {
		t.Errorf("a universal field: %v", f)
	}
	connection := caller.connected("hubspot")
	caller.override(connection, "contact", map[string]any{"to": "properties.numemployees", "expr": `record.contact_shoe_size.startsWith("4")`}).want(t, 400, "invalid_request")
	caller.override(connection, "contact", map[string]any{"to": "properties.numemployees", "expr": `record.contact_shoe_size * 1.1`}).want(t, 200)
	caller.post("/v1/sends", sendBody(connection, "contact", "r1", changed(john(), "contact_shoe_size", "0.3"))).want(t, 201)
	if got := w.fieldsOf(t, "hubspot", "contact")["numemployees"]; got != "0.33" {
		t.Errorf("0.3 * 1.1 is %v", got)
	}
	bad := caller.post("/v1/preview", sendBody(connection, "contact", "r2", changed(john(), "contact_shoe_size", "big"))).want(t, 200)
	if issue := having(bad.body["issues"], "to", "properties.numemployees"); issue == nil {
		t.Errorf("a value of the wrong type: %v", bad.body["issues"])
	}
}
