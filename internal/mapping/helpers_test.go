package mapping_test

import (
	"encoding/json"
	"slices"
	"testing"

	"sendtocrm/internal/mapping"
)

// definition gives the shipped rules of one object.
func definition(t testing.TB, connector, object string) *mapping.Object {
	t.Helper()
	library, err := mapping.Builtin()
	if err != nil {
		t.Fatalf("shipped definitions: %v", err)
	}
	d, ok := library.Definition(connector)
	if !ok || d.Objects[object] == nil {
		t.Fatalf("no definition of %s for %s", object, connector)
	}
	return d.Objects[object]
}

// compile makes a mapper of rules, with a schema in JSON or "".
func compile(t testing.TB, schema string, rules ...mapping.Rule) *mapping.Mapper {
	t.Helper()
	parsed, err := mapping.ParseSchema(json.RawMessage(schema))
	if err != nil {
		t.Fatalf("schema: %v", err)
	}
	rules = slices.Clone(rules)
	for i := range rules {
		rules[i].Enabled = true
	}
	m, err := (&mapping.Object{Rules: rules}).Compile(parsed)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return m
}

// decode makes fields of JSON text.
func decode(t testing.TB, text string) mapping.Fields {
	t.Helper()
	fields, err := mapping.DecodeFields(json.RawMessage(text))
	if err != nil {
		t.Fatalf("fields %s: %v", text, err)
	}
	return fields
}

// codes lists the issues as "severity code to".
func codes(issues []mapping.Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, i.Severity+" "+i.Code+" "+i.To)
	}
	return out
}

func from(names ...string) []string { return names }
