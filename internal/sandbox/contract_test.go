package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recorded is an exchange with Alloy as documents and users show it.
type recorded struct {
	Name    string
	Sandbox bool
	Request struct {
		Method  string
		Path    string
		Headers map[string]string
		Body    object
	}
	Response struct {
		Status int
		Body   any
	}
}

// TestContract holds the sandbox against the recorded exchanges that the client is held against too: the same request
// has to be answered with the same status and in the same shape.
func TestContract(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/contract/*.json")
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r recorded
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if !r.Sandbox {
			continue
		}
		played++
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			r.play(t)
		})
	}
	if played < 15 {
		t.Errorf("only %d exchanges are marked for the sandbox", played)
	}
}

// play puts the sandbox's own ids in place of the recorded ones.
func (r recorded) play(t *testing.T) {
	w := newWorld(t)
	parts := strings.Split(r.Request.Path, "/")
	body, path, user := r.Request.Body, r.Request.Path, ""
	if recordedUser := r.Request.Headers["x-alloy-userid"]; recordedUser != "" {
		user = w.user("dexter", "Dexter Morgan")
		path = strings.ReplaceAll(path, recordedUser, user)
		if _, ok := body["userId"]; ok {
			body["userId"] = user
		}
		connector := "hubspot"
		if parts[1] == "connectors" {
			connector = parts[2]
		}
		// A credential where the exchange needs one: to execute, to delete, to list.
		if recordedCredential, ok := body["credentialId"]; ok {
			body["credentialId"] = w.connect(user, connector)
			path = strings.ReplaceAll(path, fmt.Sprint(recordedCredential), body["credentialId"].(string))
		} else if r.Request.Method == http.MethodDelete {
			path = strings.ReplaceAll(path, parts[len(parts)-1], w.connect(user, connector))
		} else if list, ok := r.Response.Body.(object)["credentials"].([]any); ok && len(list) > 0 {
			w.connect(user, connector)
		}
	}
	var payload any
	if body != nil {
		payload = body
	}
	got := w.call(user, r.Request.Method, path, payload)
	if got.status != r.Response.Status {
		t.Fatalf("status %d, recorded %d\n%s", got.status, r.Response.Status, got.raw)
	}
	var shape any
	if err := json.Unmarshal(got.raw, &shape); err != nil {
		t.Fatal(err)
	}
	for _, fault := range lacks(r.Response.Body, shape, "$") {
		t.Error(fault)
	}
	if t.Failed() {
		t.Logf("got %s", got.raw)
	}
}

// lacks compares shapes: every key that is recorded has to be there with a value of the same JSON type. Lists compare
// their first items.
func lacks(want, have any, at string) (faults []string) {
	switch want := want.(type) {
	case object:
		h, ok := have.(object)
		if !ok {
			return []string{at + " is no object"}
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			value, there := h[key]
			if !there {
				faults = append(faults, at+" has no "+key)
				continue
			}
			faults = append(faults, lacks(want[key], value, at+"."+key)...)
		}
	case []any:
		h, ok := have.([]any)
		if !ok {
			return []string{at + " is no list"}
		}
		if len(want) > 0 && len(h) == 0 {
			return []string{at + " is empty"}
		}
		if len(want) > 0 {
			faults = lacks(want[0], h[0], at+"[0]")
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", have) {
			faults = append(faults, fmt.Sprintf("%s is a %T, recorded as %T", at, have, want))
		}
	}
	return faults
}

// The seed document's create schema is answered to the letter.
func TestSeedSchema(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../testdata/contract/action-create.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	got := newWorld(t).call("", r.Request.Method, r.Request.Path, nil).want(http.StatusOK)
	want, _ := json.Marshal(r.Response.Body)
	have, _ := json.Marshal(got.body())
	if string(want) != string(have) {
		t.Errorf("want %s\ngot  %s", want, have)
	}
}
