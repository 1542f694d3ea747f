package mapping_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

func schemaOf(t *testing.T, text string) *mapping.Schema {
	t.Helper()
	schema, err := mapping.ParseSchema(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaFields(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, `{
		"required": ["properties", "emails"],
		"properties": {
			"properties": {"required": ["email"], "properties": {
				"email": {"type": "string", "format": "email", "title": "E-mail", "description": "One.", "default": "a@b.co"},
				"phase": {"type": ["string", "null"], "enum": ["a", 1.50, true, null], "readOnly": true},
				"a.b": {"allOf": [{"type": "integer"}, {"title": "Dotted"}]}
			}},
			"emails": {"type": "array", "items": {"required": ["email"], "properties": {"email": {"type": "string"}, "at": {"properties": {"day": {}}}}}},
			"tags": {"type": "array", "items": {"type": "string"}},
			"free": {"type": "object"}, "unknown": {"$ref": "#"}, "": {"type": "string"}, "`+strings.Repeat("k", 600)+`": {}
		}
	}`)
	want := []mapping.SchemaField{
		{Path: "emails", Keys: []string{"emails"}, Types: []string{"array"}, Required: true, Entry: []mapping.SchemaField{
			{Path: "emails[0].at.day", Keys: []string{"emails", "at", "day"}},
			{Path: "emails[0].email", Keys: []string{"emails", "email"}, Types: []string{"string"}, Required: true},
		}},
		{Path: "free", Keys: []string{"free"}, Types: []string{"object"}},
		{Path: `properties.a\.b`, Keys: []string{"properties", "a.b"}, Types: []string{"integer"}, Title: "Dotted"},
		{
			Path: "properties.email", Keys: []string{"properties", "email"}, Types: []string{"string"}, Required: true, Format: "email",
			Title: "E-mail", Description: "One.", Default: "a@b.co",
		},
		{
			Path: "properties.phase", Keys: []string{"properties", "phase"}, Types: []string{"string"}, ReadOnly: true,
			Enum: []any{"a", json.Number("1.50"), true},
		},
		{Path: "tags", Keys: []string{"tags"}, Types: []string{"array"}, Items: []string{"string"}},
		{Path: "unknown", Keys: []string{"unknown"}},
	}
	if diff := cmp.Diff(want, schema.Fields()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, none := range []*mapping.Schema{nil, {}} {
		if got := none.Fields(); got != nil {
			t.Errorf("%+v", got)
		}
	}
}

// Of too many fields the required ones stay, in their order.
func TestSchemaFieldsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, `, "f%05d": {}`, i)
	}
	fields := schemaOf(t, `{"required": ["zz", "f09999"], "properties": {"zz": {}`+b.String()+`}}`).Fields()
	if len(fields) != 2_000 || fields[0].Path != "f00000" || fields[1998].Path != "f09999" || fields[1999].Path != "zz" {
		t.Errorf("%d fields, the last %q and %q", len(fields), fields[len(fields)-2].Path, fields[len(fields)-1].Path)
	}
	if !slices.IsSortedFunc(fields, func(a, b mapping.SchemaField) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("not in order")
	}
}

func TestUnfilled(t *testing.T) {
	t.Parallel()
	const body = `{"required": ["name", "data", "address", "tags"], "properties": {
		"name": {}, "tags": {"type": "array"},
		"data": {"type": "array", "items": {"required": ["id", "type"], "properties": {"id": {}, "type": {}, "more": {}}}},
		"address": {"properties": {"city": {}}},
		"optional": {"required": ["x"], "properties": {"x": {}}}
	}}`
	for _, c := range []struct {
		targets, want []string
	}{
		{nil, []string{"address", "data", "name", "tags"}},
		{[]string{"name", "tags[0]", "address.city", "data"}, nil},
		{[]string{"name", "tags", "address", "data[0].id"}, []string{"data[0].type"}},
		{[]string{"name", "tags", "address", "data[0]"}, nil},
		{[]string{"name", "tags", "address", "data[1].id", "a["}, []string{"data[0].id", "data[0].type"}},
	} {
		if diff := cmp.Diff(c.want, schemaOf(t, body).Unfilled(c.targets)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.targets, diff)
		}
	}
}

func TestCanonicalPath(t *testing.T) {
	t.Parallel()
	if got, err := mapping.CanonicalPath(`a.b\.c[0].d`); got != `a.b\.c[0].d` || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if _, err := mapping.CanonicalPath("a..b"); err == nil {
		t.Error("a path with an empty key passes")
	}
}
