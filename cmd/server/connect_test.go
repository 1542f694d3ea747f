package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestConnectByConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	made := caller.post("/v1/connections", map[string]any{"connector": "hubspot", "returnUrl": testReturnURL, "label": "Sales"}).want(t, 201)
	if made.str("status") != "pending" || made.str("authorizationUrl") == "" || made.str("label") != "Sales" {
		t.Fatalf("connect: %v", made)
	}
	if got := caller.get("/v1/connections/"+made.str("id")).want(t, 200); got.str("status") != "pending" || got.str("authorizationUrl") != "" {
		t.Errorf("the authorization URL is for the one who asked, once: %v", got)
	}
	end := w.consent(made.str("authorizationUrl"), "Allow")
	query := end.Query()
	if end.Host != "app.example" || query.Get("tab") != "crm" || query.Get("connectionId") != made.str("id") || query.Get("status") != "active" {
		t.Fatalf("the browser ended at %s", end)
	}
	active := caller.get("/v1/connections/"+made.str("id")).want(t, 200)
	if active.str("status") != "active" || active.str("accountName") == "" {
		t.Errorf("after the consent: %v", active)
	}
	list := caller.get("/v1/connectors").want(t, 200)
	if !strings.Contains(string(list.raw), made.str("id")) || strings.Contains(string(list.raw), `"slack"`) {
		t.Errorf("connectors: %v", list)
	}

	t.Run("deny", func(t *testing.T) {
		w.manage(http.MethodPut, "/settings", map[string]any{"callback": "error"})
		defer w.manage(http.MethodPut, "/settings", map[string]any{"callback": "bare"})
		made := caller.post("/v1/connections", map[string]any{"connector": "salesforceCRM", "returnUrl": testReturnURL}).want(t, 201)
		end := w.consent(made.str("authorizationUrl"), "Deny")
		if end.Query().Get("status") != "failed" {
			t.Errorf("a denied consent ended at %s", end)
		}
		if got := caller.get("/v1/connections/" + made.str("id")); got.str("status") != "pending" || got.str("statusReason") == "" {
			t.Errorf("after the denial: %v", got)
		}
	})
	t.Run("a page where there is no return URL", func(t *testing.T) {
		made := caller.post("/v1/connections", map[string]any{"connector": "copper"}).want(t, 201)
		if end := w.consent(made.str("authorizationUrl"), "Allow"); !strings.HasPrefix(end.Path, "/oauth/callback/") {
			t.Errorf("the browser ended at %s", end)
		}
		caller.get("/v1/connections/"+made.str("id")).want(t, 200)
	})
}

func TestCredentialThatIsListedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manage(http.MethodPut, "/settings", map[string]any{"credentialDelayMs": 7000})
	caller := w.service("user-1")
	made := caller.post("/v1/connections", map[string]any{"connector": "hubspot", "returnUrl": testReturnURL}).want(t, 201)
	if end := w.consent(made.str("authorizationUrl"), "Allow"); end.Query().Get("status") != "pending" {
		t.Fatalf("no new credential is pending, not failed: %s", end)
	}
	deadline := time.Now().Add(15 * time.Second)
	for caller.get("/v1/connections/"+made.str("id")).want(t, 200).str("status") != "active" {
		if time.Now().After(deadline) {
			t.Fatal("the connection never became active")
		}
		time.Sleep(300 * time.Millisecond)
	}
}

func TestStateIsGoodOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"STATE_TTL": "4s"})
	caller := w.service("user-1")
	start := func(connector string) (state string, a answer) {
		a = caller.post("/v1/connections", map[string]any{"connector": connector, "returnUrl": testReturnURL}).want(t, 201)
		authorize, err := url.Parse(a.str("authorizationUrl"))
		if err != nil {
			t.Fatal(err)
		}
		redirect := authorize.Query().Get("redirectUri")
		state = redirect[strings.LastIndex(redirect, "/")+1:]
		if len(state) < 22 || strings.Contains(redirect, "?") {
			t.Fatalf("the state has to be long and in the path: %s", redirect)
		}
		return state, a
	}
	nobody := client{w, http.Header{}}
	browser := nobody.with("Accept", "text/html")

	state, made := start("hubspot")
	w.consent(made.str("authorizationUrl"), "Allow")
	nobody.get("/oauth/callback/"+state).want(t, 410, "not_found")

	replaced, _ := start("salesforceCRM")
	newest, _ := start("salesforceCRM")
	nobody.get("/oauth/callback/"+replaced).want(t, 410, "not_found")
	time.Sleep(4200 * time.Millisecond)
	nobody.get("/oauth/callback/"+newest).want(t, 410, "not_found")

	for _, unknown := range []string{"x", strings.Repeat("A", 43), "..%2f..%2fv1", "%0d%0aLocation:x"} {
		nobody.get("/oauth/callback/"+unknown).want(t, 404, "not_found")
	}
	for path, status := range map[string]int{"/oauth/callback/" + state: 410, "/oauth/callback/" + strings.Repeat("A", 43): 404} {
		page, err := noRedirects.Do(mustRequest(t, browser, path))
		if err != nil {
			t.Fatal(err)
		}
		html, _ := io.ReadAll(page.Body)
		_ = page.Body.Close()
		if page.StatusCode != status || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.Contains(string(html), state) {
			t.Errorf("%s for a browser: %d %s\n%s", path, page.StatusCode, page.Header, html)
		}
	}
}

func mustRequest(t *testing.T, c client, path string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, c.w.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = c.header.Clone()
	return request
}

// Return URLs are matched to the letter: the ways round a cleverer match, all refused before anything happens.
func TestReturnURLs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	for _, bad := range []string{
		"https://app.example/crm/done", "https://app.example/crm/done?tab=crm&x=1", "https://app.example/crm/done?tab=CRM",
		"https://app.example/crm/done?tab=crm#x", "https://app.example/crm/done/?tab=crm", "https://app.example//crm/done?tab=crm",
		"https://app.example/crm/../crm/done?tab=crm", "https://app.example/crm/%64one?tab=crm", "http://app.example/crm/done?tab=crm",
		"HTTPS://app.example/crm/done?tab=crm", "https://APP.example/crm/done?tab=crm", "https://app.example./crm/done?tab=crm",
		"https://app.example:443/crm/done?tab=crm", "https://app.example:8443/crm/done?tab=crm", "https://user@app.example/crm/done?tab=crm",
		"https://app.example@evil.example/crm/done?tab=crm", "https://evil.example/https://app.example/crm/done?tab=crm",
		"https://app.example.evil.example/crm/done?tab=crm", "https://evilapp.example/crm/done?tab=crm",
		"//app.example/crm/done?tab=crm", "/crm/done?tab=crm", `https:\\app.example\crm\done?tab=crm`, "https:/app.example/crm/done?tab=crm",
		" https://app.example/crm/done?tab=crm", "https://app.example/crm/done?tab=crm ", "https://app.example/crm/done?tab=crm\n",
		"https://app.example/crm/done?tab=crm%00", "javascript:alert(1)", "data:text/html,x", "https://[::1]/crm/done?tab=crm",
	} {
		caller.post("/v1/connections", map[string]any{"connector": "hubspot", "returnUrl": bad}).want(t, 400, "invalid_request")
	}
	list := caller.get("/v1/connections").want(t, 200)
	if found, _ := list.body["connections"].([]any); len(found) != 0 {
		t.Errorf("something was stored: %v", list)
	}
}

func TestConnectByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	waiting := caller.post("/v1/connections", map[string]any{"connector": "pipedrive"}).want(t, 201)
	if waiting.str("status") != "needs_input" || waiting.body["inputSchema"] == nil {
		t.Fatalf("without a key: %v", waiting)
	}
	reconnect := "/v1/connections/" + waiting.str("id") + "/reconnect"
	caller.post(reconnect, map[string]any{"credential": map[string]any{}}).want(t, 400, "invalid_request")
	caller.post(reconnect, map[string]any{"credential": map[string]any{"apiToken": "k", "other": "x"}}).want(t, 400, "invalid_request")
	active := caller.post(reconnect, map[string]any{"credential": pipedriveKey}).want(t, 200)
	if active.str("status") != "active" || active.str("id") != waiting.str("id") {
		t.Fatalf("with the key: %v", active)
	}
	if strings.Contains(w.logs.text(), pipedriveSecret) || strings.Contains(dump(t, w), pipedriveSecret) {
		t.Error("the key is in the log or in the database")
	}
	second := w.service("user-2").post("/v1/connections", map[string]any{"connector": "pipedrive", "credential": pipedriveKey}).want(t, 201)
	if second.str("status") != "active" {
		t.Errorf("with the key at once: %v", second)
	}
	if again := caller.post("/v1/connections", map[string]any{"connector": "pipedrive", "authenticationType": "nonsense"}); again.status != 400 {
		t.Errorf("an unknown authentication type: %v", again)
	}
}

func TestReconnectAndDisconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	id := caller.connected("hubspot")
	body := map[string]any{"connectionId": id, "object": "contact", "record": record("c1", john())}
	first := caller.post("/v1/sends", body).want(t, 201)

	w.revoke("hubspot")
	body["record"] = record("c1", changed(john(), "contact_phone", "1"))
	refused := caller.post("/v1/sends", body).want(t, 409, "reconnect_required")
	if refused.str("sendId") == "" {
		t.Errorf("a failed send has an id: %v", refused)
	}
	calls := len(w.executions("hubspot"))
	caller.post("/v1/sends", body).want(t, 409, "reconnect_required")
	if now := len(w.executions("hubspot")); now != calls {
		t.Error("a connection that needs a reconnect still calls the CRM")
	}
	if got := caller.get("/v1/connections/" + id); got.str("status") != "needs_reconnect" || got.str("statusReason") == "" {
		t.Errorf("the connection: %v", got)
	}

	again := caller.post("/v1/connections/"+id+"/reconnect", map[string]any{"returnUrl": testReturnURL}).want(t, 200)
	if end := w.consent(again.str("authorizationUrl"), "Allow"); end.Query().Get("status") != "active" || end.Query().Get("connectionId") != id {
		t.Fatalf("the reconnect ended at %s", end)
	}
	updated := caller.post("/v1/sends", body).want(t, 200)
	if updated.str("crmRecord", "id") != first.str("crmRecord", "id") {
		t.Errorf("a reconnect forgot the record: %v", updated)
	}
	w.eventually("the old credential is deleted at Alloy", func() bool { return w.credentials("hubspot") == 1 })

	caller.delete("/v1/connections/"+id).want(t, 204)
	caller.delete("/v1/connections/"+id).want(t, 204)
	caller.post("/v1/sends", body).want(t, 409, "connection_not_ready")
	if got := caller.get("/v1/connections/"+id).want(t, 200); got.str("status") != "disconnected" {
		t.Errorf("after DELETE: %v", got)
	}
	w.eventually("the credential is deleted at Alloy", func() bool { return w.credentials("hubspot") == 0 })
	w.service("user-2").delete("/v1/connections/"+id).want(t, 404, "not_found")
}

// A credential that the user already has at Alloy is adopted, once.
func TestAdoptsAnExistingCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	caller.connected("hubspot")
	other := newWorldOn(t, w) // the same Alloy, an empty database: as after a restore
	adopted := other.service("user-1").post("/v1/connections", map[string]any{"connector": "hubspot"}).want(t, 201)
	if adopted.str("status") != "active" {
		t.Fatalf("not adopted: %v", adopted)
	}
	second := other.service("user-1").post("/v1/connections", map[string]any{"connector": "hubspot"}).want(t, 201)
	if second.str("status") != "pending" || second.str("id") == adopted.str("id") {
		t.Errorf("a credential serves one connection: %v", second)
	}
}
