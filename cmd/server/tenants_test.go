package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"sendtocrm"
)

// Another user's object answers exactly as an absent one, on every route of the contract that names an object. The
// routes come from openapi.yaml, so that a new one cannot be forgotten.
func TestForeignObjectsAreAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, other := w.service("user-1"), w.service("user-2")
	connection := owner.connected("hubspot")
	sent := owner.post("/v1/sends", contact(connection)).want(t, 201).str("id")
	other.connected("hubspot")
	w.fault(map[string]any{"match": map[string]any{"object": "deal"}, "kind": "cut_before", "times": 1})
	unknown := owner.post("/v1/sends", deal(connection, "d1", "contractsent")).want(t, 202).str("id")
	conflict := owner.conflictOf(unknown)["id"].(string)
	foreign := map[string]string{"connections": connection, "sends": sent, "conflicts": conflict}
	bodies := map[string]any{ // where one is required
		"PUT /v1/connections/{id}/mappings/{object}": map[string]any{"baseVersion": 0, "rules": []any{}},
		"PUT /v1/connections/{id}/sync":              map[string]any{"objects": map[string]any{}},
		"POST /v1/conflicts/{id}/resolve":            map[string]any{"choice": "skip"},
	}
	fill := strings.NewReplacer("{object}", "contact", "{version}", "1", "/choices", "/choices?to=properties.email")

	var document struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(sendtocrm.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for path, operations := range document.Paths {
		if !strings.Contains(path, "{id}") {
			continue
		}
		id, known := foreign[strings.Split(path, "/")[2]]
		if !known {
			t.Errorf("%s names an object that this test has none of", path)
			continue
		}
		for method := range operations {
			if method == "parameters" {
				continue
			}
			tried++
			method = strings.ToUpper(method)
			same(t, other, method, fill.Replace(path), id, bodies[method+" "+path])
		}
	}
	if tried < 7 {
		t.Errorf("only %d routes were tried", tried)
	}
	for _, path := range []string{"/v1/preview", "/v1/sends"} {
		absent := contact(uuid.NewString())
		a, b := other.post(path, contact(connection)), other.post(path, absent)
		if a.status != 404 || !maps.Equal(timeless(a), timeless(b)) {
			t.Errorf("%s: foreign %v, absent %v", path, a, b)
		}
	}
	mine := other.get("/v1/records/contact/r1").want(t, 200)
	if strings.Contains(string(mine.raw), connection) || strings.Contains(string(mine.raw), sent) {
		t.Errorf("explain shows another user's record: %v", mine)
	}
	for _, list := range []string{"/v1/sends", "/v1/sends?connectionId=" + connection, "/v1/connections", "/v1/connectors", "/v1/conflicts"} {
		if a := other.get(list).want(t, 200); strings.Contains(string(a.raw), connection) || strings.Contains(string(a.raw), sent) || strings.Contains(string(a.raw), conflict) {
			t.Errorf("%s shows another user's objects: %v", list, a)
		}
	}
	owner.get("/v1/connections/"+connection).want(t, 200) // nothing of all that did anything to it
	if got := owner.get("/v1/connections/" + connection); got.str("status") != "active" {
		t.Errorf("%v", got)
	}
	for id, status := range map[string]string{sent: "succeeded", unknown: "unknown"} {
		if got := owner.get("/v1/sends/"+id).want(t, 200); got.str("status") != status || got.str("undoneAt") != "" {
			t.Errorf("%v", got)
		}
	}
	owner.conflictOf(unknown)
}

func same(t *testing.T, c client, method, path, foreign string, body any) {
	t.Helper()
	a := c.do(method, strings.Replace(path, "{id}", foreign, 1), body)
	b := c.do(method, strings.Replace(path, "{id}", uuid.NewString(), 1), body)
	n := c.do(method, strings.Replace(path, "{id}", "nonsense", 1), body)
	if a.status != 404 || !maps.Equal(timeless(a), timeless(b)) || !maps.Equal(timeless(a), timeless(n)) {
		t.Errorf("%s %s: foreign %v, absent %v, nonsense %v", method, path, a, b, n)
	}
}

// timeless is a problem without what differs from request to request.
func timeless(a answer) map[string]any {
	body := maps.Clone(a.body)
	delete(body, "requestId")
	delete(body, "instance")
	return body
}
