//go:build browser

package main

import (
	"context"
	"html"
	"io"
	"net"
	"strings"
	"testing"

	cdp "github.com/chromedp/chromedp"
)

// A person sends a contact from the demo page, changes it, sends it again, and sees it in the CRM: `dev` as it is, in
// headless Chromium.
func TestBrowserSendsAContact(t *testing.T) {
	urls := startDev(t)
	p := openDemo(t, urls)
	p.shoot("1-customers")
	p.click("send-cust_101")
	p.text("crm-hubspot")
	p.shoot("2-choose")
	p.click("crm-hubspot")
	address := p.consents("connect")
	p.capture(address, "3-consent")
	if end := (&world{t: t}).consent(address, "Allow"); !strings.HasPrefix(end.Path, "/oauth/callback/") {
		t.Fatalf("after the consent the browser is at %s", end)
	}
	p.text("preview")
	p.shoot("4-preview")
	p.click("confirm-send")
	p.says("result", "Created in Hubspot")
	p.shoot("5-result")
	link, err := cdp.Run(p.ctx, cdp.AttributeValue(named("crm-link"), "href"))
	if err != nil || !strings.HasPrefix(link.Value, urls.sandbox) {
		t.Fatalf("the link to the CRM record: %+v %v", link, err)
	}
	p.click("done")

	p.write("field-cust_101-contact_phone", "+1 (555) 765-4321\t")
	p.click("send-cust_101")
	p.text("changes")
	p.shoot("6-update")
	p.click("confirm-send")
	p.says("result", "Updated in Hubspot")

	if shown := (&world{t: t}).text(link.Value); !strings.Contains(html.UnescapeString(shown), "+1 (555) 765-4321") {
		t.Errorf("the CRM's page shows\n%s", shown)
	}
	p.capture(link.Value, "7-record")
	p.capture(urls.sandbox+"/crm/hubspot", "8-crm")
}

// startDev runs `server dev` on free ports, in a folder of its own, until the test ends. further arguments come last.
func startDev(t *testing.T, further ...string) devURLs {
	t.Helper()
	dir := devDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	exit, errs := make(chan int, 1), &journal{}
	go func() {
		args := []string{"dev", "--dir", dir, "--port", "0", "--sandbox-port", "0", "--management-port", "0", "--admin-port", "0"}
		exit <- run(ctx, append(args, further...), env{}, writer, errs)
		_ = writer.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-exit; code != 0 {
			t.Errorf("dev ended with %d", code)
		}
	})
	return readURLs(t, reader, exit, errs)
}

// startDevWithSwitches is startDev with the address of the sandbox's switches.
func startDevWithSwitches(t *testing.T) (urls devURLs, switches string) {
	t.Helper()
	switches = freeAddr(t)
	_, port, err := net.SplitHostPort(switches)
	if err != nil {
		t.Fatal(err)
	}
	return startDev(t, "--management-port", port), switches
}
