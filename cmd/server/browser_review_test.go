//go:build browser

package main

import (
	"net"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	cdptarget "github.com/chromedp/cdproto/target"
	cdp "github.com/chromedp/chromedp"
)

// The answer to a deal's creation is lost. The demo page asks the person what came of it, and goes on as told.
func TestBrowserAsksWhatHappened(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if chromium, err = exec.LookPath("google-chrome"); err != nil {
			t.Fatal("no browser on this machine: apt-get install chromium")
		}
	}
	switches := freeAddr(t)
	_, port, err := net.SplitHostPort(switches)
	if err != nil {
		t.Fatal(err)
	}
	urls := startDev(t, "--management-port", port)
	w := &world{t: t, management: &httptest.Server{URL: "http://" + switches}}
	w.fault(map[string]any{"match": map[string]any{"object": "deal", "operation": "create"}, "kind": "cut_before", "times": 1})

	ctx := browser(t, chromium)
	id := func(testid string) string { return `[data-testid="` + testid + `"]` }
	do := func(what string, steps ...cdp.Action[cdp.Void]) {
		t.Helper()
		if err := cdp.Do(ctx, steps...); err != nil {
			shoot(t, ctx, "failed")
			t.Fatalf("%s: %v", what, err)
		}
	}
	click := func(testid string) {
		t.Helper()
		do("click "+testid, cdp.WaitVisible(id(testid)), cdp.Click(id(testid)))
	}
	do("open the demo page", cdp.Navigate(urls.demo), cdp.WaitVisible(id("send-cust_101")))
	click("tab-deal")
	click("send-deal_301")
	click("crm-hubspot")
	popup := make(chan string, 1)
	cdp.WaitNewTarget(ctx, func(info *cdptarget.Info) bool {
		if !strings.Contains(info.URL, "/authorize?") {
			return false
		}
		popup <- info.URL
		return true
	})
	click("connect")
	select {
	case address := <-popup:
		w.consent(address, "Allow")
	case <-time.After(20 * time.Second):
		shoot(t, ctx, "failed")
		t.Fatal("no consent page opens")
	}
	click("confirm-send")
	do("the question", cdp.WaitVisible(id("review")), cdp.WaitVisible(id("found-id")))
	shoot(t, ctx, "9-review")
	if n := len(w.records("hubspot", "deal")); n != 0 {
		t.Fatalf("the CRM has %d deals", n)
	}
	click("choose-create")
	do("the result", cdp.WaitVisible(id("result")+` [data-status="succeeded"]`))
	if n := len(w.records("hubspot", "deal")); n != 1 {
		t.Errorf("the CRM has %d deals", n)
	}
}
