package mapping_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendtocrm/internal/mapping"
)

// TestOperations shows what create and update do with the same record.
func TestOperations(t *testing.T) {
	t.Parallel()
	const requires = `{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}}`
	type outcome struct {
		Body   string
		Issues []string
	}
	tests := []struct {
		name           string
		schema, record string
		rule           mapping.Rule
		create, update outcome
	}{
		{"absent", "", `{}`, mapping.Rule{From: from("v")}, outcome{Body: `{}`}, outcome{Body: `{}`}},
		{"explicit null", "", `{"v":null}`, mapping.Rule{From: from("v")},
			outcome{Body: `{}`}, outcome{`{}`, []string{"warning empty x"}}},
		{"explicit blank", "", `{"v":" \t\u00a0"}`, mapping.Rule{From: from("v")},
			outcome{Body: `{}`}, outcome{`{}`, []string{"warning empty x"}}},
		{"blank beside a value", "", `{"v":"","w":"b"}`, mapping.Rule{From: from("v", "w"), Transform: "join"},
			outcome{Body: `{"x":"b"}`}, outcome{Body: `{"x":"b"}`}},
		{"required by the definition", "", `{}`, mapping.Rule{From: from("v"), Required: true},
			outcome{`{}`, []string{"error required_missing x"}}, outcome{Body: `{}`}},
		{"required by the schema", requires, `{}`, mapping.Rule{From: from("v")},
			outcome{`{}`, []string{"error required_missing x"}}, outcome{`{}`, []string{"error required_missing x"}}},
		{"required and faulty is said once", requires, `{"contact_email":"x"}`, mapping.Rule{From: from("contact_email"), Required: true},
			outcome{`{}`, []string{"error invalid_email x"}}, outcome{`{}`, []string{"error invalid_email x"}}},
		{"default", "", `{}`, mapping.Rule{From: from("v"), Default: "d"}, outcome{Body: `{"x":"d"}`}, outcome{Body: `{}`}},
		{"default gives way", "", `{"v":"a"}`, mapping.Rule{From: from("v"), Default: "d"}, outcome{Body: `{"x":"a"}`}, outcome{Body: `{"x":"a"}`}},
		{"default of a required field", requires, `{}`, mapping.Rule{From: from("v"), Default: "d"}, outcome{Body: `{"x":"d"}`}, outcome{Body: `{"x":"d"}`}},
		{"constant", "", `{}`, mapping.Rule{Default: "d"}, outcome{Body: `{"x":"d"}`}, outcome{Body: `{"x":"d"}`}},
		{"never on update", "", `{"v":"a"}`, mapping.Rule{From: from("v"), OnUpdate: mapping.Never}, outcome{Body: `{"x":"a"}`}, outcome{Body: `{}`}},
		{"never on create", requires, `{"v":"a"}`, mapping.Rule{From: from("v"), OnCreate: mapping.Never},
			outcome{`{}`, []string{"error no_rule x"}}, outcome{Body: `{"x":"a"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.rule.To = "x"
			m := compile(t, tt.schema, tt.rule)
			for op, want := range map[mapping.Operation]outcome{mapping.Create: tt.create, mapping.Update: tt.update} {
				res := m.Forward(mapping.Input{Fields: decode(t, tt.record), Operation: op})
				if diff := cmp.Diff(want, outcome{string(res.Body(nil)), codes(res.Issues)}); diff != "" {
					t.Errorf("%s (-want +got):\n%s", op, diff)
				}
				if len(res.Unmapped) > 0 {
					t.Errorf("%s: unmapped %v", op, res.Unmapped)
				}
			}
		})
	}
}

// TestValues shows what a caller learns about each value, and how it chooses
// those of a partial update.
func TestValues(t *testing.T) {
	t.Parallel()
	m := compile(t, `{"required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"object","properties":{"d":{"type":"integer"}}}}}`,
		mapping.Rule{To: "a", From: from("va"), Origin: mapping.OriginDefault},
		mapping.Rule{To: "b", From: from("vb"), Origin: mapping.OriginOverride, Required: true, OnUpdate: mapping.IfEmpty},
		mapping.Rule{To: "c.d", From: from("vd"), Origin: mapping.OriginDerived})
	fields := decode(t, `{"va":"1","vb":"2","vd":3,"ve":4}`)

	created := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create})
	updated := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Update})
	want := []mapping.Value{
		{Provenance: &mapping.Provenance{From: from("va"), To: "a", Origin: "default"}, JSON: []byte(`"1"`), Required: true},
		{Provenance: &mapping.Provenance{From: from("vb"), To: "b", Origin: "override"}, JSON: []byte(`"2"`), Required: true},
		{Provenance: &mapping.Provenance{From: from("vd"), To: "c.d", Origin: "derived"}, JSON: []byte(`3`)},
	}
	if diff := cmp.Diff(want, created.Values, cmpopts.IgnoreUnexported(mapping.Value{})); diff != "" {
		t.Errorf("create (-want +got):\n%s", diff)
	}
	want[1].Required, want[1].IfEmpty = false, true
	if diff := cmp.Diff(want, updated.Values, cmpopts.IgnoreUnexported(mapping.Value{})); diff != "" {
		t.Errorf("update (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ve"}, updated.Unmapped); diff != "" {
		t.Errorf("unmapped (-want +got):\n%s", diff)
	}
	changed := map[string]bool{"c.d": true}
	if got := string(updated.Body(func(v mapping.Value) bool { return v.Required || changed[v.To] })); got != `{"a":"1","c":{"d":3}}` {
		t.Errorf("partial body %s", got)
	}
	if got := string(updated.Body(func(mapping.Value) bool { return false })); got != `{}` {
		t.Errorf("body without a value %s", got)
	}
}

