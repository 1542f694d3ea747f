package main

import (
	"net/http"
	"testing"
)

// stocked is a world whose CRM has John's record already: another installation on the same CRM account has made it. The
// caller is connected; the record's id is the CRM's.
func stocked(t *testing.T, connector, object string, fields map[string]any, overrides ...env) (w *world, caller client, connection, crmID string) {
	t.Helper()
	w = newWorld(t, overrides...)
	caller = w.service("user-1")
	connection = caller.connected(connector)
	other := newWorldOn(t, w)
	stranger := other.service("user-1")
	body := map[string]any{"connectionId": stranger.connected(connector), "object": object, "record": record("theirs", fields)}
	created := stranger.post("/v1/sends", body).want(t, http.StatusCreated)
	w.manage(http.MethodDelete, "/ledger", nil)
	return w, caller, connection, created.str("crmRecord", "id")
}

// A record that the CRM has already is found before the create, shown in the preview, and updated.
func TestRecordIsFoundBeforeTheCreate(t *testing.T) {
	t.Parallel()
	acme := map[string]any{"company_name": "Acme Corp", "company_domain": "acme.example", "company_phone": "1"}
	for name, c := range map[string]struct {
		connector, object string
		fields            map[string]any
		change            string
	}{
		"Salesforce contact by e-mail": {"salesforceCRM", "contact", john(), "contact_phone"},
		"HubSpot company by domain":    {"hubspot", "company", acme, "company_phone"},
		"Salesforce account by name":   {"salesforceCRM", "company", map[string]any{"company_name": "Acme Corp", "company_phone": "1"}, "company_phone"},
		"Copper company by domain":     {"copper", "company", acme, "company_phone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, caller, connection, crmID := stocked(t, c.connector, c.object, c.fields)
			body := map[string]any{"connectionId": connection, "object": c.object, "record": record("r1", changed(c.fields, c.change, "999"))}
			preview := caller.post("/v1/preview", body).want(t, http.StatusOK)
			if preview.str("operation") != "update" || preview.str("crmRecordId") != crmID || preview.body["sendable"] != true {
				t.Fatalf("preview: %v", preview)
			}
			body["expect"] = preview.str("digest")
			sent := caller.post("/v1/sends", body).want(t, http.StatusOK)
			if sent.str("operation") != "update" || sent.str("crmRecord", "id") != crmID {
				t.Errorf("send: %v", sent)
			}
			delete(body, "expect")
			if again := caller.post("/v1/sends", body).want(t, http.StatusOK); again.str("operation") != "unchanged" {
				t.Errorf("again: %v", again)
			}
			if n := len(w.records(c.connector, c.object)); n != 1 {
				t.Errorf("the CRM has %d records", n)
			}
		})
	}
}

// A CRM that refuses a second record with the same key: the first is adopted and updated, whether the CRM names it
// (HubSpot) or not (Copper).
func TestDuplicateIsAdopted(t *testing.T) {
	t.Parallel()
	for _, connector := range []string{"hubspot", "copper"} {
		t.Run(connector, func(t *testing.T) {
			t.Parallel()
			w, caller, connection, crmID := stocked(t, connector, "contact", john())
			body := map[string]any{"connectionId": connection, "object": "contact", "record": record("r1", changed(john(), "contact_phone", "999"))}
			sent := caller.post("/v1/sends", body).want(t, http.StatusOK)
			if sent.str("operation") != "update" || sent.str("crmRecord", "id") != crmID {
				t.Errorf("%v", sent)
			}
			body["record"] = record("r1", changed(john(), "contact_phone", "1000"))
			caller.post("/v1/sends", body).want(t, http.StatusOK)
			if n := len(w.records(connector, "contact")); n != 1 {
				t.Errorf("the CRM has %d records", n)
			}
		})
	}
}

// A duplicate that the CRM's lagging search does not show yet is waited for, in the queue.
func TestDuplicateThatSearchDoesNotShowYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"LOOKUP_LAG": "2s"})
	w.manage(http.MethodPut, "/settings", map[string]any{"searchLagMs": map[string]any{"copper": 3000}})
	caller := w.service("user-1")
	connection := caller.connected("copper")
	other := newWorldOn(t, w)
	stranger := other.service("user-1")
	stranger.post("/v1/sends", map[string]any{
		"connectionId": stranger.connected("copper"), "object": "contact", "record": record("theirs", john()),
	}).want(t, http.StatusCreated)
	queued := caller.post("/v1/sends", contact(connection)).want(t, http.StatusAccepted)
	if queued.str("status") != "queued" || queued.str("error", "code") != "crm_duplicate" {
		t.Errorf("%v", queued)
	}
	if settled := caller.settled(queued.str("id")); settled.str("status") != "succeeded" || settled.str("operation") != "update" {
		t.Errorf("%v", settled)
	}
	if n := len(w.records("copper", "contact")); n != 1 {
		t.Errorf("the CRM has %d records", n)
	}
}

// A record that was deleted in the CRM and made anew there by somebody else is found, not made a third time.
func TestGoneRecordIsLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	body := contact(connection)
	first := caller.post("/v1/sends", body).want(t, http.StatusCreated)
	w.manage(http.MethodDelete, "/records/salesforceCRM/contact/"+first.str("crmRecord", "id"), nil)
	other := newWorldOn(t, w)
	stranger := other.service("user-1")
	anew := stranger.post("/v1/sends", map[string]any{
		"connectionId": stranger.connected("salesforceCRM"), "object": "contact", "record": record("theirs", john()),
	}).want(t, http.StatusCreated)
	body["record"] = record("r1", changed(john(), "contact_phone", "999"))
	sent := caller.post("/v1/sends", body).want(t, http.StatusOK)
	if sent.str("crmRecord", "id") != anew.str("crmRecord", "id") || sent.str("operation") != "update" {
		t.Errorf("%v", sent)
	}
	if n := len(w.records("salesforceCRM", "contact")); n != 1 {
		t.Errorf("the CRM has %d records", n)
	}
}

// A server that says it has not done the work (503) is asked again, after a look; the record is made once, whether the
// server spoke the truth or not.
func TestServiceUnavailable(t *testing.T) {
	t.Parallel()
	for _, connector := range []string{"hubspot", "salesforceCRM"} {
		for name, applied := range map[string]bool{"not done": false, "done after all": true} {
			t.Run(connector+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				caller := w.service("user-1")
				body := contact(caller.connected(connector))
				w.fault(map[string]any{
					"match": map[string]any{"operation": "create"}, "kind": "status", "status": 503, "times": 1, "applied": applied,
				})
				sent := caller.post("/v1/sends", body)
				if want := map[bool]int{false: http.StatusCreated, true: http.StatusOK}[applied]; sent.status != want {
					t.Errorf("want %d: %v", want, sent)
				}
				records := w.records(connector, "contact")
				if len(records) != 1 || records[0]["id"] != sent.str("crmRecord", "id") {
					t.Errorf("the CRM has %v, the send says %v", records, sent)
				}
			})
		}
	}
}
