package mapping_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sendtocrm/internal/mapping"
)

// valueOf draws a host value of a universal type, in the forms that hosts use.
func valueOf(kind mapping.FieldType) *rapid.Generator[any] {
	text := rapid.StringMatching(`[ -~àéß漢😀\x{2028}]{0,12}[a-zà漢]`)
	return rapid.Custom(func(t *rapid.T) any {
		switch kind {
		case mapping.TypeEmail:
			return rapid.StringMatching(` ?[a-z0-9]{1,8}([._+-][a-z0-9]{1,4})?@[a-zA-Z]{1,6}\.[a-z]{2,3} ?`).Draw(t, "email")
		case mapping.TypeURL:
			return rapid.StringMatching(`(https?://)?[a-z]{1,8}\.[a-z]{2,3}(/[a-z?=&]{0,6})?`).Draw(t, "url")
		case mapping.TypeDecimal:
			return numeric(t, rapid.StringMatching(`-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?(e[+-]?[0-3])?`).Draw(t, "decimal"))
		case mapping.TypePercent:
			return numeric(t, fmt.Sprint(rapid.IntRange(0, 100).Draw(t, "percent")))
		case mapping.TypeInteger:
			return numeric(t, fmt.Sprint(rapid.Int64Range(-1e15, 1e15).Draw(t, "integer")))
		case mapping.TypeDate:
			day := fmt.Sprintf("%04d-%02d-%02d", rapid.IntRange(2, 9998).Draw(t, "y"), rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 28).Draw(t, "d"))
			return day + rapid.SampledFrom([]string{"", "", "T00:00:00Z", "T17:04:05Z", "T23:30:00-08:00", "T00:30:00+14:00"}).Draw(t, "time")
		case mapping.TypeReference:
			return fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "id"))
		case mapping.TypeBoolean:
			return rapid.SampledFrom([]any{true, false, "true", " false "}).Draw(t, "boolean")
		case mapping.TypeList:
			return rapid.SampledFrom([]any{[]any{}, []any{"a"}, []any{json.Number("1"), true}}).Draw(t, "list")
		case "number":
			return rapid.OneOf(
				rapid.StringMatching(`(\+|00|)[1-9][0-9]{0,2}[ /().-]?[0-9 ()/.-]{3,14}( ?(ext\.|x) ?[0-9]{1,4})?`),
				rapid.SampledFrom([]string{"+1 (555) 123-4567", "(212) 555-0187", "+44 (0)20 7946 0958", "+54 9 11 2345-6789", "+39 06 1234 5678", "112", "n/a", "call 5", "+52 1 55 1234 5678"}),
			).Draw(t, "phone")
		case "country":
			return rapid.OneOf(rapid.StringMatching(`[A-Za-z]{2,3}`),
				rapid.SampledFrom([]string{"Germany", "deutschland", "U.S.A.", "UK", "Côte d'Ivoire", "South Korea", "Holland", "Atlantis", "None"})).Draw(t, "country")
		case "flag":
			return rapid.Bool().Draw(t, "flag")
		case "choice":
			return rapid.SampledFrom([]string{"Won", "Gewonnen", "Lost", "other", "7"}).Draw(t, "choice")
		}
		return text.Draw(t, "text")
	})
}

func numeric(t *rapid.T, text string) any {
	if rapid.Bool().Draw(t, "as text") {
		return text
	}
	return json.Number(text)
}

// record draws a record in which each field may be absent or blank.
func record(t *rapid.T, types map[string]mapping.FieldType, name string) mapping.Fields {
	fields := mapping.Fields{}
	for _, field := range sortedKeys(types) {
		switch rapid.IntRange(0, 9).Draw(t, name+" "+field) {
		case 0:
			continue
		case 1:
			fields[field] = rapid.SampledFrom([]any{nil, "", "  "}).Draw(t, name+" blank")
		default:
			fields[field] = valueOf(types[field]).Draw(t, name+" value")
		}
	}
	fields["host_only"] = "kept"
	return fields
}

