package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// allowed presses Allow and stops there: the browser has not come back yet. It returns the callback's path.
func (w *world) allowed(authorizationURL string) (callback string) {
	w.t.Helper()
	page, err := http.Get(authorizationURL)
	if err != nil {
		w.t.Fatal(err)
	}
	html, _ := io.ReadAll(page.Body)
	page.Body.Close()
	action, form := consentForm(w.t, string(html), "Allow")
	target, err := page.Request.URL.Parse(action)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := noRedirects.PostForm(target.String(), form)
	if err != nil {
		w.t.Fatal(err)
	}
	response.Body.Close()
	location, err := url.Parse(response.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(location.Path, "/oauth/callback/") {
		w.t.Fatalf("after Allow: %s %v", response.Status, response.Header)
	}
	return location.Path
}

// The page asks for the connection before the browser is back: both learn that it is active.
func TestPollBeatsCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	made := caller.post("/v1/connections", map[string]any{"connector": "hubspot", "returnUrl": testReturnURL}).want(t, 201)
	callback := w.allowed(made.str("authorizationUrl"))
	if got := caller.get("/v1/connections/"+made.str("id")).want(t, 200); got.str("status") != "active" {
		t.Fatalf("%v", got)
	}
	back := client{w, http.Header{}}.get(callback).want(t, 303)
	if location := back.header.Get("Location"); !strings.Contains(location, "status=active") {
		t.Errorf("the browser is sent to %s", location)
	}
	client{w, http.Header{}}.get(callback).want(t, 410, "not_found")
}

// A connection that was deleted while the user was at the CRM stays deleted.
func TestDeleteBeatsCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	made := caller.post("/v1/connections", map[string]any{"connector": "hubspot", "returnUrl": testReturnURL}).want(t, 201)
	callback := w.allowed(made.str("authorizationUrl"))
	caller.delete("/v1/connections/"+made.str("id")).want(t, 204)
	client{w, http.Header{}}.get(callback).want(t, 410, "not_found")
	if got := caller.get("/v1/connections/" + made.str("id")); got.str("status") != "disconnected" {
		t.Errorf("%v", got)
	}
}

// A reconnect's new credential belongs to the connection that asked for it, whoever looks first.
func TestConnectDoesNotStealAReconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	id := caller.connected("hubspot")
	again := caller.post("/v1/connections/"+id+"/reconnect", map[string]any{"returnUrl": testReturnURL}).want(t, 200)
	w.allowed(again.str("authorizationUrl"))
	w.eventually("the reconnect's credential is there", func() bool { return w.credentials("hubspot") == 2 })
	other := caller.post("/v1/connections", map[string]any{"connector": "hubspot", "returnUrl": testReturnURL}).want(t, 201)
	if other.str("id") == id || other.str("status") != "pending" {
		t.Errorf("another connection took the reconnect's credential: %v", other)
	}
	caller.post("/v1/sends", contact(id)).want(t, 201)
	w.eventually("the replaced credential is deleted", func() bool { return w.credentials("hubspot") == 1 })

	// An attempt that nobody finishes stands in nobody's way.
	body := contact(id)
	delete(body, "connectionId")
	body["connector"] = "hubspot"
	caller.post("/v1/sends", body).want(t, 200)
	list := caller.get("/v1/connectors").want(t, 200)
	if !strings.Contains(string(list.raw), id) || strings.Contains(string(list.raw), other.str("id")) {
		t.Errorf("the finished connection is the one to show: %v", list)
	}
}

// While an update is under way, a send of the older version waits its turn: the last one said is what the CRM ends with.
func TestUnchangedWaitsItsTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	first := contact(caller.connected("hubspot"))
	caller.post("/v1/sends", first).want(t, 201)
	w.fault(map[string]any{"match": map[string]any{"operation": "update"}, "kind": "delay", "delayMs": 800, "times": 1})
	second := contact(first["connectionId"].(string))
	second["record"] = record("r1", changed(john(), "contact_phone", "2"))
	done := make(chan answer, 1)
	go func() { done <- caller.post("/v1/sends", second) }()
	w.eventually("the update is under way", func() bool {
		return strings.Contains(string(caller.get("/v1/sends?status=sending").raw), `"operation":"update"`)
	})
	start := time.Now()
	back := caller.post("/v1/sends", first).want(t, 200)
	(<-done).want(t, 200)
	if back.str("operation") != "update" {
		t.Errorf("after %v: %v", time.Since(start), back)
	}
	if held := toJSON(t, w.records("hubspot", "contact")); !strings.Contains(held, "123-4567") {
		t.Errorf("the CRM holds %s", held)
	}
}

// What a send would be refused for, its preview says.
func TestPreviewOfABlockedRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "cut_after", "times": 1})
	caller.post("/v1/sends", body).want(t, 202)
	preview := caller.post("/v1/preview", body).want(t, 200)
	if preview.body["sendable"] != false || !strings.Contains(string(preview.raw), `"outcome_unknown"`) {
		t.Errorf("%v", preview)
	}
}

// NUL and broken UTF-8 in an address are the caller's fault, not ours.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	for _, path := range []string{
		"/v1/records/contact/%00", "/v1/records/contact/%ff", "/v1/sends?recordId=%00", "/v1/sends?recordId=%ff", "/v1/records/contact/a%0ab",
	} {
		caller.get(path).want(t, 400, "invalid_request")
	}
	for _, path := range []string{"/v1/connectors/%00", "/v1/connectors/hubspot/actions/%ff", "/v1/connections/%00", "/v1/sends/%ff"} {
		if a := caller.get(path); a.status != 404 && a.status != 400 {
			t.Errorf("%s: %v", path, a)
		}
	}
	caller.get("/v1/records/contact/a%2Fb%20c").want(t, 200)
}

// What was wrong with a record, and what the CRM said of it, stays out of the log.
func TestLogSaysNothingOfTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	id := caller.connected("hubspot")
	invalid := contact(id)
	invalid["record"] = record("r1", changed(john(), "contact_email", "canary-one"))
	caller.post("/v1/sends", invalid).want(t, 422, "invalid_record")
	deal := map[string]any{"connectionId": id, "object": "deal", "record": record("d1", map[string]any{"deal_name": "A", "deal_stage": "canary-two"})}
	caller.post("/v1/sends", deal).want(t, 422, "crm_rejected")
	caller.post("/v1/sends", contact(id)).want(t, 201)
	twin := contact(id)
	twin["record"] = record("r2", john())
	caller.post("/v1/sends", twin).want(t, 202)
	w.stop()
	for _, value := range []string{"canary", "john.doe", "Acme"} {
		if strings.Contains(w.logs.text(), value) {
			t.Errorf("the log says %q", value)
		}
	}
}
