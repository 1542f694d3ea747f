//go:build browser

package main

import (
	"testing"

	cdp "github.com/chromedp/chromedp"
)

// The answer to a deal's creation is lost. The demo page asks the person what came of it, and goes on as told.
func TestBrowserAsksWhatHappened(t *testing.T) {
	urls, switches := startDevWithSwitches(t)
	w, _ := behind(t, urls, switches)
	w.fault(map[string]any{"match": map[string]any{"object": "deal", "operation": "create"}, "kind": "cut_before", "times": 1})

	p := openDemo(t, urls)
	p.click("tab-deal")
	p.click("send-deal_301")
	p.click("crm-hubspot")
	w.consent(p.consents("connect"), "Allow")
	p.click("confirm-send")
	p.text("review")
	p.text("found-id")
	p.shoot("9-review")
	if n := len(w.records("hubspot", "deal")); n != 0 {
		t.Fatalf("the CRM has %d deals", n)
	}
	p.click("choose-create")
	p.do("the result", cdp.WaitVisible(named("result")+` [data-status="succeeded"]`))
	if n := len(w.records("hubspot", "deal")); n != 1 {
		t.Errorf("the CRM has %d deals", n)
	}
}
