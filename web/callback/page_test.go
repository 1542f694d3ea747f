package callback_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/web/callback"
)

func render(t *testing.T, p callback.Page) string {
	t.Helper()
	var out bytes.Buffer
	if err := callback.Render(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The policy names the very bytes that stand in the page: a template that rewrote them would switch the page off.
func TestPolicyFitsThePage(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"active", "pending", "failed", "expired", "unknown"} {
		page := render(t, callback.Page{Title: "Title", Message: "Message", Status: status, ConnectionID: "c"})
		for directive, pattern := range map[string]string{"script-src": `(?s)<script>(.*?)</script>`, "style-src": `(?s)<style>(.*?)</style>`} {
			found := regexp.MustCompile(pattern).FindAllStringSubmatch(page, -1)
			if len(found) != 1 {
				t.Fatalf("%s: %d elements for %s, want 1", status, len(found), directive)
			}
			sum := sha256.Sum256([]byte(found[0][1]))
			want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
			if !strings.Contains(callback.Policy(), want) {
				t.Errorf("%s: the policy %q lacks %q", status, callback.Policy(), want)
			}
		}
	}
}

func TestPageEscapes(t *testing.T) {
	t.Parallel()
	hostile := `"><img src=x onerror=alert(1)></main><script>alert(1)</script>`
	page := render(t, callback.Page{
		Title: hostile, Message: hostile, Status: hostile, ConnectionID: hostile, Origins: []string{hostile},
	})
	if strings.Contains(page, "<img") || strings.Count(page, "<script") != 1 || strings.Count(page, "</main>") != 1 {
		t.Errorf("markup of a value stands in the page:\n%s", page)
	}
	if strings.Count(page, "&lt;img") != 6 { // title, heading, message, three attributes
		t.Errorf("a value is missing from the page:\n%s", page)
	}
}

func TestPageTellsAllowedOriginsOnly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		origins []string
		want    string
	}{
		"none":     {nil, ""},
		"two":      {[]string{"https://a.example", "https://b.example:8443"}, "https://a.example https://b.example:8443"},
		"anybody":  {[]string{"*", "https://a.example"}, "https://a.example"},
		"opaque":   {[]string{"null", ""}, ""},
		"any name": {[]string{"https://*.a.example"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := append([]string{}, tc.origins...)
			page := render(t, callback.Page{Status: "active", ConnectionID: "c-1", Origins: given})
			if want := `data-status="active" data-connection="c-1" data-origins="` + tc.want + `"`; !strings.Contains(page, want) {
				t.Errorf("the page lacks %s:\n%s", want, page)
			}
			if diff := cmp.Diff(append([]string{}, tc.origins...), given); diff != "" {
				t.Errorf("the caller's list was changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	page := callback.Page{Title: "This link is no longer valid", Message: "Start again.", Status: "expired"}
	if err := callback.Write(w, http.StatusGone, page); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusGone {
		t.Errorf("status %d, want 410", w.Code)
	}
	want := http.Header{
		"Content-Type": {"text/html; charset=utf-8"}, "Content-Security-Policy": {callback.Policy()},
		"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"no-referrer"}, "Cache-Control": {"no-store"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if !strings.Contains(w.Body.String(), "<h1>This link is no longer valid</h1>") {
		t.Errorf("the page does not say what happened:\n%s", w.Body)
	}
}
