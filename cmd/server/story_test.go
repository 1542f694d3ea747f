package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// connected connects the user to a CRM through its consent page.
func (c client) connected(connector string) (connectionID string) {
	c.w.t.Helper()
	made := c.post("/v1/connections", map[string]any{"connector": connector, "returnUrl": testReturnURL}).want(c.w.t, http.StatusCreated)
	if made.str("status") == "active" {
		return made.str("id")
	}
	end := c.w.consent(made.str("authorizationUrl"), "Allow")
	if got := end.Query().Get("status"); got != "active" {
		c.w.t.Fatalf("the browser came back with status %q: %s", got, end)
	}
	return made.str("id")
}

// anyhow connects the user to a CRM, by whatever it asks for.
func (c client) anyhow(connector string) (connectionID string) {
	c.w.t.Helper()
	switch connector {
	case "pipedrive":
		return c.keyed(connector, pipedriveKey)
	case "acornCRM":
		return c.keyed(connector, acornKey)
	case "zohoCRM":
		made := c.post("/v1/connections", map[string]any{"connector": connector, "credential": map[string]any{"region": "com"}}).want(c.w.t, http.StatusCreated)
		c.w.consent(made.str("authorizationUrl"), "Allow")
		return made.str("id")
	}
	return c.connected(connector)
}

func record(id string, fields map[string]any) map[string]any {
	return map[string]any{"id": id, "fields": fields}
}

func john() map[string]any {
	return map[string]any{
		"contact_email": "john.doe@acme.com", "contact_first_name": "John", "contact_last_name": "Doe",
		"contact_phone": "+1 (555) 123-4567", "contact_company": "Acme Corp", "contact_title": "Sales Manager",
	}
}

func changed(fields map[string]any, key string, value any) map[string]any {
	fields = maps.Clone(fields)
	fields[key] = value
	return fields
}

// executions are the sandbox's own record of what was executed for a connector.
func (w *world) executions(connector string) (calls []map[string]any) {
	w.t.Helper()
	var ledger struct {
		Entries []map[string]any `json:"entries"`
	}
	raw := w.manage(http.MethodGet, "/ledger?connector="+connector, nil)
	if err := json.Unmarshal(raw, &ledger); err != nil {
		w.t.Fatalf("%v\n%s", err, raw)
	}
	for _, call := range ledger.Entries {
		if path, _ := call["path"].(string); strings.HasSuffix(path, "/execute") {
			calls = append(calls, call)
		}
	}
	return calls
}

// The whole job: connect, preview, send, send again changed, send again unchanged, explain.
func TestConnectPreviewSendUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")

	body := map[string]any{"connectionId": connection, "object": "contact", "record": record("cust_42", john())}
	preview := caller.post("/v1/preview", body).want(t, http.StatusOK)
	if preview.str("operation") != "create" || preview.body["sendable"] != true || preview.str("action") != "createContact" {
		t.Fatalf("preview: %v", preview)
	}
	if n := len(w.executions("hubspot")); n != 0 {
		t.Fatalf("a preview made %d calls", n)
	}

	body["expect"] = preview.str("digest")
	created := caller.post("/v1/sends", body).want(t, http.StatusCreated)
	if created.str("status") != "succeeded" || created.str("crmRecord", "id") == "" || created.str("crmRecord", "url") == "" {
		t.Fatalf("send: %v", created)
	}
	delete(body, "expect")
	crmID := created.str("crmRecord", "id")

	body["record"] = record("cust_42", changed(john(), "contact_phone", "+1 (555) 765-4321"))
	preview = caller.post("/v1/preview", body).want(t, http.StatusOK)
	if preview.str("operation") != "update" || preview.str("crmRecordId") != crmID {
		t.Fatalf("preview of the update: %v", preview)
	}
	updated := caller.post("/v1/sends", body).want(t, http.StatusOK)
	if updated.str("operation") != "update" || updated.str("crmRecord", "id") != crmID {
		t.Fatalf("update: %v", updated)
	}
	again := caller.post("/v1/sends", body).want(t, http.StatusOK)
	if again.str("operation") != "unchanged" || again.str("crmRecord", "id") != crmID || again.body["attempts"] != 0.0 {
		t.Fatalf("unchanged: %v", again)
	}
	if calls := w.writes("hubspot"); len(calls) != 2 {
		t.Fatalf("the CRM was written to %d times, not twice", len(calls))
	}

	explained := caller.get("/v1/records/contact/cust_42").want(t, http.StatusOK)
	links, _ := explained.body["links"].([]any)
	if len(links) != 1 || links[0].(map[string]any)["crmRecordId"] != crmID {
		t.Fatalf("explain: %v", explained)
	}
	sends := caller.get("/v1/sends?object=contact&recordId=cust_42").want(t, http.StatusOK)
	if list, _ := sends.body["sends"].([]any); len(list) != 3 {
		t.Fatalf("history: %v", sends)
	}
	caller.get("/v1/sends/"+created.str("id")).want(t, http.StatusOK)
}

