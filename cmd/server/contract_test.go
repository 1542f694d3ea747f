package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"sendtocrm"
)

// contract validates answers with an engine of its own, not the one that the service validates requests with.
var contract = sync.OnceValues(func() (validator.Validator, error) {
	document, err := libopenapi.NewDocument(sendtocrm.OpenAPI)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
})

// codes is the closed vocabulary of the contract.
var codes = []string{
	"invalid_request", "unauthorized", "forbidden", "not_found", "conflict", "idempotency_key_reused", "request_in_progress",
	"preview_outdated", "payload_too_large", "invalid_record", "mapping_incomplete", "connection_not_ready",
	"reconnect_required", "rate_limited", "crm_rejected", "crm_duplicate", "crm_record_gone", "outcome_unknown",
	"upstream_unavailable", "storage_unavailable", "internal", "method_not_allowed", "unsupported_media_type",
}

// leaks are things that no answer may say.
var leaks = []string{"SQLSTATE", "pgconn", ".go:", "goroutine ", "postgres://", testAlloyKey, testServiceKey, "connection refused"}

// client is one caller of the service.
type client struct {
	w      *world
	header http.Header
}

// service calls with the service key, for a user.
func (w *world) service(user string) client {
	h := http.Header{"Authorization": {"Bearer " + testServiceKey}}
	if user != "" {
		h.Set("X-User-Id", user)
	}
	return client{w, h}
}

func (c client) with(name, value string) client {
	h := c.header.Clone()
	h.Set(name, value)
	return client{c.w, h}
}

func (c client) get(path string) answer { c.w.t.Helper(); return c.do(http.MethodGet, path, nil) }
func (c client) post(path string, body any) answer {
	c.w.t.Helper()
	return c.do(http.MethodPost, path, body)
}
func (c client) delete(path string) answer { c.w.t.Helper(); return c.do(http.MethodDelete, path, nil) }

// do sends body (JSON, or bytes as they are) and checks the answer against the contract.
func (c client) do(method, path string, body any) answer {
	c.w.t.Helper()
	var payload []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		payload = b
	case string:
		payload = []byte(b)
	default:
		var err error
		if payload, err = json.Marshal(b); err != nil {
			c.w.t.Fatal(err)
		}
	}
	var reader io.Reader
	if payload != nil {
		reader = bytes.NewReader(payload)
	}
	request, err := http.NewRequest(method, c.w.url+path, reader)
	if err != nil {
		c.w.t.Fatal(err)
	}
	request.Header = c.header.Clone()
	if payload != nil && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := noRedirects.Do(request)
	if err != nil {
		c.w.t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	if a.raw, err = io.ReadAll(response.Body); err != nil {
		c.w.t.Fatal(err)
	}
	if strings.Contains(a.header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.raw, &a.body); err != nil {
			c.w.t.Fatalf("%s %s: the answer is no JSON: %v\n%s", method, path, err, a.raw)
		}
	}
	checkAnswer(c.w.t, request, a)
	return a
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// checkAnswer holds an answer against openapi.yaml, and a refusal against the promises made for all of them.
func checkAnswer(t testing.TB, request *http.Request, a answer) {
	t.Helper()
	for _, leak := range leaks {
		if bytes.Contains(a.raw, []byte(leak)) {
			t.Errorf("%s %s: the answer says %q:\n%s", request.Method, request.URL.Path, leak, a.raw)
		}
	}
	if a.header.Get("X-Request-Id") == "" {
		t.Errorf("%s %s: the answer has no request id", request.Method, request.URL.Path)
	}
	if a.status >= 300 && a.status != http.StatusSeeOther {
		checkProblem(t, request, a)
	}
	if a.status == http.StatusNotFound && !strings.HasPrefix(request.URL.Path, "/v1/") || a.status == http.StatusMethodNotAllowed {
		return // not a route of the contract
	}
	v, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	known := request.Clone(request.Context())
	known.URL = &url.URL{Path: request.URL.Path, RawPath: request.URL.RawPath, RawQuery: request.URL.RawQuery}
	ok, faults := v.ValidateHttpResponse(known, &http.Response{
		StatusCode: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.raw)), Request: known,
	})
	if !ok {
		for _, f := range faults {
			if f.IsPathMissingError() {
				continue
			}
			t.Errorf("%s %s answered %d against the contract: %s: %s\n%s", request.Method, request.URL.Path, a.status, f.Message, f.Reason, a.raw)
		}
	}
}

func checkProblem(t testing.TB, request *http.Request, a answer) {
	t.Helper()
	at := request.Method + " " + request.URL.Path
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: a refusal (%d) is %q\n%s", at, a.status, got, a.raw)
		return
	}
	if !slices.Contains(codes, a.str("code")) {
		t.Errorf("%s: the code %q is not in the vocabulary", at, a.str("code"))
	}
	for _, key := range []string{"type", "title", "detail", "instance", "requestId", "remedy"} {
		if a.str(key) == "" {
			t.Errorf("%s: the problem has no %s\n%s", at, key, a.raw)
		}
	}
	if a.str("requestId") != a.header.Get("X-Request-Id") && a.header.Get("Idempotent-Replayed") == "" {
		t.Errorf("%s: requestId and X-Request-Id differ", at)
	}
	if status, _ := a.body["status"].(float64); int(status) != a.status {
		t.Errorf("%s: the problem says %v, the answer %d", at, status, a.status)
	}
}

// want fails the test unless the answer has the status, and for a refusal the code.
func (a answer) want(t testing.TB, status int, code ...string) answer {
	t.Helper()
	if a.status != status || (len(code) > 0 && a.str("code") != code[0]) {
		t.Fatalf("got %v, want %d %v", a, status, code)
	}
	return a
}
