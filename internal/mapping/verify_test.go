package mapping_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestVerify: what every record would be stopped by is known before there is
// one. What only a certain value would be refused for is not.
func TestVerify(t *testing.T) {
	t.Parallel()
	schema, err := mapping.ParseSchema(json.RawMessage(`{"additionalProperties":false,"required":["name","code"],"properties":{
		"name":{"type":"string"},"code":{"type":"string"},"age":{"type":"integer"},"size":{"enum":["s","m"]},"born":{"type":"string","format":"date"},"list":{"type":"array"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	name := mapping.Rule{To: "name", From: from("contact_last_name"), Enabled: true}
	code := mapping.Rule{To: "code", From: from("code"), Enabled: true}
	for about, c := range map[string]struct {
		rule           mapping.Rule
		create, update []string // "severity code to"
	}{
		"a field that fits":           {mapping.Rule{To: "age", From: from("shoe"), Enabled: true}, nil, nil},
		"no such field":               {mapping.Rule{To: "shoe", From: from("shoe"), Enabled: true}, []string{"error not_in_schema shoe"}, []string{"error not_in_schema shoe"}},
		"no such field, on updates":   {mapping.Rule{To: "shoe", From: from("shoe"), OnCreate: mapping.Never, Enabled: true}, nil, []string{"error not_in_schema shoe"}},
		"no such field, on creates":   {mapping.Rule{To: "shoe", From: from("shoe"), OnUpdate: mapping.Never, Enabled: true}, []string{"error not_in_schema shoe"}, nil},
		"switched off":                {mapping.Rule{To: "shoe", From: from("shoe")}, nil, nil},
		"a field of some accounts":    {mapping.Rule{To: "shoe", From: from("shoe"), When: mapping.Listed, Enabled: true}, []string{"warning left_out shoe"}, []string{"warning left_out shoe"}},
		"a type that never fits":      {mapping.Rule{To: "age", From: from("contact_email"), Enabled: true}, []string{"error wrong_type age"}, []string{"error wrong_type age"}},
		"a choice that nobody names":  {mapping.Rule{To: "size", From: from("contact_email"), Enabled: true}, nil, nil},
		"a map's value that is none":  {mapping.Rule{To: "size", From: from("tier"), ValueMap: options{"a": "s", "b": "xl"}, Enabled: true}, []string{"warning not_allowed size"}, []string{"warning not_allowed size"}},
		"a map's values that all fit": {mapping.Rule{To: "size", From: from("tier"), ValueMap: options{"a": "s", "b": "m"}, Enabled: true}, nil, nil},
	} {
		m, err := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{name, code, c.rule}}, nil).Compile(schema)
		if err != nil {
			t.Errorf("%s: %v", about, err)
			continue
		}
		for op, want := range map[mapping.Operation][]string{mapping.Create: c.create, mapping.Update: c.update} {
			if diff := cmp.Diff(want, codes(m.Verify(op))); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", about, op, diff)
			}
		}
	}
	m, err := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{name}}, nil).Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"error no_rule code"}, codes(m.Verify(mapping.Create))); diff != "" {
		t.Errorf("a required field without a rule (-want +got):\n%s", diff)
	}
}
