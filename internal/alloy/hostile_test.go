package alloy_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"sendtocrm/internal/crm"
)

// TestRedirect: a redirect is an error, and whoever it points at gets nothing.
func TestRedirect(t *testing.T) {
	t.Parallel()
	var led atomic.Int32
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { led.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
		})
		client := newClient(t, server.URL)
		for _, c := range every() {
			_, err := c.run(t.Context(), client)
			wantLost(t, err, crm.MayHaveHappened)
		}
	}
	if n := led.Load(); n != 0 {
		t.Errorf("%d requests were led elsewhere", n)
	}
}

// TestEndlessAnswer: neither a long answer, nor one that announces itself as long, nor one that unpacks to a long one is
// read to its end. It runs alone, to see what is allocated.
func TestEndlessAnswer(t *testing.T) {
	blanks := strings.Repeat(" ", 64<<10)
	const gib = 1 << 30
	for name, handler := range map[string]http.HandlerFunc{
		"chunked": func(w http.ResponseWriter, _ *http.Request) {
			for n := 0; n < gib; n += len(blanks) {
				if _, err := io.WriteString(w, blanks); err != nil {
					return
				}
			}
		},
		"announced": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1073741824")
			for n := 0; n < gib; n += len(blanks) {
				if _, err := io.WriteString(w, blanks); err != nil {
					return
				}
			}
		},
		"bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			for n := 0; n < gib; n += len(blanks) {
				if _, err := io.WriteString(packed, blanks); err != nil {
					return
				}
			}
		},
	} {
		for _, c := range []call{every()[1], every()[len(every())-1]} {
			t.Run(name+"/"+c.Method, func(t *testing.T) {
				server := serve(t, handler)
				client := newClient(t, server.URL)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := c.run(t.Context(), client)
				runtime.ReadMemStats(&after)
				wantLost(t, err, crm.MayHaveHappened)
				limit := uint64(96 << 20) // in total, the other side of the connection included
				if name == "announced" {
					limit = 2 << 20
				}
				if got := after.TotalAlloc - before.TotalAlloc; got > limit {
					t.Errorf("%d KiB were allocated for it", got>>10)
				}
			})
		}
	}
}

// TestHugeHeaders: the header of an answer is bounded as well.
func TestHugeHeaders(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Execution-Id", strings.Repeat("a", 1<<20))
	})
	client := newClient(t, server.URL)
	for _, c := range every() {
		_, err := c.run(t.Context(), client)
		wantLost(t, err, crm.MayHaveHappened)
	}
}

// TestForeignAnswer: an answer that is not of the documented form gives an error, never a wrong id.
func TestForeignAnswer(t *testing.T) {
	t.Parallel()
	megabyte := `"` + strings.Repeat("a", 1<<20) + `"`
	bodies := map[string]string{
		"cut": `{"connectors":[{"id"`, "array": `[]`, "null": `null`, "text": `"ok"`, "number": `1`, "empty": ``, "object": `{}`,
		"two": `{} {}`, "binary": "\x00\xff\x1f\x8b", "deep": strings.Repeat(`[`, 100_000),
	}
	for name, id := range map[string]string{"id number": `1`, "id null": `null`, "id array": `["a"]`, "id path": `"../x"`} {
		bodies[name] = `{"userId":` + id + `,"credentials":[{"credentialId":` + id + `}],"connectors":[{"id":` + id +
			`}],"resources":1,"action":1,"metadata":1,"credentialId":` + id + `}`
	}
	bodies["id long"] = `{"userId":` + megabyte + `}`
	for name, body := range bodies {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		client := newClient(t, server.URL)
		for _, c := range every() {
			value, err := c.run(t.Context(), client)
			switch {
			case err != nil:
				wantLost(t, err, crm.MayHaveHappened)
			case c.Method == "Connectors":
				if list := value.([]crm.Connector); len(list) != 0 {
					t.Errorf("%s: took connectors %v", name, list)
				}
			case c.Method == "CreateCredential":
				if value != (crm.CredentialStarted{}) {
					t.Errorf("%s: took %v", name, value)
				}
			case c.Method == "Execute":
				if data := value.(crm.Answer).Data; len(data) > 0 && !json.Valid(data) {
					t.Errorf("%s: took %q", name, data)
				}
			case c.Method != "DeleteCredential":
				t.Errorf("%s: %s took %v", name, c.Method, value)
			}
		}
	}
}

