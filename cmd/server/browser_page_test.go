//go:build browser

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdptarget "github.com/chromedp/cdproto/target"
	cdp "github.com/chromedp/chromedp"
)

// page is the demo page in a headless browser that ends with the test. What is on it is named by its data-testid.
type page struct {
	t        *testing.T
	ctx      context.Context
	chromium string
}

// openDemo opens the demo page and waits for its customers.
func openDemo(t *testing.T, urls devURLs) *page {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if chromium, err = exec.LookPath("google-chrome"); err != nil {
			t.Fatal("no browser on this machine: apt-get install chromium")
		}
	}
	options := append(cdp.DefaultExecAllocatorOptions[:],
		cdp.ExecPath(chromium), cdp.NoSandbox, cdp.DisableGPU, cdp.UserDataDir(t.TempDir()), cdp.WindowSize(1280, 900),
		cdp.Flag("disable-quic", true), cdp.Flag("disable-component-update", true), cdp.Flag("force-prefers-reduced-motion", true))
	allocator, cancel := cdp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := cdp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	p := &page{t, ctx, chromium}
	if err := cdp.Do(ctx); err != nil { // the browser lives as long as the context of its first command
		t.Fatalf("start the browser: %v", err)
	}
	p.do("open the demo page", cdp.Navigate(urls.demo), cdp.WaitVisible(named("send-cust_101")))
	return p
}

func named(testid string) string { return `[data-testid="` + testid + `"]` }

func (p *page) do(what string, steps ...cdp.Action[cdp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := cdp.Do(ctx, steps...); err != nil {
		p.shoot("failed")
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *page) click(testid string) {
	p.t.Helper()
	p.do("click "+testid, cdp.WaitVisible(named(testid)), cdp.Click(named(testid)))
}

// write replaces what an input holds, as a person does.
func (p *page) write(testid, text string) {
	p.t.Helper()
	p.do("find "+testid, cdp.WaitVisible(named(testid)))
	p.script(`document.querySelector('` + named(testid) + `').select(), ""`)
	p.do("write into "+testid, cdp.SendKeys(named(testid), text))
}

// text waits for something and reads what a person sees of it.
func (p *page) text(testid string) string {
	p.t.Helper()
	p.do("wait for "+testid, cdp.WaitVisible(named(testid)))
	found, err := cdp.Run(p.ctx, cdp.Text(named(testid)))
	if err != nil {
		p.t.Fatalf("%s: %v", testid, err)
	}
	return found
}

// says checks what a person reads.
func (p *page) says(testid string, want ...string) {
	p.t.Helper()
	text := p.text(testid)
	for _, w := range want {
		if !strings.Contains(text, w) {
			p.t.Errorf("%s does not say %q: %q", testid, w, text)
		}
	}
}

// script gives the text that an expression comes to.
func (p *page) script(expression string) string {
	p.t.Helper()
	found, err := cdp.Run(p.ctx, cdp.Evaluate[string](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return found
}

// consents presses a button that leads to a CRM's consent page, and returns that page's address. Such a page forbids all
// script, and the browser's debugger does not get into it: the test gives the consent as a browser without script does.
func (p *page) consents(testid string) (address string) {
	p.t.Helper()
	popup := make(chan string, 1)
	cdp.WaitNewTarget(p.ctx, func(info *cdptarget.Info) bool {
		if !strings.Contains(info.URL, "/authorize?") {
			return false
		}
		popup <- info.URL
		return true
	})
	p.click(testid)
	select {
	case address = <-popup:
	case <-time.After(20 * time.Second):
		p.shoot("failed")
		p.t.Fatal("no consent page opens")
	}
	return address
}

// shoot takes a picture. Pictures go where BROWSER_SCREENSHOTS says, else nowhere.
func (p *page) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("BROWSER_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := cdp.Run(p.ctx, cdp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Error(err)
	}
}

// looks takes pictures of something in a wide and a narrow window, light and dark, and fails where anything is wider than
// its place.
func (p *page) looks(name, testid string) {
	p.t.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"wide", 1280, 900}, {"narrow", 390, 844}} {
		p.do("resize", cdp.EmulateViewport(size.width, size.height), cdp.ScrollIntoView(named(testid)))
		for _, scheme := range []string{"light", "dark"} {
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			if _, err := cdp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
				p.t.Fatalf("prefer %s: %v", scheme, err)
			}
			p.shoot(name + "-" + size.name + "-" + scheme)
		}
		const cut = `[...document.querySelectorAll("html, .dialog-body")].filter((e) => e.scrollWidth > e.clientWidth).flatMap((box) =>
			[box, ...box.querySelectorAll("*")].filter((e) => e.scrollWidth > e.clientWidth && e.clientWidth > 1)).map((e) =>
			e.outerHTML.slice(0, 120)).join("\n")`
		if found := p.script(cut); found != "" {
			p.t.Errorf("%s, %s: wider than the window:\n%s", name, size.name, found)
		}
	}
	p.do("resize back", cdp.ResetViewport())
}

// capture takes a picture of another page.
func (p *page) capture(address, name string) {
	p.t.Helper()
	dir := os.Getenv("BROWSER_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--user-data-dir="+p.t.TempDir(), "--window-size=1280,900",
		"--screenshot="+filepath.Join(dir, name+".png"), address).CombinedOutput()
	if err != nil {
		p.t.Errorf("%v\n%s", err, out)
	}
}

// behind is what stands behind the demo page: the service, called for the person who is signed in, and the sandbox's
// switches.
func behind(t *testing.T, urls devURLs, switches string) (*world, client) {
	w := &world{t: t, url: strings.TrimSuffix(urls.demo, "/demo"), management: &httptest.Server{URL: "http://" + switches}}
	return w, client{w, http.Header{"Authorization": {"Bearer " + urls.key}, "X-User-Id": {"demo-user-1"}}}
}
