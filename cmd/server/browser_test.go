//go:build browser

package main

import (
	"context"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdptarget "github.com/chromedp/cdproto/target"
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

// browser starts a headless browser that ends with the test.
func browser(t *testing.T, path string) context.Context {
	t.Helper()
	options := append(cdp.DefaultExecAllocatorOptions[:],
		cdp.ExecPath(path), cdp.NoSandbox, cdp.DisableGPU, cdp.UserDataDir(t.TempDir()), cdp.WindowSize(1280, 900),
		cdp.Flag("disable-quic", true), cdp.Flag("disable-component-update", true), cdp.Flag("force-prefers-reduced-motion", true))
	allocator, cancel := cdp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := cdp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 60*time.Second)
	t.Cleanup(cancel)
	return ctx
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

	ctx := browser(t, chromium)
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
	popup := make(chan string, 1)
	cdp.WaitNewTarget(ctx, func(info *cdptarget.Info) bool {
		if !strings.Contains(info.URL, "/authorize?") {
			return false
		}
		popup <- info.URL
		return true
	})
	click("connect")
	// The consent page forbids all script, and the browser's debugger does not get into it: its button is pressed here
	// as a browser without script does, while the page behind it waits in the real one.
	select {
	case address := <-popup:
		capture(t, chromium, address, "3-consent")
		w := &world{t: t}
		if end := w.consent(address, "Allow"); !strings.HasPrefix(end.Path, "/oauth/callback/") {
			t.Fatalf("after the consent the browser is at %s", end)
		}
	case <-time.After(20 * time.Second):
		shoot(t, ctx, "failed")
		t.Fatal("no consent page opens")
	}
	do("preview", cdp.WaitVisible(id("preview")), cdp.WaitVisible(id("confirm-send")))
	shoot(t, ctx, "4-preview")
	click("confirm-send")
	if got := text("result"); !strings.Contains(got, "Created in Hubspot") {
		t.Errorf("the result says %q", got)
	}
	shoot(t, ctx, "5-result")
	link, err := cdp.Run(ctx, cdp.AttributeValue(id("crm-link"), "href"))
	if err != nil || !strings.HasPrefix(link.Value, urls.sandbox) {
		t.Fatalf("the link to the CRM record: %+v %v", link, err)
	}
	click("done")

	phone := id("field-cust_101-contact_phone")
	do("find the phone", cdp.WaitVisible(phone))
	if _, err := cdp.Run(ctx, cdp.Evaluate[string](`document.querySelector('`+phone+`').select(), ""`)); err != nil {
		t.Fatalf("select the phone: %v", err)
	}
	do("change the phone", cdp.SendKeys(phone, "+1 (555) 765-4321\t"))
	click("send-cust_101")
	do("preview of the update", cdp.WaitVisible(id("changes")))
	shoot(t, ctx, "6-update")
	click("confirm-send")
	if got := text("result"); !strings.Contains(got, "Updated in Hubspot") {
		t.Errorf("the second result says %q", got)
	}

	if shown := (&world{t: t}).text(link.Value); !strings.Contains(html.UnescapeString(shown), "+1 (555) 765-4321") {
		t.Errorf("the CRM's page shows\n%s", shown)
	}
	capture(t, chromium, link.Value, "7-record")
	capture(t, chromium, urls.sandbox+"/crm/hubspot", "8-crm")
}

// capture takes a picture of a page, for screenshots only.
func capture(t *testing.T, chromium, address, name string) {
	t.Helper()
	dir := os.Getenv("BROWSER_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--user-data-dir="+t.TempDir(), "--window-size=1280,900",
		"--screenshot="+filepath.Join(dir, name+".png"), address).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
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