// TestHostileIDs: what is no id is refused before a call; what looks odd but is one stays inside its path segment.
func TestHostileIDs(t *testing.T) {
	t.Parallel()
	var arrived atomic.Pointer[string]
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		uri := r.URL.EscapedPath()
		arrived.Store(&uri)
		w.WriteHeader(http.StatusTeapot)
	})
	client := newClient(t, server.URL+"/base")
	for _, id := range []string{
		"", ".", "..", "../users", "a/../b", "/", "//evil.example", `..\..`, `\`, "%2f", "%2e%2e", "a%00", "a?b=c", "a#b", "?", "#",
		"a\r\nX-Evil: 1", "a\nb", "\x00", "\x7f", "a\u202eb", "a\u200bb", "\xff\xfe", strings.Repeat("a", 10<<10),
		"http://evil.example/", "a/", "/a", "a\tb",
	} {
		for _, c := range hostileCalls(id) {
			arrived.Store(nil)
			_, err := c.run(t.Context(), client)
			if err == nil {
				t.Errorf("%s accepted %q", c.Method, id)
			}
			if uri := arrived.Load(); uri != nil {
				t.Errorf("%s called %s for %q", c.Method, *uri, id)
			}
			var call *crm.CallError
			if errors.As(err, &call) && call.Effect != crm.NotExecuted {
				t.Errorf("%s: %v has effect %d", c.Method, err, call.Effect)
			}
			if code := crm.CodeOf(err); call == nil && code != crm.InvalidRequest && code != crm.NotFound {
				t.Errorf("%s: %q gives %s", c.Method, id, code)
			}
		}
	}
	for id, escaped := range map[string]string{"a@b": "a@b", "a b": "a%20b", "ä": "%C3%A4", "a;b,c": "a%3Bb%2Cc", "...": "...", "@evil.example": "@evil.example", "a:80": "a:80"} {
		_, _ = client.Resources(t.Context(), id)
		if uri := arrived.Load(); uri == nil || *uri != "/base/connectors/"+escaped+"/resources" {
			t.Errorf("%q was called as %v", id, uri)
		}
	}
}

// hostileCalls puts the id into every place that takes one.
func hostileCalls(id string) []call {
	return []call{
		{Method: "EnsureUser", Username: id},
		{Method: "Resources", Connector: id},
		{Method: "Action", Connector: id, Action: "a"},
		{Method: "Action", Connector: "hubspot", Action: id},
		{Method: "AuthMethods", Connector: id},
		{Method: "Credentials", UserID: id, Connector: "hubspot"},
		{Method: "Credentials", UserID: "u1", Connector: id},
		{Method: "CreateCredential", UserID: id, Connector: "hubspot", Type: "oauth2"},
		{Method: "CreateCredential", UserID: "u1", Connector: id, Type: "oauth2"},
		{Method: "CreateCredential", UserID: "u1", Connector: id, Type: "oauth2", Inputs: json.RawMessage(`{"a":"b"}`)},
		{Method: "DeleteCredential", UserID: id, CredentialID: "c1"},
		{Method: "DeleteCredential", UserID: "u1", CredentialID: id},
		{Method: "Execute", UserID: id, CredentialID: "c1", Connector: "hubspot", Action: "a"},
		{Method: "Execute", UserID: "u1", CredentialID: id, Connector: "hubspot", Action: "a"},
		{Method: "Execute", UserID: "u1", CredentialID: "c1", Connector: id, Action: "a"},
		{Method: "Execute", UserID: "u1", CredentialID: "c1", Connector: "hubspot", Action: id},
	}
}

// TestTenantCallsNeedUser: without the user's id Alloy would act as the owner of the API key.
func TestTenantCallsNeedUser(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := serve(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	client := newClient(t, server.URL)
	for _, c := range append(every(), call{
		Method: "CreateCredential", UserID: "u1", Connector: "pipedrive", Type: "apiKey", Inputs: json.RawMessage(`{"apiToken":"x"}`),
	}) {
		if c.UserID == "" {
			continue
		}
		c.UserID = ""
		if _, err := c.run(t.Context(), client); err == nil {
			t.Errorf("%s works without a user", c.Method)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}
