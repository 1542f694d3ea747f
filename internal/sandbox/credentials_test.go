package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

const back = "http://host.example/oauth/callback/state-1?tab=crm"

func (w *world) begin(userID, connector string) (oauthURL string) {
	w.t.Helper()
	return w.call(userID, http.MethodPost, "/connectors/"+connector+"/credentials",
		object{"userId": userID, "authenticationType": "oauth2", "redirectUri": back}).want(http.StatusOK).text("oauthUrl")
}

func (w *world) listed(userID, connector string) []any {
	w.t.Helper()
	return w.call(userID, http.MethodGet, "/connectors/"+connector+"/credentials", nil).want(http.StatusOK).at("credentials").([]any)
}

// The page works for a person without scripts: a form with two named buttons.
func TestConsentPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("dexter", `Dexter <b>"M"`)
	address := w.begin(user, "hubspot")
	want, _ := url.Parse(w.api.URL + "/api/strategy/connector/hubspot/authorize")
	got, err := url.Parse(address)
	if err != nil || got.Host != want.Host || got.Path != want.Path || got.Query().Get("userId") != user || got.Query().Get("redirectUri") != back {
		t.Errorf("the address is %s", address)
	}
	page, err := send(t, http.MethodGet, address, nil, nil)
	if err != nil || page.status != http.StatusOK {
		t.Fatalf("%v %d", err, page.status)
	}
	text := string(page.raw)
	if strings.Contains(text, "<script") || strings.Contains(text, "<b>") || !strings.Contains(text, "Hubspot") || !strings.Contains(text, "host.example") {
		t.Errorf("the page:\n%s", text)
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	buttons, action := map[string]string{}, ""
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch n.Data {
		case "form":
			action = attributes["action"]
		case "button":
			buttons[n.FirstChild.Data] = attributes["name"] + "=" + attributes["value"]
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	if buttons["Allow"] != "decision=allow" || buttons["Deny"] != "decision=deny" {
		t.Errorf("the buttons are %v", buttons)
	}
	w.decide(w.api.URL+action, "allow").want(http.StatusSeeOther)
	if n := len(w.listed(user, "hubspot")); n != 1 {
		t.Errorf("%d credentials", n)
	}
}

func TestConsentLinkIsSingleUseAndExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("dexter", "Dexter Morgan")
	address := w.begin(user, "hubspot")
	w.decide(address, "perhaps").want(http.StatusBadRequest)
	w.decide(strings.Replace(address, "hubspot", "copper", 1), "allow").want(http.StatusNotFound)
	w.decide(strings.Replace(address, "host.example", "evil.example", 1), "allow").want(http.StatusNotFound)
	w.decide(address, "allow").want(http.StatusSeeOther)
	w.decide(address, "allow").want(http.StatusGone)
	late := w.begin(user, "hubspot")
	w.clock.advance(601 * time.Second)
	w.decide(late, "allow").want(http.StatusGone)
	if n := len(w.listed(user, "hubspot")); n != 1 {
		t.Errorf("%d credentials, want 1", n)
	}
}

func TestCallbackModes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, decision string
		status, made   int
		query          func(credentialID string) string
	}{
		{"bare", "allow", 303, 1, func(string) string { return "tab=crm" }},
		{"bare", "deny", 303, 0, func(string) string { return "tab=crm" }},
		{"success", "allow", 303, 1, func(string) string { return "success=true&tab=crm" }},
		{"success", "deny", 303, 0, func(string) string { return "success=false&tab=crm" }},
		{"credentialId", "allow", 303, 1, func(id string) string { return "credentialId=" + id + "&tab=crm" }},
		{"credentialId", "deny", 303, 0, func(string) string {
			return "error=access_denied&error_description=The+user+or+the+CRM+refused+access&tab=crm"
		}},
		{"error", "allow", 303, 0, func(string) string {
			return "error=access_denied&error_description=The+user+or+the+CRM+refused+access&tab=crm"
		}},
		{"never", "allow", 200, 1, nil},
	} {
		t.Run(c.mode+" "+c.decision, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.set(object{"callback": c.mode})
			user := w.user("dexter", "Dexter Morgan")
			a := w.decide(w.begin(user, "hubspot"), c.decision).want(c.status)
			rows := w.listed(user, "hubspot")
			if len(rows) != c.made {
				t.Fatalf("%d credentials, want %d", len(rows), c.made)
			}
			id := ""
			if c.made > 0 {
				id = rows[0].(object)["credentialId"].(string)
			}
			if c.query == nil {
				return
			}
			if got, want := a.header.Get("Location"), "http://host.example/oauth/callback/state-1?"+c.query(id); got != want {
				t.Errorf("sent to %s\nwant    %s", got, want)
			}
		})
	}
}

