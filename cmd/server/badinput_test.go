package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// Whatever is wrong with a request: a clear problem, nothing stored, nothing sent.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	foreign := w.service("user-2").connected("hubspot")
	head := `{"connectionId":"` + connection + `","object":"contact","record":{"id":"r1","fields":`
	fields := `{"contact_email":"a@b.example","contact_first_name":"A","contact_last_name":"B"}`
	good := head + fields + `}}`

	cases := []struct {
		name   string
		body   any
		status int
		code   string
		says   string // part of the answer, so that it is clear and not merely refused
	}{
		{"no body", nil, 400, "invalid_request", "body"},
		{"empty body", "", 400, "invalid_request", "body"},
		{"malformed JSON", `{"connectionId":`, 400, "invalid_request", "not valid JSON"},
		{"two values", good + good, 400, "invalid_request", ""},
		{"not an object", `[1,2]`, 400, "invalid_request", "object"},
		{"unknown key", strings.Replace(good, `"object"`, `"shoeSize":1,"object"`, 1), 400, "invalid_request", "shoeSize"},
		{"unknown key in record", strings.Replace(good, `"id":"r1"`, `"id":"r1","extra":1`, 1), 400, "invalid_request", "extra"},
		{"no object", strings.Replace(good, `"object":"contact",`, "", 1), 400, "invalid_request", "object"},
		{"unknown object", strings.Replace(good, `"contact"`, `"invoice"`, 1), 400, "invalid_request", "/object"},
		{"id of the wrong type", strings.Replace(good, `"id":"r1"`, `"id":7`, 1), 400, "invalid_request", "/record/id"},
		{"empty id", strings.Replace(good, `"id":"r1"`, `"id":""`, 1), 400, "invalid_request", "/record/id"},
		{"id of 256 characters", strings.Replace(good, `"r1"`, `"`+strings.Repeat("x", 256)+`"`, 1), 400, "invalid_request", "/record/id"},
		{"id of 300 bytes in 150 characters", strings.Replace(good, `"r1"`, `"`+strings.Repeat("é", 150)+`"`, 1), 400, "invalid_request", "/record/id"},
		{"control character in the id", strings.Replace(good, `"r1"`, `"r\u0007"`, 1), 400, "invalid_request", "/record/id"},
		{"fields of the wrong type", head + `[]}}`, 400, "invalid_request", "/record/fields"},
		{"NUL character", strings.Replace(good, `"A"`, `"A\u0000"`, 1), 400, "invalid_request", "NUL"},
		{"NUL byte", strings.Replace(good, `"A"`, "\"A\x00\"", 1), 400, "invalid_request", "NUL"},
		{"invalid UTF-8", strings.Replace(good, `"A"`, "\"A\xff\"", 1), 400, "invalid_request", "UTF-8"},
		{"10,000 levels", head + `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}}}`, 400, "invalid_request", "nested"},
		{"2 MiB", strings.Replace(good, `"A"`, `"`+strings.Repeat("x", 2<<20)+`"`, 1), 413, "payload_too_large", "larger"},
		{"both connectionId and connector", strings.Replace(good, `"object"`, `"connector":"hubspot","object"`, 1), 400, "invalid_request", "either"},
		{"neither", strings.Replace(good, `"connectionId":"`+connection+`",`, "", 1), 400, "invalid_request", "either"},
		{"absent connection", strings.Replace(good, connection, uuid.NewString(), 1), 404, "not_found", "no such connection"},
		{"foreign connection", strings.Replace(good, connection, foreign, 1), 404, "not_found", "no such connection"},
		{"connection id that is none", strings.Replace(good, connection, "nonsense", 1), 404, "not_found", "no such connection"},
		{"no connection to the connector", strings.Replace(good, `"connectionId":"`+connection+`"`, `"connector":"copper"`, 1), 404, "not_found", "no connection"},
	}
	for _, path := range []string{"/v1/preview", "/v1/sends"} {
		for _, c := range cases {
			t.Run(path+"/"+c.name, func(t *testing.T) {
				a := caller.post(path, c.body).want(t, c.status, c.code)
				if !strings.Contains(string(a.raw), c.says) {
					t.Errorf("the problem does not say %q:\n%s", c.says, a.raw)
				}
			})
		}
	}
	for _, invalid := range []struct{ name, fields, field, code string }{
		{"missing name", `{"contact_email":"a@b.example","contact_first_name":"A"}`, "contact_last_name", "required_missing"},
		{"e-mail that is none", strings.Replace(fields, "a@b.example", "nobody", 1), "contact_email", "invalid_email"},
		{"number for a name", strings.Replace(fields, `"A"`, `{"x":1}`, 1), "contact_first_name", "wrong_type"},
	} {
		t.Run(invalid.name, func(t *testing.T) {
			a := caller.post("/v1/sends", head+invalid.fields+`}}`).want(t, 422, "invalid_record")
			if !strings.Contains(string(a.raw), invalid.field) || !strings.Contains(string(a.raw), invalid.code) {
				t.Errorf("the problem does not name %s and %s:\n%s", invalid.field, invalid.code, a.raw)
			}
		})
	}
	t.Run("not JSON", func(t *testing.T) {
		caller.with("Content-Type", "text/plain").post("/v1/sends", good).want(t, 415, "unsupported_media_type")
	})
	t.Run("nothing stored, nothing sent", func(t *testing.T) {
		if calls := w.executions("hubspot"); len(calls) > 0 {
			t.Errorf("the CRM was called: %v", calls)
		}
		sends := caller.get("/v1/sends").want(t, 200)
		if list, _ := sends.body["sends"].([]any); len(list) > 0 {
			t.Errorf("sends were stored: %v", sends)
		}
	})
	t.Run("a good one passes after all that", func(t *testing.T) {
		caller.post("/v1/sends", good).want(t, 201)
	})
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	caller.get("/v1/nothing").want(t, 404, "not_found")
	for _, path := range []string{"/nothing", "/docs/nothing", "/docs/errors/", "/openapi.yaml/x", "/oauth/callback/"} {
		caller.get(path).want(t, 404, "not_found")
	}
	a := caller.do(http.MethodPut, "/v1/sends", map[string]any{}).want(t, 405, "method_not_allowed")
	if allow := a.header.Values("Allow"); len(allow) != 2 {
		t.Errorf("Allow: %q", allow)
	}
	for _, path := range []string{"/v1/connections/", "/v1/sends/"} {
		for _, id := range []string{uuid.NewString(), "nonsense", "%00", "..%2f..%2fetc", strings.Repeat("x", 65)} {
			if a := caller.get(path + id); a.status != 404 && a.status != 400 {
				t.Errorf("GET %s%s: %v", path, id, a)
			}
		}
	}
	caller.get("/v1/sends?limit=0").want(t, 400, "invalid_request")
	caller.get("/v1/sends?limit=201").want(t, 400, "invalid_request")
	caller.get("/v1/sends?limit=x").want(t, 400, "invalid_request")
	caller.get("/v1/sends?cursor=x").want(t, 400, "invalid_request")
	caller.get("/v1/sends?status=lost").want(t, 400, "invalid_request")
	for _, query := range []string{"limit=0", "limit=201", "cursor=x"} {
		caller.get("/v1/conflicts?"+query).want(t, 400, "invalid_request")
	}
	for _, path := range []string{"/v1/sends/nonsense/retry", "/v1/sends/nonsense/undo"} {
		caller.post(path, nil).want(t, 404, "not_found")
		caller.get(path).want(t, 405, "method_not_allowed")
	}
	caller.post("/v1/conflicts/nonsense/resolve", map[string]any{"choice": "skip"}).want(t, 404, "not_found")
	caller.get("/v1/records/invoice/1").want(t, 400, "invalid_request")
	caller.get("/v1/connectors/nothing").want(t, 404, "not_found")
	caller.get("/v1/connectors/slack").want(t, 404, "not_found") // no CRM
	caller.get("/v1/connectors/..%2f..%2fusers").want(t, 404, "not_found")
	caller.get("/v1/connectors/hubspot/actions/createcontact").want(t, 404, "not_found") // case matters
	caller.get("/v1/connectors/hubspot/actions/..%2Fx").want(t, 404, "not_found")
}
