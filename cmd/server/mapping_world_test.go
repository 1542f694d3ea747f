package main

import (
	"net/http"
	"testing"
)

// keyed connects the user to a CRM by its keys.
func (c client) keyed(connector string, credential map[string]any) (connectionID string) {
	c.w.t.Helper()
	made := c.post("/v1/connections", map[string]any{"connector": connector, "credential": credential}).want(c.w.t, http.StatusCreated)
	if got := made.str("status"); got != "active" {
		c.w.t.Fatalf("the connection is %s: %v", got, made)
	}
	return made.str("id")
}

var acornKey = map[string]any{"accessKey": "key-of-an-acorn", "treeName": "acme"}

func (c client) put(path string, body any) answer {
	c.w.t.Helper()
	return c.do(http.MethodPut, path, body)
}

func mappingPath(connection, object string) string {
	return "/v1/connections/" + connection + "/mappings/" + object
}

// override puts overrides on top of the newest version.
func (c client) override(connection, object string, rules ...map[string]any) answer {
	c.w.t.Helper()
	path := mappingPath(connection, object)
	now := c.get(path).want(c.w.t, http.StatusOK)
	if rules == nil {
		rules = []map[string]any{}
	}
	return c.put(path, map[string]any{"baseVersion": now.body["version"], "rules": rules})
}

// accept takes every suggestion as it is.
func (c client) accept(connection, object string) answer {
	c.w.t.Helper()
	path := mappingPath(connection, object)
	found := c.get(path+"/suggestions").want(c.w.t, http.StatusOK)
	return c.put(path, map[string]any{"baseVersion": found.body["version"], "rules": found.body["suggestions"]}).want(c.w.t, http.StatusOK)
}

// at digs into decoded JSON: keys for objects, numbers for lists.
func at(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				return nil
			}
			v = list[s]
		}
	}
	return v
}

// having finds the first object of a list with a key of the given value.
func having(list any, key string, value any) map[string]any {
	items, _ := list.([]any)
	for _, item := range items {
		if object, _ := item.(map[string]any); object[key] == value {
			return object
		}
	}
	return nil
}

// writes are the sandbox's calls that change something.
func (w *world) writes(connector string) (calls []map[string]any) {
	w.t.Helper()
	for _, call := range w.executions(connector) {
		switch call["operation"] {
		case "create", "update", "delete":
			calls = append(calls, call)
		}
	}
	return calls
}

// fieldsOf are what the CRM's only record holds.
func (w *world) fieldsOf(t *testing.T, connector, object string) map[string]any {
	t.Helper()
	records := w.records(connector, object)
	if len(records) != 1 {
		t.Fatalf("%s has %d records of %s", connector, len(records), object)
	}
	fields, _ := records[0]["fields"].(map[string]any)
	return fields
}

func sendBody(connection, object, id string, fields map[string]any) map[string]any {
	return map[string]any{"connectionId": connection, "object": object, "record": record(id, fields)}
}