// What a preview shows under `request` is what the CRM gets, byte for byte.
func TestPreviewIsTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	awkward := changed(changed(john(), "contact_company", "Ångström & <Söhne> \u2028 GmbH"), "contact_title", `"Head" of \ sales`)
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper"} {
		connection := caller.connected(connector)
		body := map[string]any{"connectionId": connection, "object": "contact", "record": record("cust_1", awkward)}
		preview := caller.post("/v1/preview", body).want(t, http.StatusOK)
		var shown struct {
			Request struct {
				RequestBody json.RawMessage `json:"requestBody"`
			} `json:"request"`
		}
		if err := json.Unmarshal(preview.raw, &shown); err != nil {
			t.Fatal(err)
		}
		caller.post("/v1/sends", body).want(t, http.StatusCreated)
		calls := w.executions(connector)
		got, _ := calls[len(calls)-1]["rawBody"].(string)
		if !strings.Contains(got, string(shown.Request.RequestBody)) {
			t.Errorf("%s: previewed %s\ntransmitted %s", connector, shown.Request.RequestBody, got)
		}
	}
}

// A send that insists on a preview is refused once something has changed since.
func TestExpect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	preview := caller.post("/v1/preview", body).want(t, 200)
	body["expect"] = preview.str("digest")
	body["record"] = record("r1", changed(john(), "contact_phone", "1"))
	caller.post("/v1/sends", body).want(t, 409, "preview_outdated")
	body["record"] = record("r1", john())
	caller.post("/v1/sends", body).want(t, 201)
	caller.post("/v1/sends", body).want(t, 409, "preview_outdated") // a create was previewed; now it would be none
	if n := len(w.executions("hubspot")); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// A caller who hangs up does not cut the call to the CRM short: its outcome is stored.
func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 700})
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/sends", strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = caller.header.Clone()
	request.Header.Set("Content-Type", "application/json")
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Fatal("the caller got an answer")
	}
	w.eventually("the send succeeds", func() bool {
		return strings.Contains(string(caller.get("/v1/sends?recordId=r1").raw), `"status":"succeeded"`)
	})
	caller.post("/v1/sends", body).want(t, 200)
	if n := len(w.executions("hubspot")); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// Each object of each CRM that has a definition: created, changed, and the same record updated.
func TestEveryObjectOfEveryDefinition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	stages := map[string]string{"hubspot": "contractsent", "salesforceCRM": "Prospecting", "copper": "123456", "zohoCRM": "Qualification", "pipedrive": "1"}
	for connector, stage := range stages {
		connection := caller.anyhow(connector)
		for object, fields := range map[string]map[string]any{
			"contact": john(),
			"company": {"company_name": "Acme Corp", "company_domain": "acme.example", "company_phone": "1", "company_address_city": "Berlin"},
			"deal": {
				"deal_name": "Renewal", "deal_amount": "45000.50", "deal_stage": stage, "deal_close_date": "2026-12-31",
			},
		} {
			body := map[string]any{"connectionId": connection, "object": object, "record": record("r1", fields)}
			created := caller.post("/v1/sends", body).want(t, 201)
			name := map[string]string{"contact": "contact_last_name", "company": "company_name", "deal": "deal_name"}[object]
			body["record"] = record("r1", changed(fields, name, "Changed"))
			updated := caller.post("/v1/sends", body).want(t, 200)
			if updated.str("operation") != "update" || updated.str("crmRecord", "id") != created.str("crmRecord", "id") {
				t.Errorf("%s %s: %v", connector, object, updated)
			}
			if again := caller.post("/v1/sends", body).want(t, 200); again.str("operation") != "unchanged" {
				t.Errorf("%s %s, again: %v", connector, object, again)
			}
			records := w.records(connector, object)
			if len(records) != 1 || !strings.Contains(toJSON(t, records[0]), "Changed") {
				t.Errorf("%s %s: the CRM has %v", connector, object, records)
			}
		}
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
