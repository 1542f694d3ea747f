package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/testdb"
)

// golden is one of the seed document's examples: a universal record, and the request that it has to become.
type golden struct {
	Connector string         `json:"connector"`
	Object    string         `json:"object"`
	Record    map[string]any `json:"record"`
	Request   struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    struct {
			CredentialID string          `json:"credentialId"`
			RequestBody  json.RawMessage `json:"requestBody"`
		} `json:"body"`
	} `json:"request"`
}

// The seed's request examples: universal record in through our API, exact Alloy request out, headers included.
func TestSeedExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*.json")
	if err != nil || len(files) != 7 {
		t.Fatalf("the examples: %v %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var g golden
			if err := json.Unmarshal(raw, &g); err != nil {
				t.Fatal(err)
			}
			g.check(t)
		})
	}
}

func (g golden) check(t *testing.T) {
	t.Helper()
	alloy := newSeedAlloy(t, g)
	addr := freeAddr(t)
	w := &world{t: t, db: testdb.New(t), url: "http://" + addr}
	w.settings = env{
		"DATABASE_URL": w.db, "ALLOY_API_KEY": "YOUR_API_KEY_0000", "ALLOY_BASE_URL": alloy.server.URL,
		"LISTEN_ADDR": addr, "ADMIN_ADDR": "127.0.0.1:0", "PUBLIC_URL": w.url,
		"SERVICE_KEYS": "back-end:" + testServiceKey, "SESSION_SECRETS": "a-session-secret-of-32-bytes-0000",
	}
	w.start()
	caller := w.service("user-1")
	connection := caller.post("/v1/connections", map[string]any{"connector": g.Connector}).want(t, 201)
	if connection.str("status") != "active" {
		t.Fatalf("the seed's credential was not adopted: %v", connection)
	}
	body := map[string]any{"connectionId": connection.str("id"), "object": g.Object, "record": g.Record}
	preview := caller.post("/v1/preview", body).want(t, 200)
	caller.post("/v1/sends", body).want(t, 201)

	sent := alloy.sent
	if len(sent) != 1 {
		t.Fatalf("%d calls were made", len(sent))
	}
	got := sent[0]
	if got.method != g.Request.Method || got.path != g.Request.Path {
		t.Errorf("%s %s, not %s %s", got.method, got.path, g.Request.Method, g.Request.Path)
	}
	for name, value := range g.Request.Headers {
		if values := got.header.Values(name); len(values) != 1 || values[0] != value {
			t.Errorf("header %s: %q, not %q", name, values, value)
		}
	}
	want := map[string]any{"credentialId": g.Request.Body.CredentialID, "requestBody": decoded(t, g.Request.Body.RequestBody)}
	if diff := cmp.Diff(want, decoded(t, got.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	shown, _ := decoded(t, preview.raw).(map[string]any)["request"].(map[string]any)
	if diff := cmp.Diff(want["requestBody"], shown["requestBody"]); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
}

// decoded keeps numbers as they are written: 75000 and "75000" differ, 4500000 and 4500000.0 too.
func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return numbers(value)
}

func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		return "number " + v.String()
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	}
	return value
}

// seedAlloy answers as the seed document shows, with its placeholder ids.
type seedAlloy struct {
	server *httptest.Server
	mu     sync.Mutex
	sent   []sentRequest
}

type sentRequest struct {
	method, path string
	header       http.Header
	body         []byte
}

func newSeedAlloy(t *testing.T, g golden) *seedAlloy {
	t.Helper()
	parts := strings.Split(g.Request.Path, "/")
	connector, action := parts[2], parts[4]
	answers := map[string]string{
		"GET /connectors": `{"connectors":[{"id":"` + connector + `","name":"A CRM","icon":"","group":["input"],"category":["sales-crm"]}]}`,
		"GET /connectors/" + connector + "/credentials":       fmt.Sprintf(`{"credentials":[{"credentialId":%q,"name":"Dexter Morgan's CRM","type":%q,"createdAt":"2025-02-05T15:09:29.551Z","updatedAt":"2025-05-16T10:32:58.003Z"}]}`, g.Request.Body.CredentialID, connector+"-oauth2"),
		"GET /connectors/" + connector + "/resources":         `{"resources":[{"name":"x","description":"","actions":[{"id":"` + action + `","name":"","description":""}]}]}`,
		"GET /connectors/" + connector + "/actions/" + action: `{"action":{"id":"` + action + `","displayName":"","httpMethod":"post","path":"/x","parameters":[],"requestBody":` + seedSchema(connector, action) + `}}`,
		"POST " + g.Request.Path:                              `{"responseData":{"id":"166643419989"},"statusCode":200}`,
		"GET /users/user-1":                                   `{"userId":"` + g.Request.Headers["X-Alloy-Userid"] + `","username":"user-1"}`,
	}
	a := &seedAlloy{}
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Method + " " + r.URL.Path
		answer, ok := answers[key]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = `{"error":{"code":"NOT_FOUND","message":"not in the seed"}}`
		}
		if strings.HasSuffix(key, "/execute") {
			body, _ := io.ReadAll(r.Body)
			a.mu.Lock()
			a.sent = append(a.sent, sentRequest{r.Method, r.URL.Path, r.Header.Clone(), body})
			a.mu.Unlock()
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(a.server.Close)
	return a
}

// seedSchema is the schema that the seed shows, or one that says what its notes say.
func seedSchema(connector, action string) string {
	switch connector + "/" + action {
	case "hubspot/createContact":
		return `{"type":"object","required":["properties"],"properties":{"properties":{"type":"object","required":["firstname","lastname","email"],"properties":{"firstname":{"type":"string"},"lastname":{"type":"string"},"email":{"type":"string"},"company":{"type":"string"},"website":{"type":"string"},"phone":{"type":"string"}}}}}`
	case "copper/createOpportunity":
		return `{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"monetary_value":{"type":"integer"},"pipeline_stage_id":{"type":"integer"},"close_date":{"type":"integer"}}}`
	}
	return `{"type":"object"}`
}
