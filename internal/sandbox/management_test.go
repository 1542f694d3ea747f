package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := object{
		"envelope": "A", "statusCode": "alloy", "emptyAnswer": "string", "errorForm": "E1", "providerErrors": "status",
		"strictSchema": false, "callback": "bare", "consentTTLSeconds": 600.0, "credentialDelayMs": 0.0, "requireBodyUserId": false,
		"authentication": object{}, "copperOpportunities": "seed", "hubspotDealStages": []any{"negotiation"},
		"salesforceDuplicate": false, "searchLagMs": object{}, "rateLimits": object{},
	}
	if diff := cmp.Diff(want, w.manage(http.MethodGet, "/settings", nil).body()); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	w.set(object{"searchLagMs": object{"hubspot": 60000}})
	w.set(object{"searchLagMs": object{"copper": 10000}, "envelope": "C"})
	want["envelope"], want["searchLagMs"] = "C", object{"hubspot": 60000.0, "copper": 10000.0}
	if diff := cmp.Diff(want, w.manage(http.MethodGet, "/settings", nil).body()); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	for part, patch := range map[string]any{
		`there is no setting "envelop"; the settings are authentication, callback,`: object{"envelop": "A"},
		`envelope cannot be "D"; it is one of A, B, C`:                              object{"envelope": "D"},
		`consentTTLSeconds has to be`:                                               object{"consentTTLSeconds": 0},
		`credentialDelayMs has to be`:                                               object{"credentialDelayMs": -1},
		`there is no connector "hubspott"`:                                          object{"searchLagMs": object{"hubspott": 1}},
		`copper has no type "basic"`:                                                object{"authentication": object{"copper": []string{"basic"}}},
		`rateLimits.hubspot has to be`:                                              object{"rateLimits": object{"hubspot": -1}},
		`the settings cannot be read`:                                               "{",
	} {
		a := w.manage(http.MethodPut, "/settings", patch)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text("error"), part) {
			t.Errorf("%v: %d %s", patch, a.status, a.raw)
		}
	}
	if diff := cmp.Diff(want, w.manage(http.MethodGet, "/settings", nil).body()); diff != "" {
		t.Errorf("a refused change stays (-want +got):\n%s", diff)
	}
	if home := w.manage(http.MethodGet, "/", nil).want(http.StatusOK); home.at("switches", "POST /reset") == nil {
		t.Errorf("%s", home.raw)
	}
	w.manage(http.MethodGet, "/setting", nil).want(http.StatusNotFound)
	w.manage(http.MethodPatch, "/settings", nil).want(http.StatusMethodNotAllowed)
}

