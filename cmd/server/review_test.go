package main

import (
	"net/http"
	"strings"
	"testing"
)

// conflicts are what waits for the caller's decision.
func (c client) conflicts() (list []map[string]any) {
	c.w.t.Helper()
	found, _ := c.get("/v1/conflicts").want(c.w.t, 200).body["conflicts"].([]any)
	for _, one := range found {
		list = append(list, one.(map[string]any))
	}
	return list
}

// conflictOf waits for the conflict that a send has come to.
func (c client) conflictOf(send string) (conflict map[string]any) {
	c.w.t.Helper()
	c.w.eventually("there is a conflict about the send", func() bool {
		for _, one := range c.conflicts() {
			if one["sendId"] == send {
				conflict = one
			}
		}
		return conflict != nil
	})
	return conflict
}

func (c client) resolve(conflict map[string]any, choice map[string]any) answer {
	c.w.t.Helper()
	return c.post("/v1/conflicts/"+conflict["id"].(string)+"/resolve", choice)
}

// ends waits until a send has the status.
func (c client) ends(send, status string) (last answer) {
	c.w.t.Helper()
	c.w.eventually("the send is "+status, func() bool {
		last = c.get("/v1/sends/"+send).want(c.w.t, 200)
		return last.str("status") == status
	})
	return last
}

// values are the CRM's values of one field, by record id.
func (w *world) values(connector, object, field string) map[string]any {
	w.t.Helper()
	held := map[string]any{}
	for _, r := range w.records(connector, object) {
		fields, _ := r["fields"].(map[string]any)
		held[r["id"].(string)] = fields[field]
	}
	return held
}

// twins puts two contacts with John's address into a Salesforce account that w knows nothing about, as others that write
// to the same CRM do.
func twins(t *testing.T, w *world) (a, b string) {
	t.Helper()
	others := newWorldOn(t, w).service("user-1")
	connection := others.connected("salesforceCRM")
	var ids []string
	for _, id := range []string{"x1", "x2"} {
		body := contact(connection)
		body["record"] = record(id, changed(john(), "contact_email", id+"@acme.com"))
		ids = append(ids, others.post("/v1/sends", body).want(t, 201).str("crmRecord", "id"))
	}
	for _, id := range ids {
		w.manage(http.MethodPut, "/records/salesforceCRM/contact/"+id, map[string]any{"Email": "john.doe@acme.com"})
	}
	return ids[0], ids[1]
}

// Several CRM records could be the host's: nothing is sent until a person has said which one it is.
func TestSeveralMatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	first, second := twins(t, w)
	send := func(id string) map[string]any {
		body := contact(connection)
		body["record"] = record(id, changed(john(), "contact_title", "Title of "+id))
		preview := caller.post("/v1/preview", body).want(t, 200)
		if preview.body["sendable"] != false || !strings.Contains(string(preview.raw), `"ambiguous_match"`) {
			t.Errorf("preview: %v", preview)
		}
		held := caller.post("/v1/sends", body).want(t, 202)
		if held.str("status") != "needs_review" || held.str("error", "code") != "crm_duplicate" ||
			held.header.Get("Location") != "/v1/sends/"+held.str("id") {
			t.Fatalf("%v", held)
		}
		return caller.conflictOf(held.str("id"))
	}

	c := send("r1")
	if c["kind"] != "match" || c["connectionId"] != connection || c["object"] != "contact" || c["recordId"] != "r1" {
		t.Errorf("%v", c)
	}
	candidates, _ := c["candidates"].([]any)
	if len(candidates) != 2 {
		t.Fatalf("%v", c)
	}
	for _, one := range candidates {
		shown := one.(map[string]any)
		fields, _ := shown["fields"].(map[string]any)
		if id := shown["crmRecordId"]; (id != first && id != second) || fields["contact_last_name"] != "Doe" {
			t.Errorf("a candidate: %v", shown)
		}
	}
	skipped := caller.resolve(c, map[string]any{"choice": "skip"}).want(t, 200)
	if skipped.str("choice") != "skip" || skipped.str("resolvedAt") == "" || skipped.str("id") != c["id"] {
		t.Errorf("%v", skipped)
	}
	caller.ends(c["sendId"].(string), "canceled")
	caller.resolve(c, map[string]any{"choice": "create"}).want(t, 409, "conflict")
	if left := caller.conflicts(); len(left) != 0 {
		t.Errorf("a settled conflict is listed: %v", left)
	}

	c = send("r2")
	linked := caller.resolve(c, map[string]any{"choice": "link", "crmRecordId": second}).want(t, 200)
	if linked.str("crmRecordId") != second {
		t.Errorf("%v", linked)
	}
	if sent := caller.ends(c["sendId"].(string), "succeeded"); sent.str("operation") != "update" || sent.str("crmRecord", "id") != second {
		t.Errorf("%v", sent)
	}

	c = send("r3")
	caller.resolve(c, map[string]any{"choice": "create"}).want(t, 200)
	created := caller.ends(c["sendId"].(string), "succeeded")
	titles := w.values("salesforceCRM", "contact", "Title")
	if created.str("operation") != "create" || len(titles) != 3 || titles[second] != "Title of r2" ||
		titles[created.str("crmRecord", "id")] != "Title of r3" || titles[first] != "Sales Manager" {
		t.Errorf("%v, the CRM holds %v", created, titles)
	}
}

