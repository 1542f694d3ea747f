package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/web"
)

// service is what the demo's back end calls. It notes the last request.
type service struct {
	status int
	body   string

	called  bool
	path    string
	key     string
	wanted  map[string]string
	context context.Context //nolint:containedctx // looked at after the call
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.called, s.path, s.key, s.context = true, r.Method+" "+r.URL.Path, r.Header.Get("Authorization"), r.Context()
	_ = json.NewDecoder(r.Body).Decode(&s.wanted)
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}

const made = `{"token":"a.b.c","expiresAt":"2026-01-02T03:04:05Z"}`

type foreign struct{}

func ask(t *testing.T, s *service, body string, header map[string]string) *http.Response {
	t.Helper()
	ctx := context.WithValue(t.Context(), foreign{}, "a router's own state")
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://host.example/demo/session", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	web.Demo(web.DemoOptions{ServiceKey: "the-service-key", API: s}).ServeHTTP(w, r)
	return w.Result()
}

func TestSession(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header map[string]string
		wanted map[string]string
	}{
		"from the page": {
			map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://host.example"},
			map[string]string{"userId": "demo-user-2", "origin": "http://host.example"},
		},
		"from a program": {nil, map[string]string{"userId": "demo-user-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{status: http.StatusCreated, body: made}
			response := ask(t, s, `{"user":"demo-user-2"}`, tc.header)
			if response.StatusCode != http.StatusOK {
				t.Fatalf("status %d, want 200", response.StatusCode)
			}
			if got := strings.TrimSpace(text(t, response)); got != made {
				t.Errorf("answered %s, want %s", got, made)
			}
			if got := response.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q, want no-store", got)
			}
			if s.path != "POST /v1/sessions" || s.key != "Bearer the-service-key" {
				t.Errorf("the service was called with %q, %q", s.path, s.key)
			}
			if diff := cmp.Diff(tc.wanted, s.wanted); diff != "" {
				t.Errorf("the service was asked (-want +got):\n%s", diff)
			}
			if got := s.context.Value(foreign{}); got != nil {
				t.Errorf("the call inherits %q of the browser's request", got)
			}
		})
	}
}

func TestSessionRefusals(t *testing.T) {
	t.Parallel()
	user := `{"user":"demo-user-1"}`
	for name, tc := range map[string]struct {
		body   string
		header map[string]string
		want   int
	}{
		"another site":          {user, map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"another origin":        {user, map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"an unknown user":       {`{"user":"somebody"}`, nil, http.StatusForbidden},
		"no user":               {`{}`, nil, http.StatusForbidden},
		"no JSON":               {`user=demo-user-1`, nil, http.StatusBadRequest},
		"too large":             {`{"user":"` + strings.Repeat("x", 4096) + `"}`, nil, http.StatusBadRequest},
		"a form":                {user, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
		"a text that is a JSON": {user, map[string]string{"Content-Type": "text/plain"}, http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{status: http.StatusCreated, body: made}
			response := ask(t, s, tc.body, tc.header)
			problemOf(t, response, tc.want)
			if s.called {
				t.Error("the service was called")
			}
		})
	}
}

func TestSessionWithoutService(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*service{
		"refused":   {status: http.StatusUnauthorized, body: `{"detail":"The key or token is not valid."}`},
		"no token":  {status: http.StatusCreated, body: `{}`},
		"no JSON":   {status: http.StatusCreated, body: `<html>`},
		"no answer": {status: http.StatusOK, body: ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := problemOf(t, ask(t, s, `{"user":"demo-user-1"}`, nil), http.StatusBadGateway)
			if strings.Contains(problem["detail"].(string), "not valid") {
				t.Error("the service's answer to the back end reaches the browser")
			}
		})
	}
}

// problemOf checks that an answer is a problem that a person can be shown.
func problemOf(t *testing.T, response *http.Response, status int) map[string]any {
	t.Helper()
	if response.StatusCode != status {
		t.Fatalf("status %d, want %d", response.StatusCode, status)
	}
	if got := response.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type is %q", got)
	}
	var problem map[string]any
	if err := json.NewDecoder(response.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"detail", "remedy", "title"} {
		if said, _ := problem[key].(string); said == "" {
			t.Errorf("the problem has no %s", key)
		}
	}
	return problem
}
