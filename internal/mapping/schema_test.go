package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestSchema sends the same record against different live schemas.
func TestSchema(t *testing.T) {
	t.Parallel()
	const record = `{"name":"Acme","city":"Lisbon","n":"42"}`
	rules := []mapping.Rule{{To: "p.name", From: from("name")}, {To: "p.address.city", From: from("city")}, {To: "p.n", From: from("n")}, {To: "p.address.zip", From: from("zip")}}
	tests := []struct {
		name, schema string
		want         string
		issues       []string
	}{
		{"nothing", ``, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, nil},
		{"null", `null`, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, nil},
		{"empty", `{}`, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, nil},
		{"free-form object", `{"properties":{"p":{"type":"object"}}}`, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, nil},
		{"not exhaustive", `{"properties":{"p":{"properties":{"n":{"type":["integer","null"]}}}}}`, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":42}}`,
			[]string{"warning not_in_schema p.name", "warning not_in_schema p.address.city"}},
		{"closed", `{"properties":{"p":{"additionalProperties":false,"properties":{"name":{},"n":{}}}}}`, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`,
			[]string{"error not_in_schema p.address.city"}},
		{"open by schema", `{"properties":{"p":{"properties":{"name":{}},"additionalProperties":{"type":"number"}}}}`, `{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":42}}`,
			[]string{"warning not_in_schema p.address.city"}},
		{"required chain", `{"required":["p"],"properties":{"p":{"required":["zap","name"],"properties":{"zap":{},"name":{},"n":{},"address":{}}}}}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, []string{"error no_rule p.zap"}},
		{"required within an optional object that is sent", `{"properties":{"p":{"properties":{"name":{},"n":{},"address":{"required":["zip"],"properties":{"zip":{},"city":{}}}}}}}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, []string{"error required_missing p.address.zip"}},
		{"required at the property", `{"properties":{"p":{"properties":{"name":{},"n":{},"address":{"properties":{"zip":{"required":true},"city":{}}}}}}}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, []string{"error required_missing p.address.zip"}},
		{"allOf", `{"allOf":[{"required":["p"],"properties":{"p":{"type":"object"}}},{"required":["q"]}]}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, []string{"error no_rule q"}},
		{"anyOf lists without requiring", `{"properties":{"p":{"anyOf":[{"required":["zap"],"properties":{"name":{}}},{"properties":{"n":{"type":"integer"},"address":{}}}]}}}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":42}}`, nil},
		{"enum", `{"properties":{"p":{"properties":{"name":{"enum":["A","B"]},"n":{"type":"integer","enum":[42,null]},"address":{"properties":{"city":{"const":"Lisbon"}}}}}}}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":42}}`, []string{"warning not_allowed p.name"}},
		{"odd forms", `{"type":7,"required":"p","properties":{"p":{"properties":{"name":{"type":"text"},"n":true,"address":{"$ref":"#/x"}}}},"items":[],"enum":{}}`,
			`{"p":{"name":"Acme","address":{"city":"Lisbon"},"n":"42"}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res := compile(t, tt.schema, rules...).Forward(mapping.Input{Fields: decode(t, record), Operation: mapping.Create})
			if diff := cmp.Diff(tt.want, string(res.Body(nil))) + cmp.Diff(tt.issues, codes(res.Issues)); diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, res.Issues)
			}
		})
	}
}

func TestRequiredObject(t *testing.T) {
	t.Parallel()
	m := compile(t, `{"required":["p"],"properties":{"p":{"properties":{"a":{},"b":{}}}}}`, mapping.Rule{To: "p.a", From: from("a")}, mapping.Rule{To: "p.b", From: from("b")})
	for record, want := range map[string][]string{`{}`: {"error required_missing p"}, `{"b":1}`: nil} {
		res := m.Forward(mapping.Input{Fields: decode(t, record), Operation: mapping.Create})
		if diff := cmp.Diff(want, codes(res.Issues)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", record, diff)
		}
	}
}

// TestRequiredInList follows the chain through a list with fixed positions.
func TestRequiredInList(t *testing.T) {
	t.Parallel()
	m := compile(t, `{"required":["data"],"properties":{"data":{"type":"array","items":{"required":["Last_Name"],"properties":{"Last_Name":{"type":"string"},"Email":{}}}}}}`,
		mapping.Rule{To: "data[0].Last_Name", From: from("l")}, mapping.Rule{To: "data[0].Email", From: from("e")})
	res := m.Forward(mapping.Input{Fields: mapping.Fields{"e": "x"}, Operation: mapping.Create})
	if diff := cmp.Diff([]string{"error required_missing data[0].Last_Name"}, codes(res.Issues)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBySchemaType(t *testing.T) {
	t.Parallel()
	rule := mapping.Rule{To: "d", From: from("deal_close_date"), Transform: "date",
		BySchemaType: map[string]mapping.Variant{"number": {Transform: "unix_seconds"}, "string": {Transform: "date", Options: map[string]any{"layout": "02.01.2006"}}}}
	for kind, want := range map[string]string{
		`"string"`: `{"d":"31.12.2025"}`, `"number"`: `{"d":1767139200}`, `"integer"`: `{"d":1767139200}`,
		`["number","string"]`: `{"d":"31.12.2025"}`, `"object"`: `{}`, `"any"`: `{"d":"2025-12-31"}`,
	} {
		m := compile(t, `{"properties":{"d":{"type":`+kind+`}}}`, rule)
		res := m.Forward(mapping.Input{Fields: mapping.Fields{"deal_close_date": "2025-12-31"}, Operation: mapping.Create})
		if got := string(res.Body(nil)); got != want {
			t.Errorf("type %s: got %s, want %s", kind, got, want)
		}
	}
}

func TestParseSchemaErrors(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`[]`, `"object"`, `true`, `{`, `{}{}`} {
		if s, err := mapping.ParseSchema(json.RawMessage(raw)); err == nil || s != nil || !strings.Contains(err.Error(), "request schema") {
			t.Errorf("%s: %v, %v", raw, s, err)
		}
	}
	deep := strings.Repeat(`{"properties":{"a":`, 3000) + `{}` + strings.Repeat(`}}`, 3000)
	if _, err := mapping.ParseSchema(json.RawMessage(deep)); err != nil {
		t.Errorf("a deep schema: %v", err)
	}
}