// The answer to a create that cannot be looked up is lost: a person says what came of it.
func TestLostOutcomeIsSettledByAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	lose := func(id, kind string) map[string]any {
		w.fault(map[string]any{"match": map[string]any{"object": "deal", "operation": "create"}, "kind": kind, "times": 1})
		lost := caller.post("/v1/sends", deal(connection, id, "contractsent")).want(t, 202)
		if lost.str("status") != "unknown" || lost.str("error", "code") != "outcome_unknown" {
			t.Fatalf("%v", lost)
		}
		c := caller.conflictOf(lost.str("id"))
		if c["kind"] != "outcome" || c["recordId"] != id || c["candidates"] != nil {
			t.Errorf("%v", c)
		}
		return c
	}

	c := lose("d1", "cut_after")
	caller.post("/v1/sends", deal(connection, "d1", "closedwon")).want(t, 409, "outcome_unknown")
	deals := w.records("hubspot", "deal")
	if len(deals) != 1 {
		t.Fatalf("the CRM has %v", deals)
	}
	made := deals[0]["id"].(string)
	for _, bad := range []string{
		``, `{}`, `{"choice":"maybe"}`, `{"choice":"link"}`, `{"choice":"link","crmRecordId":"a b"}`, `{"choice":"create","crmRecordId":"1"}`,
		`{"choice":"host"}`, `{"choice":"crm"}`, `{"choice":"fields","fields":{}}`, `{"choice":"skip","fields":{}}`, `{"choice":"skip","x":1}`,
	} {
		caller.post("/v1/conflicts/"+c["id"].(string)+"/resolve", bad).want(t, 400, "invalid_request")
	}
	caller.resolve(c, map[string]any{"choice": "link", "crmRecordId": made}).want(t, 200)
	if sent := caller.ends(c["sendId"].(string), "succeeded"); sent.str("crmRecord", "id") != made {
		t.Errorf("%v", sent)
	}
	if updated := caller.post("/v1/sends", deal(connection, "d1", "closedwon")).want(t, 200); updated.str("crmRecord", "id") != made {
		t.Errorf("%v", updated)
	}

	c = lose("d2", "cut_before")
	caller.resolve(c, map[string]any{"choice": "create"}).want(t, 200)
	if sent := caller.ends(c["sendId"].(string), "succeeded"); sent.str("operation") != "create" {
		t.Errorf("%v", sent)
	}
	c = lose("d3", "cut_before")
	caller.resolve(c, map[string]any{"choice": "skip"}).want(t, 200)
	caller.ends(c["sendId"].(string), "canceled")
	if n := len(w.records("hubspot", "deal")); n != 2 {
		t.Errorf("the CRM has %d deals", n)
	}
	caller.post("/v1/sends", deal(connection, "d3", "contractsent")).want(t, 201)
}

