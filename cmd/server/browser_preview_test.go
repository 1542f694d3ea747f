//go:build browser

package main

import (
	"net/http"
	"testing"

	cdp "github.com/chromedp/chromedp"
)

// The preview says what is not sent and why, what an update is compared with, what the connection's filter means for the
// record, and how values come about; the connection says which fields of the CRM have changed.
func TestBrowserShowsWhy(t *testing.T) {
	urls, switches := startDevWithSwitches(t)
	w, caller := behind(t, urls, switches)
	made := caller.post("/v1/connections", map[string]any{"connector": "hubspot"}).want(t, http.StatusCreated)
	w.consent(made.str("authorizationUrl"), "Allow")
	id := made.str("id")
	caller.override(id, "contact",
		map[string]any{"to": "properties.company", "enabled": false},
		map[string]any{"to": "properties.jobtitle", "expr": `record.contact_title + " at " + record.contact_company`},
	).want(t, 200)
	caller.put("/v1/connections/"+id+"/sync", map[string]any{"objects": map[string]any{"contact": map[string]any{
		"filter": `record.contact_email.endsWith("@techcorp.com")`,
	}}}).want(t, 200)

	p := openDemo(t, urls)
	p.text("connection-hubspot")
	p.click("send-cust_102")
	p.says("fields", "VP of Sales at TechCorp", "worked out", "record.contact_title")
	if p.script(`String(document.querySelector('`+named("filter")+`') === null)`) != "true" {
		t.Error("a record that the filter takes is said to be outside of it")
	}
	p.click("close")
	p.click("send-cust_101")
	p.says("filter", "would not be sent automatically", "@techcorp.com")
	p.do("open what is not sent", cdp.Click(named("omitted")+" summary"))
	p.says("omitted", "Not sent (", "properties.company", "The rule is switched off")
	p.looks("15-not-sent", "omitted")
	p.click("confirm-send")
	p.says("result", "Created in")
	p.click("done")

	p.write("field-cust_101-contact_phone", "+1 (555) 765-4321\t")
	p.click("send-cust_101")
	p.says("changes-against", "holds now")
	p.looks("16-changes", "changes")
	p.click("close")
	w.fault(map[string]any{"match": map[string]any{"object": "contact", "operation": "get"}, "kind": "status", "status": 500})
	p.click("send-cust_101")
	p.says("changes-against", "last sent")
	p.click("close")

	w.drift("hubspot", "updateContact", "properties.phone", map[string]any{"drop": true})
	body := sendBody(id, "contact", "cust_101", changed(john(), "contact_phone", "+1 (555) 765-9999"))
	w.eventually("a preview finds that a field is gone", func() bool {
		return having(caller.post("/v1/preview", body).want(t, 200).body["issues"], "code", "schema_drift") != nil
	})
	w.eventually("the connection says so", func() bool {
		return caller.get("/v1/connections/"+id).want(t, 200).body["mappingIssues"] != nil
	})
	p.do("look again", cdp.Navigate(urls.demo))
	p.says("mapping-issues", "has changed its fields", "properties.phone")
	p.looks("17-connection", "mapping-issues")
}