// Nothing is ever replaced: every consent adds a credential with the next number.
func TestCredentialsAddUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("dexter", "Dexter Morgan")
	for range 3 {
		w.connect(user, "zohoCRM")
		w.clock.advance(time.Second)
	}
	var names []string
	for _, row := range w.listed(user, "zohoCRM") {
		row := row.(object)
		names = append(names, row["name"].(string))
		if row["type"] != "zohoCRM-oauth2" || !objectID.MatchString(row["credentialId"].(string)) || row["createdAt"] == nil || len(row) != 5 {
			t.Errorf("%v", row)
		}
	}
	if got := strings.Join(names, "|"); got != "Dexter Morgan's Zoho CRM|Dexter Morgan's Zoho CRM (2)|Dexter Morgan's Zoho CRM (3)" {
		t.Error(got)
	}
	other := w.user("sarah", "Sarah Jones")
	if n := len(w.listed(other, "zohoCRM")) + len(w.listed("", "zohoCRM")); n != 0 {
		t.Errorf("%d credentials are seen by others", n)
	}
	rows := w.call("", http.MethodGet, "/users/dexter/credentials?connectorId=zohoCRM", nil).want(http.StatusOK)
	if rows.length("data") != 3 || rows.at("data", 0, "connectorId") != nil {
		t.Errorf("%s", rows.raw)
	}
	id := rows.text("data", 0, "credentialId")
	w.call("", http.MethodDelete, "/users/"+other+"/credentials/"+id, nil).want(http.StatusNotFound)
	w.call("", http.MethodDelete, "/users/"+user+"/credentials/"+id, nil).want(http.StatusOK)
	w.call("", http.MethodDelete, "/users/"+user+"/credentials/"+id, nil).want(http.StatusNotFound)
	w.connect(user, "zohoCRM")
	if rows := w.listed(user, "zohoCRM"); rows[2].(object)["name"] != "Dexter Morgan's Zoho CRM (4)" {
		t.Errorf("a number is given twice: %v", rows)
	}
}

func TestCredentialIsListedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(object{"credentialDelayMs": 2000})
	user := w.user("dexter", "")
	w.decide(w.begin(user, "hubspot"), "allow").want(http.StatusSeeOther)
	if n := len(w.listed(user, "hubspot")); n != 0 {
		t.Error("listed at once")
	}
	w.clock.advance(2 * time.Second)
	if rows := w.listed(user, "hubspot"); len(rows) != 1 || rows[0].(object)["name"] != "dexter's Hubspot" {
		t.Errorf("after the delay: %v", rows)
	}
}

func TestKeyCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("dexter", "Dexter Morgan")
	made := w.call(user, http.MethodPost, "/connectors/pipedrive/credentials", object{"userId": user, "authenticationType": "pipedrive-api-key", "data": object{"apiToken": "secret-canary"}}).want(http.StatusOK)
	if rows := w.listed(user, "pipedrive"); len(rows) != 1 || rows[0].(object)["credentialId"] != made.text("credentialId") || rows[0].(object)["type"] != "pipedrive-api-key" {
		t.Errorf("%s %v", made.raw, rows)
	}
	for name, body := range map[string]object{
		"fields in place of data": {"authenticationType": "pipedrive-api-key", "fields": object{"apiToken": "x"}},
		"at the top":              {"authenticationType": "pipedrive-api-key", "apiToken": "x"},
		"empty":                   {"authenticationType": "pipedrive-api-key", "data": object{"apiToken": " "}},
	} {
		a := w.call(user, http.MethodPost, "/connectors/pipedrive/credentials", body)
		if a.status != http.StatusBadRequest || a.text("error", "details", "field") != "data.apiToken" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	for _, body := range []object{{"authenticationType": "apiKey"}, {"authenticationType": "oauth2", "redirectUri": back}} {
		w.call(user, http.MethodPost, "/connectors/pipedrive/credentials", body).want(http.StatusNotFound)
	}
	if ledger := string(w.manage(http.MethodGet, "/ledger", nil).raw); strings.Contains(ledger, "secret-canary") || strings.Contains(ledger, apiKey) {
		t.Error("the ledger holds a secret")
	}
}

// The user of a new credential stands in the header, in the body, or in both; with the strict setting in the body.
func TestWhoseCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, other := w.user("dexter", ""), w.user("sarah", "")
	post := func(header string, body object) int {
		body["authenticationType"], body["redirectUri"] = "oauth2", back
		return w.call(header, http.MethodPost, "/connectors/hubspot/credentials", body).status
	}
	for name, c := range map[string]struct {
		header string
		body   object
		status int
	}{
		"both":           {user, object{"userId": user}, 200},
		"header":         {user, object{}, 200},
		"body":           {"", object{"userId": user}, 200},
		"neither":        {"", object{}, 400},
		"contradiction":  {user, object{"userId": other}, 400},
		"no id":          {"", object{"userId": "dexter"}, 400},
		"nobody":         {"", object{"userId": "000000000000000000000000"}, 404},
		"nobody, header": {"000000000000000000000000", object{}, 404},
	} {
		if got := post(c.header, c.body); got != c.status {
			t.Errorf("%s: %d, want %d", name, got, c.status)
		}
	}
	w.set(object{"requireBodyUserId": true})
	if got := post(user, object{}); got != http.StatusBadRequest {
		t.Errorf("strict, header only: %d", got)
	}
	if got := post(user, object{"userId": user}); got != http.StatusOK {
		t.Errorf("strict, both: %d", got)
	}
	bad := w.call(user, http.MethodPost, "/connectors/hubspot/credentials", object{"authenticationType": "oauth2", "userId": user, "redirectUri": "javascript:alert(1)"})
	bad.want(http.StatusBadRequest)
	region := w.call(user, http.MethodPost, "/connectors/zohoCRM/credentials", object{"authenticationType": "oauth2", "userId": user, "redirectUri": back, "data": object{"region": "moon"}})
	region.want(http.StatusBadRequest)
}