// A create whose answer was lost is looked up where that is possible, and nobody has to do anything.
func TestLostOutcomeIsLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "cut_after", "times": 1})
	lost := caller.post("/v1/sends", body).want(t, 202)
	found := caller.ends(lost.str("id"), "succeeded")
	if found.str("crmRecord", "id") == "" || found.body["error"] != nil || len(caller.conflicts()) != 0 {
		t.Errorf("%v", found)
	}
	if n := len(w.records("hubspot", "contact")); n != 1 {
		t.Errorf("the CRM has %d records", n)
	}
}

func TestConflictPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	w.fault(map[string]any{"match": map[string]any{"object": "deal", "operation": "create"}, "kind": "cut_before", "times": 3})
	var sends []string
	for _, id := range []string{"d1", "d2", "d3"} {
		sends = append(sends, caller.post("/v1/sends", deal(connection, id, "contractsent")).want(t, 202).str("id"))
		caller.conflictOf(sends[len(sends)-1])
	}
	path := "/v1/conflicts?limit=2"
	var listed []string
	for path != "" {
		page := caller.get(path).want(t, 200)
		found, _ := page.body["conflicts"].([]any)
		for _, one := range found {
			listed = append(listed, one.(map[string]any)["sendId"].(string))
		}
		path = ""
		if next := page.str("nextCursor"); next != "" {
			path = "/v1/conflicts?limit=2&cursor=" + next
		}
	}
	if len(listed) != 3 || listed[0] != sends[2] || listed[2] != sends[0] {
		t.Errorf("listed %v of %v", listed, sends)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "status", "status": 400, "times": 1})
	failed := caller.post("/v1/sends", body).want(t, 422, "crm_rejected").str("sendId")
	again := caller.post("/v1/sends/"+failed+"/retry", nil).want(t, 202)
	if again.str("id") != failed || again.str("status") != "queued" || again.header.Get("Location") != "/v1/sends/"+failed {
		t.Errorf("%v %v", again.header, again)
	}
	if sent := caller.ends(failed, "succeeded"); sent.body["attempts"] != 2.0 || sent.body["error"] != nil {
		t.Errorf("%v", sent)
	}
	caller.post("/v1/sends/"+failed+"/retry", nil).want(t, 409, "conflict")
	caller.post("/v1/sends", body).want(t, 200)
}

// Taking back a create deletes the CRM record, taking back an update brings the old values back.
func TestUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	for _, connector := range []string{"hubspot", "salesforceCRM"} {
		phone := map[string]string{"hubspot": "phone", "salesforceCRM": "Phone"}[connector]
		body := contact(caller.connected(connector))
		created := caller.post("/v1/sends", body).want(t, 201)
		crmID := created.str("crmRecord", "id")
		before := w.values(connector, "contact", phone)[crmID]
		body["record"] = record("r1", changed(john(), "contact_phone", "1"))
		updated := caller.post("/v1/sends", body).want(t, 200)

		caller.post("/v1/sends/"+created.str("id")+"/undo", nil).want(t, 409, "conflict") // it was sent again since
		undo := caller.post("/v1/sends/"+updated.str("id")+"/undo", nil).want(t, 200)
		if undo.str("undoes") != updated.str("id") || undo.str("operation") != "update" || undo.str("status") != "succeeded" {
			t.Errorf("%s: %v", connector, undo)
		}
		if got := w.values(connector, "contact", phone)[crmID]; got != before {
			t.Errorf("%s: the CRM holds %v, and before the update %v", connector, got, before)
		}
		if caller.get("/v1/sends/"+updated.str("id")).want(t, 200).str("undoneAt") == "" {
			t.Errorf("%s: the send does not say that it was taken back", connector)
		}
		caller.post("/v1/sends/"+updated.str("id")+"/undo", nil).want(t, 409, "conflict")
		caller.post("/v1/sends/"+undo.str("id")+"/undo", nil).want(t, 409, "conflict")
		caller.post("/v1/sends/"+undo.str("id")+"/retry", nil).want(t, 409, "conflict")
	}
}

func TestUndoOfACreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	for _, connector := range []string{"hubspot", "salesforceCRM"} {
		body := contact(caller.connected(connector))
		created := caller.post("/v1/sends", body).want(t, 201)
		undo := caller.post("/v1/sends/"+created.str("id")+"/undo", nil).want(t, 200)
		if undo.str("operation") != "delete" || undo.str("undoes") != created.str("id") {
			t.Errorf("%s: %v", connector, undo)
		}
		if left := w.records(connector, "contact"); len(left) != 0 {
			t.Errorf("%s: the CRM still has %v", connector, left)
		}
		caller.post("/v1/sends/"+created.str("id")+"/undo", nil).want(t, 409, "conflict")
		if anew := caller.post("/v1/sends", body).want(t, 201); anew.str("crmRecord", "id") == created.str("crmRecord", "id") {
			t.Errorf("%s: %v", connector, anew)
		}
	}
}

// What somebody has changed in the CRM since is not overwritten, and not deleted.
func TestUndoSparesTheWorkOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	created := caller.post("/v1/sends", body).want(t, 201)
	atCRM := "/records/hubspot/contact/" + created.str("crmRecord", "id")
	w.manage(http.MethodPut, atCRM, map[string]any{"jobtitle": "Head of sales"})
	refused := caller.post("/v1/sends/"+created.str("id")+"/undo", nil).want(t, 409, "conflict")
	if refused.str("sendId") != created.str("id") || !strings.Contains(refused.str("detail"), "jobtitle") {
		t.Errorf("%v", refused)
	}
	if held := w.values("hubspot", "contact", "jobtitle")[created.str("crmRecord", "id")]; held != "Head of sales" {
		t.Errorf("the CRM holds %v", held)
	}
	unchanged := caller.post("/v1/sends", body).want(t, 200)
	caller.post("/v1/sends/"+unchanged.str("id")+"/undo", nil).want(t, 409, "conflict")
	w.manage(http.MethodDelete, atCRM, nil)
	caller.post("/v1/sends/"+created.str("id")+"/undo", nil).want(t, 200) // gone is what was asked for
}

// What the caller expected was decided when the record was first sent: a person's decision, or what a look-up found, is
// carried out even though it makes an update of the create that was previewed.
func TestExpectDoesNotOutliveTheDecision(t *testing.T) {
	t.Parallel()
	t.Run("a person links", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		caller := w.service("user-1")
		connection := caller.connected("salesforceCRM")
		_, second := twins(t, w)
		body := contact(connection)
		body["expect"] = caller.post("/v1/preview", body).want(t, 200).str("digest")
		held := caller.post("/v1/sends", body).want(t, 202)
		caller.resolve(caller.conflictOf(held.str("id")), map[string]any{"choice": "link", "crmRecordId": second}).want(t, 200)
		caller.ends(held.str("id"), "succeeded")
	})
	t.Run("found with other values", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		caller := w.service("user-1")
		body := contact(caller.connected("hubspot"))
		body["expect"] = caller.post("/v1/preview", body).want(t, 200).str("digest")
		w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "cut_after", "times": 1})
		w.fault(map[string]any{"match": map[string]any{"operation": "search"}, "kind": "delay", "delayMs": 500, "times": 1})
		lost := caller.post("/v1/sends", body).want(t, 202)
		for _, r := range w.records("hubspot", "contact") {
			w.manage("PUT", "/records/hubspot/contact/"+r["id"].(string), map[string]any{"phone": "9"})
		}
		caller.ends(lost.str("id"), "succeeded")
	})
}
