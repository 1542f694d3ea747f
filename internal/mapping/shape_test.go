package mapping_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// shape is what a schema says about a small mapping, stored and read back.
func shape(t *testing.T, schema string) mapping.Shape {
	t.Helper()
	m := compile(t, schema,
		mapping.Rule{To: "properties.email", From: from("e")}, mapping.Rule{To: "properties.stage", From: from("s")}, mapping.Rule{To: "tags", From: from("t")})
	raw, err := json.Marshal(m.Shape())
	if err != nil {
		t.Fatal(err)
	}
	var out mapping.Shape
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func inner(properties string) string {
	return `{"properties":{"properties":{"type":"object",` + properties + `}}}`
}

func TestShape(t *testing.T) {
	t.Parallel()
	tests := []struct {
		schema string
		want   mapping.Shape
	}{
		{``, mapping.Shape{}},
		{`{}`, mapping.Shape{}},
		{`{"properties":{"tags":{"type":["array","null"]}}}`, mapping.Shape{
			"properties.email": {}, "properties.stage": {}, "tags": {Listed: true, Types: []string{"array"}},
		}},
		{inner(`"required":["email","score"],"properties":{"email":{"type":"string"},"score":{"type":"number"}}`), mapping.Shape{
			"properties.email": {Listed: true, Types: []string{"string"}, Required: true}, "properties.stage": {}, "tags": {},
		}},
		{`{"required":["properties"],` + inner(`"required":["score"],"properties":{"email":{},"score":{"type":"number"}}`)[1:], mapping.Shape{
			"properties.email": {Listed: true}, "properties.stage": {}, "tags": {},
			"properties.score": {Listed: true, Types: []string{"number"}, Required: true, Unfilled: true},
		}},
		{inner(`"additionalProperties":{"type":"string"}`), mapping.Shape{"tags": {}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, shape(t, tt.schema)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.schema, diff)
		}
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	const listed = `"properties":{"email":{"type":"string"},"stage":{"type":["string","null"]}}`
	required := func(text string) string { return `{"required":["properties"],` + inner(text)[1:] }
	tests := []struct {
		name, before, now string
		want              []string // "kind target before after"
	}{
		{"nothing changed", inner(listed), inner(listed), nil},
		{"gone", inner(listed), inner(`"properties":{"email":{"type":"string"}}`), []string{"field_gone properties.stage [string] []"}},
		{"all gone, others came", inner(listed), inner(`"properties":{"mail":{}}`), []string{"field_gone properties.email [string] []", "field_gone properties.stage [string] []"}},
		{"with the object around it", inner(listed), `{"properties":{"tags":{}}}`, []string{"field_gone properties.email [string] []", "field_gone properties.stage [string] []"}},
		{"nothing known any more", inner(listed), ``, nil},
		{"nothing known about the object any more", inner(listed), `{"properties":{"properties":{"type":"object"}}}`, nil},
		{"anything goes now", inner(listed), inner(`"additionalProperties":{"type":"string"}`), nil},
		{"nothing known before", ``, inner(listed), nil},
		{"never listed", inner(`"properties":{"email":{}}`), inner(`"properties":{"email":{}}`), nil},
		{"another type", inner(listed), inner(`"properties":{"email":{"type":"string"},"stage":{"type":"integer"}}`), []string{"field_retyped properties.stage [string] [integer]"}},
		{"a type where none was", inner(`"properties":{"email":{},"stage":{}}`), inner(listed), nil},
		{"another order of types", inner(`"properties":{"email":{"type":["number","string"]}}`), inner(`"properties":{"email":{"type":["string","number"]}}`), nil},
		{"newly required", required(listed), required(`"required":["score"],` + listed), []string{"newly_required properties.score [] []"}},
		{"required of old", required(`"required":["score"],` + listed), required(`"required":["score"],` + listed), nil},
		{"required, and filled", required(listed), required(`"required":["email"],` + listed), nil},
		{"required where the object is", inner(listed), inner(`"required":["score"],` + listed), nil},
	}
	for _, tt := range tests {
		var got []string
		for _, d := range shape(t, tt.before).Drift(shape(t, tt.now)) {
			got = append(got, d.Kind+" "+d.To+" "+words(d.Before)+" "+words(d.After))
			if d.Message == "" || !d.Equal(d) || d.Equal(mapping.Drift{To: d.To, Kind: "other"}) {
				t.Errorf("%s: %+v", tt.name, d)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func words(types []string) string {
	out := "["
	for i, t := range types {
		if i > 0 {
			out += " "
		}
		out += t
	}
	return out + "]"
}
