package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExecuteNeedsTheRightCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	sales := w.link("salesforceCRM")
	body := properties("email", "a@b.co")
	for name, c := range map[string]struct {
		user    string
		in      object
		status  int
		code    string
		message string
	}{
		"absent":            {hub.user, object{"requestBody": body}, 400, "INVALID_INPUT", "Credential ID required"},
		"a number":          {hub.user, object{"credentialId": 5, "requestBody": body}, 400, "INVALID_INPUT", "Credential ID required"},
		"malformed":         {hub.user, object{"credentialId": "cred_xyz789abc", "requestBody": body}, 400, "INVALID_INPUT", "credentialId must be a valid ObjectId"},
		"unknown":           {hub.user, object{"credentialId": strings.Repeat("0", 24), "requestBody": body}, 400, "INVALID_INPUT", "Credential not found"},
		"another user's":    {sales.user, object{"credentialId": hub.credential, "requestBody": body}, 400, "INVALID_INPUT", "Credential not found"},
		"the key's own":     {"", object{"credentialId": hub.credential, "requestBody": body}, 400, "INVALID_INPUT", "Credential not found"},
		"other connector's": {sales.user, object{"credentialId": sales.credential, "requestBody": body}, 400, "INVALID_INPUT", "Credential not found"},
	} {
		a := w.call(c.user, http.MethodPost, "/connectors/hubspot/actions/createContact/execute", c.in)
		if a.status != c.status || a.text("error", "code") != c.code || a.text("error", "message") != c.message {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	w.call(hub.user, http.MethodPost, "/connectors/hubspot/actions/post-message/execute", object{"credentialId": hub.credential}).want(http.StatusNotFound)
	w.manage(http.MethodPost, "/credentials/"+hub.credential+"/revoke", nil).want(http.StatusOK)
	revoked := hub.execute("createContact", body).want(http.StatusUnauthorized)
	want := object{"error": object{"code": "INVALID_CREDENTIAL", "message": "The credential has expired or been revoked", "details": "User needs to re-authenticate"}}
	if diff := cmp.Diff(want, revoked.body()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := w.manage(http.MethodGet, "/records", nil).length("records"); n != 0 {
		t.Errorf("%d records were written", n)
	}
	w.manage(http.MethodDelete, "/credentials/"+sales.credential, nil).want(http.StatusNoContent)
	if got := sales.execute("createContact", object{"LastName": "Doe"}).text("error", "message"); got != "Credential not found" {
		t.Error(got)
	}
}

// Two credentials of one user reach the same account; two users never do.
func TestAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	id := hub.execute("createContact", properties("email", "a@b.co")).text("responseData", "id")
	again := link{w, hub.user, "hubspot", w.connect(hub.user, "hubspot")}
	again.execute("getContact", nil, contactID(id)).want(http.StatusOK)
	other := link{w, w.user("other", ""), "hubspot", ""}
	other.credential = w.connect(other.user, "hubspot")
	other.execute("getContact", nil, contactID(id)).want(http.StatusNotFound)
	other.execute("createContact", properties("email", "a@b.co")).want(http.StatusOK)
}

// Members that Alloy does not know do nothing, but the ledger names them.
func TestExecuteIgnoresUnknownMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	id := hub.execute("createContact", properties("email", "a@b.co")).text("responseData", "id")
	path := "/connectors/hubspot/actions/updateContact/execute"
	a := w.call(hub.user, http.MethodPost, path, object{"credentialId": hub.credential, "pathParameters": object{"contactId": id}, "requestBody": properties("phone", "1")})
	if a.status != http.StatusBadRequest || a.text("error", "details", "field") != "pathParams.contactId" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	entries := w.manage(http.MethodGet, "/ledger?action=updateContact", nil)
	if diff := cmp.Diff([]any{"pathParameters"}, entries.at("entries", 0, "ignored")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// All four objects may be there, empty.
	hub.execute("listContacts", object{}, params{object{}, object{}, object{}}).want(http.StatusOK)
	hub.execute("listContacts", []string{"no object"}).want(http.StatusBadRequest)
	for _, body := range []string{"", "[]", "null", `"x"`, "{", strings.Repeat("[", 100_000)} {
		w.call(hub.user, http.MethodPost, path, body).want(http.StatusBadRequest)
	}
	w.call(hub.user, http.MethodPost, path, `{"requestBody":"`+strings.Repeat("x", 5<<20)+`"}`).want(http.StatusRequestEntityTooLarge)
}

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.link("salesforceCRM")
	create := func() answer { return sales.execute("createContact", object{"LastName": "Doe"}) }
	a := create().want(http.StatusOK)
	if a.at("statusCode") != 200.0 || a.at("responseData", "success") != true || len(a.body()) != 2 {
		t.Errorf("A: %s", a.raw)
	}
	w.set(object{"statusCode": "provider"})
	if a = create().want(http.StatusOK); a.at("statusCode") != 201.0 {
		t.Errorf("A with the provider's status: %s", a.raw)
	}
	w.set(object{"envelope": "B"})
	if a = create().want(http.StatusOK); !objectID.MatchString(a.text("executionId")) || a.text("status") != "completed" || a.at("responseData", "success") != true || len(a.body()) != 3 {
		t.Errorf("B: %s", a.raw)
	}
	w.set(object{"envelope": "C"})
	if a = create().want(http.StatusOK); a.at("success") != true || a.text("result", "id") == "" || len(a.body()) != 2 {
		t.Errorf("C: %s", a.raw)
	}
	w.set(object{"envelope": "A", "statusCode": "alloy"})
	id := create().text("responseData", "id")
	for mode, want := range map[string]object{
		"string": {"responseData": "", "statusCode": 200.0}, "null": {"responseData": nil, "statusCode": 200.0},
		"absent": {"statusCode": 200.0}, "object": {"responseData": object{}, "statusCode": 200.0},
	} {
		w.set(object{"emptyAnswer": mode})
		updated := sales.execute("updateContact", object{"Phone": "1"}, byID(id)).want(http.StatusOK)
		if diff := cmp.Diff(want, updated.body()); diff != "" {
			t.Errorf("empty as %s (-want +got):\n%s", mode, diff)
		}
	}
}

func TestProviderErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.link("salesforceCRM")
	native := []any{object{"message": "Required fields are missing: [LastName]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": []any{"LastName"}}}
	refuse := func() answer { return sales.execute("createContact", object{"FirstName": "John"}) }
	for name, c := range map[string]struct {
		settings object
		status   int
		want     any
	}{
		"status":      {object{}, 400, object{"error": object{"code": "VALIDATION_ERROR", "message": "Required fields are missing: [LastName]", "details": native}}},
		"status, E4":  {object{"errorForm": "E4"}, 400, object{"error": "Bad Request", "message": "Required fields are missing: [LastName]"}},
		"envelope":    {object{"providerErrors": "envelope"}, 200, object{"responseData": native, "statusCode": 400.0}},
		"envelope, C": {object{"providerErrors": "envelope", "envelope": "C"}, 200, object{"result": native, "statusCode": 400.0, "success": false}},
		"bare":        {object{"providerErrors": "bare"}, 400, native},
	} {
		w.set(object{"errorForm": "E1", "providerErrors": "status", "envelope": "A"})
		w.set(c.settings)
		if diff := cmp.Diff(c.want, refuse().want(c.status).at()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestStrictSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub, zoho := w.link("hubspot"), w.link("zohoCRM")
	hub.execute("createContact", properties("email", "a@b.co")).want(http.StatusOK)
	w.set(object{"strictSchema": true})
	a := hub.execute("createContact", properties("email", "c@d.co", "firstname", "C")).want(http.StatusBadRequest)
	want := object{"error": object{"code": "VALIDATION_ERROR", "message": "Invalid field value", "details": object{"field": "properties.lastname", "reason": "is required"}}}
	if diff := cmp.Diff(want, a.body()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := zoho.execute("createContact", object{"data": []any{object{"Email": "a@b.co"}}}).text("error", "details", "field"); got != "data.Last_Name" {
		t.Error(got)
	}
}

func TestOtherConnectorsExecute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slack := w.link("slack")
	if a := slack.execute("chat_postMessage", object{"channel": "c", "text": "x"}).want(http.StatusOK); a.at("responseData", "ok") != true {
		t.Errorf("%s", a.raw)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub, sales := w.link("hubspot"), w.link("salesforceCRM")
	w.set(object{"rateLimits": object{"hubspot": 2, "salesforceCRM": 1}})
	statuses := []int{}
	for range 3 {
		statuses = append(statuses, hub.execute("listContacts", nil).status)
	}
	if diff := cmp.Diff([]int{200, 200, 429}, statuses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a := hub.execute("listContacts", nil)
	if a.text("error", "code") != "RATE_LIMIT_EXCEEDED" || a.header.Get("Retry-After") != "1" {
		t.Errorf("%v %s", a.header, a.raw)
	}
	w.clock.advance(1e9)
	hub.execute("listContacts", nil).want(http.StatusOK)
	sales.execute("query", nil, params{query: object{"q": "SELECT Id FROM Contact"}}).want(http.StatusOK)
	if a := sales.execute("query", nil).want(http.StatusForbidden); a.text("error", "details", 0, "errorCode") != "REQUEST_LIMIT_EXCEEDED" {
		t.Errorf("%s", a.raw)
	}
}
