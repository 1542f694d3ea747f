//go:build browser

package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdp "github.com/chromedp/chromedp"
)

// screenshots go where BROWSER_SCREENSHOTS says, else nowhere.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("BROWSER_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := cdp.Run(ctx, cdp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}

// A person sends a contact from the demo page, changes it, sends it again, and sees it in the CRM: `dev` as it is, in
// headless Chromium.
func TestBrowserSendsAContact(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if chromium, err = exec.LookPath("google-chrome"); err != nil {
			t.Fatal("no browser on this machine: apt-get install chromium")
		}
	}
	urls := startDev(t)

	options := append(cdp.DefaultExecAllocatorOptions[:],
		cdp.ExecPath(chromium), cdp.NoSandbox, cdp.DisableGPU, cdp.UserDataDir(t.TempDir()),
		cdp.Flag("disable-quic", true), cdp.Flag("disable-component-update", true), cdp.Flag("disable-popup-blocking", true),
		cdp.WindowSize(1280, 900))
	allocator, cancel := cdp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := cdp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)

	do := func(what string, steps ...cdp.Action[cdp.Void]) {
		t.Helper()
		if err := cdp.Do(ctx, steps...); err != nil {
			shoot(t, ctx, "failed")
			t.Fatalf("%s: %v", what, err)
		}
	}
	id := func(testid string) string { return `[data-testid="` + testid + `"]` }
	click := func(testid string) {
		t.Helper()
		do("click "+testid, cdp.WaitVisible(id(testid)), cdp.Click(id(testid)))
	}
	text := func(testid string) string {
		t.Helper()
		do("wait for "+testid, cdp.WaitVisible(id(testid)))
		found, err := cdp.Run(ctx, cdp.Text(id(testid)))
		if err != nil {
			t.Fatalf("%s: %v", testid, err)
		}
		return found
	}

	do("open the demo page", cdp.Navigate(urls.demo), cdp.WaitVisible(id("send-cust_101")))
	shoot(t, ctx, "1-customers")
	click("send-cust_101")
	do("choose a CRM", cdp.WaitVisible(id("crm-hubspot")))
	shoot(t, ctx, "2-choose")
	click("crm-hubspot")
	popup := cdp.WaitNewTarget(ctx, nil)
	click("connect")
	consent, cancelConsent := cdp.NewContext(ctx, cdp.WithTargetID(<-popup))
	defer cancelConsent()
	if err := cdp.Do(consent, cdp.WaitVisible(`button`)); err != nil {
		t.Fatalf("the consent page: %v", err)
	}
	shoot(t, consent, "3-consent")
	if err := cdp.Do(consent, cdp.Click(`//button[normalize-space()="Allow"]`)); err != nil {
		t.Fatalf("allow: %v", err)
	}
	do("preview", cdp.WaitVisible(id("preview")), cdp.WaitVisible(id("confirm-send")))
	shoot(t, ctx, "4-preview")
	click("confirm-send")
	if got := text("result-text"); !strings.Contains(strings.ToLower(got), "creat") {
		t.Errorf("the result says %q", got)
	}
	shoot(t, ctx, "5-result")
	link, err := cdp.Run(ctx, cdp.AttributeValue(id("crm-link"), "href"))
	if err != nil || !strings.HasPrefix(link.Value, urls.sandbox) {
		t.Fatalf("the link to the CRM record: %+v %v", link, err)
	}
	click("done")

	do("change the phone", cdp.Click(id("edit-cust_101")), cdp.WaitVisible(id("field-cust_101-contact_phone")),
		cdp.SetValue(id("field-cust_101-contact_phone"), ""), cdp.SendKeys(id("field-cust_101-contact_phone"), "+1 (555) 765-4321"))
	click("send-cust_101")
	do("preview of the update", cdp.WaitVisible(id("changes")))
	shoot(t, ctx, "6-update")
	click("confirm-send")
	if got := text("result-text"); !strings.Contains(strings.ToLower(got), "updat") {
		t.Errorf("the second result says %q", got)
	}

	do("look into the CRM", cdp.Navigate(link.Value))
	page, err := cdp.Run(ctx, cdp.Text("body"))
	if err != nil || !strings.Contains(page, "+1 (555) 765-4321") {
		t.Errorf("the CRM's page shows %q (%v)", page, err)
	}
	shoot(t, ctx, "7-record")
	do("all that arrived", cdp.Navigate(urls.sandbox+"/crm/hubspot"))
	shoot(t, ctx, "8-crm")
}

// startDev runs `server dev` on free ports, in a folder of its own, until the test ends.
func startDev(t *testing.T) devURLs {
	t.Helper()
	dir := devDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"dev", "--dir", dir, "--port", "0", "--sandbox-port", "0", "--management-port", "0", "--admin-port", "0"},
			env{}, writer, os.Stderr)
		_ = writer.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-exit; code != 0 {
			t.Errorf("dev ended with %d", code)
		}
	})
	return readURLs(t, reader)
}
