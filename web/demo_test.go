package web_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/web"
)

// get asks a demo with the given options for a path.
func get(t *testing.T, o web.DemoOptions, path string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	web.Demo(o).ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestPageKeepsToItself(t *testing.T) {
	t.Parallel()
	o := web.DemoOptions{ServiceKey: "the-service-key", SandboxURL: "http://localhost:8081/crm"}
	response := get(t, o, "/demo", nil)
	page := text(t, response)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, want 200", response.StatusCode)
	}
	if strings.Contains(page, o.ServiceKey) {
		t.Error("the page holds the service key")
	}
	policy := response.Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'self'", "img-src 'self' data: https: http:", "connect-src 'self';", "base-uri 'none'",
		"form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy %q allows something unsafe", policy)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	// What the policy would refuse has no place in the page.
	for _, pattern := range []string{`<script(?:[^>]*)>[^<]`, `<style`, `\sstyle=`, `\son[a-z]+=`, `(?:src|href)="https?://[^l]`} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page holds %q", found)
		}
	}
	for _, user := range []string{"demo-user-1", "demo-user-2"} {
		if !strings.Contains(page, `<option value="`+user+`">`) {
			t.Errorf("%s cannot be chosen", user)
		}
	}
}

func TestPageFollowsItsOptions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options       web.DemoOptions
		holds, lacks  string
		policyAllows  string
		policyRefuses string
	}{
		"another origin": {
			options: web.DemoOptions{APIBase: "https://crm.example.com"},
			holds:   `data-api-base="https://crm.example.com"`, lacks: "sandbox-link",
			policyAllows: "connect-src 'self' https://crm.example.com;",
		},
		"the page's own origin": {
			options: web.DemoOptions{SandboxURL: "http://localhost:8081"},
			holds:   `href="http://localhost:8081"`, lacks: "https://crm.example.com",
			policyAllows: "connect-src 'self';",
		},
		"options are text": {
			options: web.DemoOptions{APIBase: `"><script>x</script>`, SandboxURL: "javascript:alert(1)"},
			holds:   `data-api-base="&#34;&gt;&lt;script&gt;x&lt;/script&gt;"`, lacks: "javascript:",
			policyAllows: "connect-src 'self';", policyRefuses: "<script>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := get(t, tc.options, "/demo", nil)
			page, policy := text(t, response), response.Header.Get("Content-Security-Policy")
			if !strings.Contains(page, tc.holds) {
				t.Errorf("the page lacks %q", tc.holds)
			}
			if strings.Contains(page, tc.lacks) {
				t.Errorf("the page holds %q", tc.lacks)
			}
			if !strings.Contains(policy, tc.policyAllows) {
				t.Errorf("the policy %q lacks %q", policy, tc.policyAllows)
			}
			if tc.policyRefuses != "" && strings.Contains(policy, tc.policyRefuses) {
				t.Errorf("the policy %q holds %q", policy, tc.policyRefuses)
			}
		})
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	response := get(t, web.DemoOptions{}, "/demo/assets/js/main.js", nil)
	if got := response.Header.Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	tag := response.Header.Get("Etag")
	again := get(t, web.DemoOptions{}, "/demo/assets/js/main.js", http.Header{"If-None-Match": {tag}})
	if tag == "" || again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again with the tag %q: %d, want 304", tag, again.StatusCode)
	}
	for path, want := range map[string]int{
		"/demo/assets/css/base.css": http.StatusOK, "/demo/assets/logo.svg": http.StatusOK,
		"/demo/assets/": http.StatusNotFound, "/demo/assets/js": http.StatusNotFound,
		"/demo/assets/../index.html": http.StatusTemporaryRedirect, "/demo/assets/%2e%2e/index.html": http.StatusNotFound,
		"/demo/session": http.StatusMethodNotAllowed, "/demo/other": http.StatusNotFound,
	} {
		if got := get(t, web.DemoOptions{}, path, nil); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, got.StatusCode, want)
		}
	}
}

// Everything that the page, its style and its modules name is there, and every module is reached from the page.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if reached[path] {
			return
		}
		response := get(t, web.DemoOptions{}, path, nil)
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, response.StatusCode)
			return
		}
		reached[path] = true
		source := text(t, response)
		for _, found := range regexp.MustCompile(`(?:src|href)="(/demo/assets/[^"]+)"`).FindAllStringSubmatch(source, -1) {
			visit(found[1])
		}
		for _, found := range regexp.MustCompile(`from "(\.[^"]+)"`).FindAllStringSubmatch(source, -1) {
			visit(filepath.ToSlash(filepath.Join(filepath.Dir(path), found[1])))
		}
	}
	visit("/demo")
	delete(reached, "/demo")

	there := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), "demo/assets", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			there["/"+path] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(there, reached); diff != "" {
		t.Errorf("files (-there +reached from the page):\n%s", diff)
	}
}

// Text of the service gets into the page as text: no module may use what parses markup or runs strings.
func TestModulesParseNoMarkup(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\(|new Function|javascript:`)
	modules, err := filepath.Glob("demo/assets/js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := filepath.Glob("demo/assets/js/steps/*.js")
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) == 0 || len(steps) == 0 {
		t.Fatal("no modules found")
	}
	for _, path := range append(modules, steps...) {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(source); found != nil {
			t.Errorf("%s uses %s", path, found)
		}
		if lines := strings.Count(string(source), "\n"); lines > 200 {
			t.Errorf("%s has %d lines: split it", path, lines)
		}
	}
}
