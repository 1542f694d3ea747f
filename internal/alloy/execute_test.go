package alloy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sendtocrm/internal/crm"
)

// TestExecuteBytes: the CRM's body leaves byte for byte as it was given, whatever an encoder would make of it.
func TestExecuteBytes(t *testing.T) {
	t.Parallel()
	var arrived []byte
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { arrived, _ = io.ReadAll(r.Body) })
	client := newClient(t, server.URL)
	execute := func(request crm.Request) error {
		_, err := client.Execute(t.Context(), crm.Call{UserID: "u1", CredentialID: "c1", Connector: "hubspot", Action: "a", Request: request})
		return err
	}
	for body, want := range map[string]string{
		"":                        `{"credentialId":"c1"}`,
		`{}`:                      `{"credentialId":"c1","requestBody":{}}`,
		` { "a" : "<b>&\u0026"}`:  `{"credentialId":"c1","requestBody": { "a" : "<b>&\u0026"}}`,
		"{\"a\":1.0e2,\n\"a\":2}": "{\"credentialId\":\"c1\",\"requestBody\":{\"a\":1.0e2,\n\"a\":2}}",
	} {
		if err := execute(crm.Request{Body: json.RawMessage(body)}); err != nil || string(arrived) != want {
			t.Errorf("sent %s, want %s: %v", arrived, want, err)
		}
	}
	if err := execute(crm.Request{
		Body: json.RawMessage(`[]`), PathParams: map[string]string{"z": "<1>", "a": "2"}, Query: map[string]string{"q": ""},
	}); err != nil || string(arrived) != `{"credentialId":"c1","requestBody":[],"pathParams":{"a":"2","z":"<1>"},"queryParameters":{"q":""}}` {
		t.Errorf("sent %s: %v", arrived, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.MapOf(rapid.String(), rapid.OneOf(rapid.String().AsAny(), rapid.Float64Range(-1e9, 1e9).AsAny(), rapid.Bool().AsAny())).Draw(t, "value")
		body, err := json.MarshalIndent(value, "", rapid.StringOf(rapid.SampledFrom([]rune(" \t"))).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		if err := execute(crm.Request{Body: body}); err != nil {
			t.Fatal(err)
		}
		if want := append(append([]byte(`{"credentialId":"c1","requestBody":`), body...), '}'); !bytes.Equal(want, arrived) {
			t.Fatalf("sent %q, want %q", arrived, want)
		}
	})
}