func sortedKeys(types map[string]mapping.FieldType) []string {
	out := make([]string, 0, len(types))
	for name := range types {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// laws checks both laws for one mapper.
//
//	GetPut: reading back what was just sent leaves the record as it is.
//	PutGet: after a CRM's values are read over any other record, sending it
//	        gives the CRM just those values.
func laws(t *rapid.T, m *mapping.Mapper, types map[string]mapping.FieldType) {
	mine, other := record(t, types, "mine"), record(t, types, "other")
	sent := m.Forward(mapping.Input{Fields: mine, Operation: mapping.Create})

	back, issues := m.Backward(sent.Body(nil), mine)
	if diff := cmp.Diff(mine, back); diff != "" || len(issues) > 0 {
		t.Fatalf("GetPut: %s sent %s, read back (-was +is):\n%s%v", mine, sent.Body(nil), diff, issues)
	}

	read, issues := m.Backward(sent.Body(nil), other)
	if len(issues) > 0 {
		t.Fatalf("PutGet: reading %s: %v", sent.Body(nil), issues)
	}
	again := m.Forward(mapping.Input{Fields: read, Operation: mapping.Create})
	values := map[string]string{}
	for _, v := range again.Values {
		values[v.To] = string(v.JSON)
	}
	for _, v := range sent.Values {
		if values[v.To] != string(v.JSON) {
			t.Fatalf("PutGet: %s was %s, is %s after reading it over %v into %v", v.To, v.JSON, values[v.To], other, read)
		}
	}
	if read["host_only"] != "kept" {
		t.Fatalf("a field without a rule became %v", read["host_only"])
	}
}

// TestLawsOfDefinitions checks every shipped rule. A schema that lists the
// rows which vendors refuse brings those in too.
func TestLawsOfDefinitions(t *testing.T) {
	t.Parallel()
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper", "zohoCRM", "pipedrive"} {
		for _, object := range mapping.Objects() {
			types := map[string]mapping.FieldType{}
			for _, f := range mapping.Universal().Fields(object) {
				if f.Type != mapping.TypeReference {
					types[f.Name] = f.Type
				}
			}
			if connector == "copper" || connector == "pipedrive" {
				types["deal_stage"] = mapping.TypeInteger
			}
			schemas := map[string]string{"nothing known": "", "rows listed": listing(t, connector, object)}
			for name, schema := range schemas {
				t.Run(connector+" "+object+" "+name, func(t *testing.T) {
					t.Parallel()
					m := compile(t, schema, definition(t, connector, object).Rules...)
					rapid.Check(t, func(t *rapid.T) { laws(t, m, types) })
				})
			}
		}
	}
}

// listing is a schema that names the targets of all rules that want that, and
// types as numbers those that go by the schema's type.
func listing(t *testing.T, connector, object string) string {
	root := map[string]any{}
	for _, rule := range definition(t, connector, object).Rules {
		if rule.To == "address.value" {
			continue // the one name of an address that excludes the others
		}
		at := root
		if rule.When == mapping.Listed || rule.BySchemaType != nil {
			for _, key := range strings.Split(rule.To, ".") {
				key, _, list := strings.Cut(key, "[")
				properties, _ := at["properties"].(map[string]any)
				if properties == nil {
					properties = map[string]any{}
					at["properties"] = properties
				}
				next, _ := properties[key].(map[string]any)
				if next == nil {
					next = map[string]any{}
					properties[key] = next
				}
				if at = next; list {
					items, _ := at["items"].(map[string]any)
					if items == nil {
						items = map[string]any{}
						at["items"] = items
					}
					at = items
				}
			}
		}
		if rule.BySchemaType != nil {
			at["type"] = "number"
		}
	}
	raw, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestLawsOfTransforms checks each transform by itself, and fails if one has
// no case here.
func TestLawsOfTransforms(t *testing.T) {
	t.Parallel()
	work := options{"key": "email", "with": options{"category": "work"}}
	cases := map[string][]struct {
		rule   mapping.Rule
		schema string
		types  []mapping.FieldType // of the sources v, w
	}{
		"copy": {
			{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeString}},
			{mapping.Rule{}, "", []mapping.FieldType{"flag"}},
			{mapping.Rule{}, `{"properties":{"x":{"type":"string"}}}`, []mapping.FieldType{mapping.TypeInteger}},
			{mapping.Rule{}, `{"properties":{"x":{"type":"integer"}}}`, []mapping.FieldType{mapping.TypeInteger}},
			{mapping.Rule{}, `{"properties":{"x":{"type":"string"}}}`, []mapping.FieldType{"flag"}},
			{mapping.Rule{Default: "d"}, "", []mapping.FieldType{mapping.TypeString}},
		},
		"first": {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeString, mapping.TypeString}}},
		"join":  {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeString, mapping.TypeString}}},
		"phone": {
			{mapping.Rule{}, "", []mapping.FieldType{"number"}},
			{mapping.Rule{Options: options{"country": "US"}}, "", []mapping.FieldType{"number"}},
			{mapping.Rule{Options: options{"country": "DE", "format": "national"}}, "", []mapping.FieldType{"number"}},
			{mapping.Rule{Options: options{"country": "AR", "format": "national"}}, "", []mapping.FieldType{"number"}},
			{mapping.Rule{Options: options{"country": "IT", "format": "international"}}, "", []mapping.FieldType{"number"}},
		},
		"country": {
			{mapping.Rule{}, "", []mapping.FieldType{"country"}},
			{mapping.Rule{Options: options{"format": "name"}}, "", []mapping.FieldType{"country"}},
		},
		"email": {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeEmail}}},
		"split": {{mapping.Rule{Options: options{"part": "last"}}, "", []mapping.FieldType{mapping.TypeString}}},
		"list": {
			{mapping.Rule{Options: work}, "", []mapping.FieldType{mapping.TypeEmail}},
			{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeString}},
			{mapping.Rule{Options: options{"key": "number", "item": options{"transform": "phone", "options": options{"country": "US"}}}}, "", []mapping.FieldType{"number"}},
			{mapping.Rule{Options: options{"item": options{"transform": "email"}}}, "", []mapping.FieldType{mapping.TypeEmail}},
			{mapping.Rule{Options: options{"item": options{"transform": "number"}}}, "", []mapping.FieldType{mapping.TypeDecimal}},
		},
		"number":         {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeDecimal}}},
		"integer":        {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeInteger}}},
		"decimal_string": {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeDecimal}}},
		"cents":          {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeDecimal}}, {mapping.Rule{Options: options{"places": json.Number("3")}}, "", []mapping.FieldType{mapping.TypeDecimal}}},
		"date": {
			{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeDate}},
			{mapping.Rule{Options: options{"layout": "02/01/2006"}}, "", []mapping.FieldType{mapping.TypeDate}},
		},
		"unix_seconds": {{mapping.Rule{}, "", []mapping.FieldType{mapping.TypeDate}}},
		"value_map":    {{mapping.Rule{ValueMap: options{"Won": "closedwon", "Gewonnen": "closedwon", "Lost": json.Number("9")}}, "", []mapping.FieldType{"choice"}}},
	}
	for _, name := range mapping.Transforms() {
		if name == "reference" || name == "associations" || name == "template" {
			continue // they only send; see TestReferences, TestAssociations, TestTemplate
		}
		if len(cases[name]) == 0 {
			t.Errorf("no case for the transform %s", name)
		}
		for i, c := range cases[name] {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				t.Parallel()
				c.rule.To, c.rule.Transform = "x", name
				types := map[string]mapping.FieldType{}
				for i, kind := range c.types {
					source := string("vw"[i])
					c.rule.From = append(c.rule.From, source)
					types[source] = kind
				}
				m := compile(t, c.schema, c.rule)
				rapid.Check(t, func(t *rapid.T) { laws(t, m, types) })
			})
		}
	}
}