// A page of another origin cannot reach the switches through a tester's browser.
func TestManagementRefusesOtherOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, err := send(t, http.MethodPost, w.management.URL+"/reset", nil, http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}})
	if err != nil || a.status != http.StatusForbidden {
		t.Errorf("%v %d", err, a.status)
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	w.manage(http.MethodDelete, "/ledger", nil).want(http.StatusNoContent)
	body := `{ "credentialId": "` + hub.credential + `", "requestBody": {"properties":{"email":"a@b.co","firstname":"\u003cJ\u003e"}} }`
	made := w.call(hub.user, http.MethodPost, "/connectors/hubspot/actions/createContact/execute", body).want(http.StatusOK)
	w.clock.advance(time.Minute)
	hub.execute("createContact", properties("email", "a@b.co")).want(http.StatusConflict)
	w.call("", http.MethodGet, "/nowhere?token=tell-tale", nil).want(http.StatusNotFound)

	all := w.manage(http.MethodGet, "/ledger", nil)
	if all.length("entries") != 3 || all.at("dropped") != 0.0 || strings.Contains(string(all.raw), apiKey) || strings.Contains(string(all.raw), "tell-tale") {
		t.Fatalf("%s", all.raw)
	}
	first := all.at("entries", 0).(object)
	for key, want := range map[string]any{
		"method": "POST", "path": "/connectors/hubspot/actions/createContact/execute", "operation": "create", "object": "contact",
		"connector": "hubspot", "action": "createContact", "userId": hub.user, "rawBody": body, "status": 200.0, "applied": true,
		"open": false, "recordId": made.text("responseData", "id"), "time": "2026-03-01T12:00:00Z",
	} {
		if diff := cmp.Diff(want, first[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	if got := first["headers"].(object)["Authorization"]; !cmp.Equal(got, []any{"[redacted]"}) {
		t.Errorf("the key is shown: %v", got)
	}
	if second := all.at("entries", 1).(object); second["applied"] != false || second["status"] != 409.0 {
		t.Errorf("%v", second)
	}
	for query, n := range map[string]int{
		"connector=hubspot": 2, "connector=copper": 0, "action=createContact&limit=1": 1, "operation=unknown": 1,
		"since=2026-03-01T12:00:30Z": 2, "userId=" + hub.user: 2, fmt.Sprintf("since=%.0f", first["seq"]): 2,
	} {
		if a := w.manage(http.MethodGet, "/ledger?"+query, nil); a.length("entries") != n {
			t.Errorf("%s: %d entries, want %d", query, a.length("entries"), n)
		}
	}
	w.manage(http.MethodGet, "/ledger?since=yesterday", nil).want(http.StatusBadRequest)
}

// Somebody at the CRM edits and deletes behind the client's back.
func TestRecordsBehindTheBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	id := hub.execute("createContact", properties("email", "a@b.co", "phone", "1")).text("responseData", "id")
	w.clock.advance(time.Minute)
	changed := w.manage(http.MethodPut, "/records/hubspot/contact/"+id, object{"phone": nil, "email": "new@b.co"}).want(http.StatusOK)
	if diff := cmp.Diff(any(object{"email": "new@b.co"}), changed.at("fields")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a := hub.execute("searchContacts", emailIs("new@b.co")); a.length("responseData", "results") != 1 {
		t.Errorf("%s", a.raw)
	}
	list := w.manage(http.MethodGet, "/records?connector=hubspot&object=contact&userId="+hub.user, nil)
	if list.text("records", 0, "updatedAt") != "2026-03-01T12:01:00Z" || list.text("records", 0, "id") != id {
		t.Errorf("%s", list.raw)
	}
	for _, query := range []string{"connector=copper", "object=deal", "userId=nobody"} {
		if n := w.manage(http.MethodGet, "/records?"+query, nil).length("records"); n != 0 {
			t.Errorf("%s: %d", query, n)
		}
	}
	w.manage(http.MethodDelete, "/records/hubspot/contact/"+id, nil).want(http.StatusNoContent)
	w.manage(http.MethodDelete, "/records/hubspot/contact/"+id, nil).want(http.StatusNotFound)
	w.manage(http.MethodPut, "/records/hubspot/contact/"+id, object{}).want(http.StatusNotFound)
	hub.execute("updateContact", properties("phone", "2"), contactID(id)).want(http.StatusNotFound)
	w.manage(http.MethodPost, "/credentials/nope/revoke", nil).want(http.StatusNotFound)
	w.manage(http.MethodDelete, "/credentials/nope", nil).want(http.StatusNotFound)
}

func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	hub.execute("createContact", properties("email", "a@b.co")).want(http.StatusOK)
	w.set(object{"envelope": "C"})
	w.fault(object{"kind": "status", "status": 500})
	w.manage(http.MethodPost, "/reset", nil).want(http.StatusNoContent)
	for path, key := range map[string]string{"/records": "records", "/credentials": "credentials", "/faults": "faults", "/ledger": "entries"} {
		if n := w.manage(http.MethodGet, path, nil).length(key); n != 0 {
			t.Errorf("%s: %d left", path, n)
		}
	}
	if got := w.manage(http.MethodGet, "/settings", nil).text("envelope"); got != "A" {
		t.Errorf("the envelope is %s", got)
	}
	if n := w.call("", http.MethodGet, "/users", nil).length("data"); n != 1 {
		t.Errorf("%d users", n)
	}
}
