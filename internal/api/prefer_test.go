package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPrefers(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"respond-async":                           true,
		"Respond-ASYNC":                           true,
		"respond-async, wait=10":                  true,
		"wait=10,respond-async":                   true,
		"return=minimal ,  respond-async ; x=y":   true,
		`respond-async=""`:                        true,
		"respond-async=":                          true,
		`x="a, b\", c", respond-async`:            true,
		"handling=lenient;a, , respond-async":     true,
		"":                                        false,
		"respond-async=false":                     false,
		"respond-async=false, respond-async":      false, // the first counts
		"respond-asynchronously":                  false,
		"wait=10; respond-async":                  false, // a parameter of another preference
		`x="a, respond-async"`:                    false,
		`x="a, respond-async`:                     false, // a string that does not end
		`x="\", respond-async"`:                   false,
		"respond_async":                           false,
		"return=representation, handling=lenient": false,
	} {
		if got := prefersAsync(header); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func FuzzPrefers(f *testing.F) {
	for _, seed := range []string{"respond-async", `a="\`, `",;=`, ";,;", `a="b",c`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if parts := splitUnquoted(header, ','); strings.Join(parts, ",") != header {
			t.Fatalf("%q was split into %q", header, parts)
		}
		if prefersAsync(header) && !strings.Contains(strings.ToLower(header), respondAsync) {
			t.Fatalf("found in %q", header)
		}
	})
}

func TestFoldPrefer(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodPost, "/v1/sends", nil)
	request.Header[preferHeader] = []string{"wait=10", "respond-async"}
	foldPrefer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values(preferHeader); len(got) != 1 || !prefersAsync(got[0]) {
			t.Errorf("%q", got)
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
}