// TestPaths builds bodies with lists, nested objects and dots in keys.
func TestPaths(t *testing.T) {
	t.Parallel()
	m := compile(t, "",
		mapping.Rule{To: "data[0].Last_Name", From: from("a")},
		mapping.Rule{To: "data[1].Last_Name", From: from("b")},
		mapping.Rule{To: `custom\.field.x\[0\]`, From: from("c")},
		mapping.Rule{To: "data[0].Email", From: from("d")})
	tests := []struct{ record, want string }{
		{`{"a":1,"d":4}`, `{"data":[{"Last_Name":1,"Email":4}]}`},
		{`{"a":1,"b":2,"c":3}`, `{"data":[{"Last_Name":1},{"Last_Name":2}],"custom.field":{"x[0]":3}}`},
		{`{"b":2}`, `{"data":[null,{"Last_Name":2}]}`},
		{`{"c":3}`, `{"custom.field":{"x[0]":3}}`},
		{`{}`, `{}`},
	}
	for _, tt := range tests {
		res := m.Forward(mapping.Input{Fields: decode(t, tt.record), Operation: mapping.Create})
		if got := string(res.Body(nil)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.record, got, tt.want)
		}
		back, issues := m.Backward(res.Body(nil), nil)
		if diff := cmp.Diff(decode(t, tt.record), back); diff != "" || len(issues) > 0 {
			t.Errorf("%s read back (-want +got):\n%s%v", tt.record, diff, issues)
		}
	}
}

// TestGoTypes takes records that were built in code.
func TestGoTypes(t *testing.T) {
	t.Parallel()
	m := compile(t, "", mapping.Rule{To: "a", From: from("a")}, mapping.Rule{To: "b", From: from("b"), Transform: "cents"},
		mapping.Rule{To: "c", From: from("c")}, mapping.Rule{To: "d", From: from("d")}, mapping.Rule{To: "e", From: from("e")})
	type odd struct{ X int }
	res := m.Forward(mapping.Input{Operation: mapping.Create, Fields: mapping.Fields{"a": 7, "b": 19.99, "c": int64(-1), "e": 1234567.5, "d": odd{1}}})
	if got := string(res.Body(nil)); got != `{"a":7,"b":1999,"c":-1,"e":1234567.5}` {
		t.Errorf("body %s", got)
	}
	if diff := cmp.Diff([]string{"error wrong_type d"}, codes(res.Issues)); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
}

// TestConcurrentUse shares one mapper; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	m := compile(t, seedSchema, definition(t, "copper", "contact").Rules...)
	fields := decode(t, seedContact)
	want := string(m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create}).Body(nil))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				body := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create}).Body(nil)
				back, _ := m.Backward(body, fields)
				if string(body) != want || !cmp.Equal(fields, back) {
					t.Errorf("body %s, read back %v", body, back)
					return
				}
			}
		})
	}
	group.Wait()
}