// TestExecuteRefusesBeforeCall: what could not be transmitted faithfully, or would address something else at the CRM, is
// not sent.
func TestExecuteRefusesBeforeCall(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a call was made") })
	client := newClient(t, server.URL)
	params := func(v string) crm.Request { return crm.Request{PathParams: map[string]string{"id": v}} }
	for name, request := range map[string]crm.Request{
		"no JSON":         {Body: json.RawMessage(`{"a":`)},
		"a second member": {Body: json.RawMessage(`{},"pathParams":{"id":"1"}`)},
		"empty id":        params(""),
		"dots":            params(".."),
		"dots inside":     params("1/../2"),
		"control":         params("1\n2"),
		"no text":         params("\xff"),
		"query no text":   {Query: map[string]string{"q": "\xff"}},
	} {
		_, err := client.Execute(t.Context(), crm.Call{UserID: "u1", CredentialID: "c1", Connector: "hubspot", Action: "a", Request: request})
		call, ok := err.(*crm.CallError)
		if !ok || call.Code != crm.Internal || call.Effect != crm.NotExecuted {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestVerdictIsCautious: whatever an answer holds, a failure has a code of the promised set; nothing counts as certainly
// not executed without a rate limit or a lock; a 5xx without a code that explains it may have happened; and a success
// has data that is JSON.
func TestVerdictIsCautious(t *testing.T) {
	t.Parallel()
	var status int
	var body []byte
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
	client := newClient(t, server.URL)
	promised := map[crm.Code]bool{
		crm.ReconnectRequired: true, crm.RateLimited: true, crm.CRMRejected: true, crm.CRMDuplicate: true,
		crm.CRMRecordGone: true, crm.UpstreamUnavailable: true, crm.Internal: true,
	}
	rapid.Check(t, func(t *rapid.T) {
		status = rapid.SampledFrom([]int{200, 201, 202, 204, 207, 300, 302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 599}).Draw(t, "status")
		body = []byte(wild(3).Draw(t, "body"))
		if status == 204 {
			body = nil
		}
		answer, err := client.Execute(t.Context(), crm.Call{
			UserID: "u1", CredentialID: "c1", Connector: "hubspot", Action: "a", Request: crm.Request{PathParams: map[string]string{"id": "1"}},
		})
		if err == nil {
			if status >= 300 || len(answer.Data) > 0 && !json.Valid(answer.Data) {
				t.Fatalf("HTTP %d %s is a success", status, body)
			}
			return
		}
		call, ok := err.(*crm.CallError)
		if !ok || !promised[call.Code] || call.Message == "" {
			t.Fatalf("HTTP %d %s: %v", status, body, err)
		}
		throttles := status == 429 || bytes.Contains(body, []byte("429")) || bytes.Contains(body, []byte("RATE_LIMIT")) ||
			bytes.Contains(body, []byte("LIMIT_EXCEEDED")) || bytes.Contains(body, []byte("LOCK_ROW")) || bytes.Contains(body, []byte("Too Many"))
		if call.Effect == crm.NotExecuted && !throttles {
			t.Fatalf("HTTP %d %s: not executed", status, body)
		}
		if status >= 500 && call.Effect != crm.MayHaveHappened && !strings.ContainsAny(string(body), "{[") {
			t.Fatalf("HTTP %d %s: effect %d", status, body, call.Effect)
		}
		if call.Code == crm.CRMRecordGone && status != 404 && !bytes.Contains(body, []byte("404")) &&
			!bytes.Contains(body, []byte("NOT_FOUND")) && !bytes.Contains(body, []byte("DELETED")) && !bytes.Contains(body, []byte("410")) {
			t.Fatalf("HTTP %d %s: gone", status, body)
		}
	})
}

// wild draws bodies out of the words of all the error forms, in any place.
func wild(depth int) *rapid.Generator[string] {
	leaf := rapid.SampledFrom([]string{
		`null`, `true`, `false`, `0`, `200`, `400`, `401`, `404`, `"404"`, `410`, `422`, `429`, `500`, `"error"`, `"failed"`, `""`, `"x"`,
		`"INVALID_CREDENTIAL"`, `"RATE_LIMIT_EXCEEDED"`, `"VALIDATION_ERROR"`, `"INVALID_INPUT"`, `"Credential not found"`, `"CONFLICT"`,
		`"Too Many Requests"`, `"Unauthorized"`, `"RECORD_NOT_FOUND"`, `"ENTITY_IS_DELETED"`, `"DUPLICATE_DATA"`, `"UNABLE_TO_LOCK_ROW"`,
		`"Contact already exists. Existing ID: 12345"`, `"Action not found"`, `"[{\"errorCode\":\"NOT_FOUND\",\"message\":\"m\"}]"`, `"{"`,
	})
	if depth == 0 {
		return leaf
	}
	key := rapid.SampledFrom([]string{
		"error", "code", "message", "details", "responseData", "result", "data", "statusCode", "status", "success", "category",
		"errorCode", "errors", "fields", "field", "reason", "error_info", "id", "executionId", "correlationId", "context",
	})
	inner := rapid.Deferred(func() *rapid.Generator[string] { return wild(depth - 1) })
	members := rapid.Map(rapid.MapOfN(key, inner, 0, 6), func(m map[string]string) string {
		var parts []string
		for k, v := range m {
			parts = append(parts, `"`+k+`":`+v)
		}
		return "{" + strings.Join(parts, ",") + "}"
	})
	items := rapid.Map(rapid.SliceOfN(inner, 0, 3), func(s []string) string { return "[" + strings.Join(s, ",") + "]" })
	return rapid.OneOf(members, members, items, leaf, rapid.SampledFrom([]string{"", "<html>", "{", "[1,"}))
}
