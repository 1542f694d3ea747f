//go:build browser

package main

import (
	"net/http"
	"strings"
	"testing"

	cdp "github.com/chromedp/chromedp"
)

// A person connects a CRM that nobody has described, sees how the fields fit, leaves out what does not, and sends.
func TestBrowserMatchesAnUnknownCRM(t *testing.T) {
	urls, switches := startDevWithSwitches(t)
	w, caller := behind(t, urls, switches)
	p := openDemo(t, urls)
	p.click("send-cust_101")
	p.says("crm-acornCRM", "Fields to be matched")
	p.looks("10-choose", "crm-acornCRM")
	p.click("crm-acornCRM")
	p.write("credential-accessKey", "key-of-an-acorn")
	p.write("credential-treeName", "acme")
	p.click("connect")

	p.says("match", "Match your fields with Acorn CRM", "Create a person record")
	p.says("suggestions", "Last name", "family_name", "needed by Acorn CRM", "Email", "email_address", "Company", "employer")
	if focused := p.script(`document.activeElement.tagName`); focused != "H3" {
		t.Errorf("the focus is on %s, not on the heading", focused)
	}
	p.looks("11-match", "match")
	if n := len(w.writes("acornCRM")); n != 0 {
		t.Fatalf("the CRM was written to %d times", n)
	}

	// While the person reads, the CRM takes a field away: the fault is shown at that suggestion.
	connection := caller.get("/v1/connections").want(t, http.StatusOK)
	id, _ := at(connection.body, "connections", 0, "id").(string)
	w.drift("acornCRM", "createPersonRecord", "employer", map[string]any{"drop": true})
	w.eventually("the service knows the new schema", func() bool {
		action := caller.get("/v1/connectors/acornCRM/actions/createPersonRecord").want(t, http.StatusOK)
		return at(action.body, "requestBody", "properties", "employer") == nil
	})
	p.do("uncheck with the keyboard", cdp.Focus(named("use-mobile")), cdp.SendKeys(named("use-mobile"), " "))
	p.click("use-fields")
	p.do("the fault", cdp.WaitVisible(named("use-employer")+`[aria-invalid]`))
	p.looks("12-match-fault", "use-employer")
	if focused := p.script(`document.activeElement.dataset.testid`); focused != "use-employer" {
		t.Errorf("the focus is on %s, not on what is wrong", focused)
	}
	if version := caller.get(mappingPath(id, "contact")).want(t, 200).body["version"]; version != 0.0 {
		t.Errorf("a mapping with a fault was saved as version %v", version)
	}
	p.click("use-employer")
	p.click("use-fields")

	p.says("preview", "New in Acorn CRM")
	p.says("fields", "given_name", "John")
	p.says("unmapped", "Phone", "Company")
	p.looks("13-preview", "preview")
	p.click("confirm-send")
	p.says("result", "Created in Acorn CRM")
	p.click("done")
	held := w.fieldsOf(t, "acornCRM", "contact")
	if held["given_name"] != "John" || held["family_name"] != "Doe" || held["email_address"] != "john.doe@acme.com" {
		t.Errorf("the CRM has %v", held)
	}
	if held["mobile"] != nil || held["employer"] != nil {
		t.Errorf("what was unchecked has arrived: %v", held)
	}

	// From now on it is a CRM like any other: nothing is to be matched for contacts, and a send begins with the preview.
	p.click("connect-another")
	p.click("close")
	p.click("send-cust_102")
	p.says("preview", "New in Acorn CRM")
	p.click("other-crm")
	if text := p.text("crm-acornCRM"); strings.Contains(text, "matched") || !strings.Contains(text, "Connected") {
		t.Errorf("the CRM is offered as %q", text)
	}
	p.click("close")
	p.click("tab-company")
	p.click("send-comp_201")
	p.says("match", "Match your fields with Acorn CRM", "Create an organisation record")
	p.click("other-crm")
	p.says("crm-acornCRM", "Fields to be matched", "Connected")
}

// A person who has left out what the CRM needs is told so, and gets back to the fields.
func TestBrowserMatchesWhatIsMissing(t *testing.T) {
	urls, switches := startDevWithSwitches(t)
	w, caller := behind(t, urls, switches)
	id := caller.keyed("acornCRM", acornKey)
	p := openDemo(t, urls)
	p.text("connection-acornCRM")
	p.click("send-cust_101")
	p.click("use-family_name")
	p.click("use-fields")
	p.says("preview", "before this can be sent")
	if disabled := p.script(`String(document.querySelector('` + named("confirm-send") + `').disabled)`); disabled != "true" {
		t.Error("the record can be sent all the same")
	}
	p.looks("14-missing", "preview")
	p.click("match-fields")
	p.says("suggestions", "family_name")
	p.click("use-fields")
	p.click("confirm-send")
	p.says("result", "Created in Acorn CRM")
	rules, _ := caller.get(mappingPath(id, "contact")).want(t, 200).body["rules"].([]any)
	if having(rules, "to", "email_address") == nil || having(rules, "to", "family_name") == nil {
		t.Errorf("the second choice has replaced the first: %v", rules)
	}
	if held := w.fieldsOf(t, "acornCRM", "contact"); held["family_name"] != "Doe" || held["given_name"] != "John" {
		t.Errorf("the CRM has %v", held)
	}
}

// Somebody else matches the fields while a person looks at the suggestions: neither choice is lost.
func TestBrowserMatchesBesideOthers(t *testing.T) {
	urls, switches := startDevWithSwitches(t)
	_, caller := behind(t, urls, switches)
	id := caller.keyed("acornCRM", acornKey)
	p := openDemo(t, urls)
	p.text("connection-acornCRM")
	p.click("send-cust_101")
	p.text("suggestions")
	caller.accept(id, "contact")
	p.click("use-fields")
	p.says("failure", "matched elsewhere meanwhile")
	p.click("retry")
	p.do("the rest", cdp.WaitNotPresent(named("suggestions")), cdp.WaitVisible(named("match")))
	p.says("match", "still free")
	p.click("use-fields")
	p.says("preview", "New in Acorn CRM")
	if version := caller.get(mappingPath(id, "contact")).want(t, 200).body["version"]; version != 1.0 {
		t.Errorf("the mapping is at version %v", version)
	}
}
