package derive_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// The transform follows from the types; a value that cannot get there is not
// suggested at all.
func TestTransforms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		object, field string // one field of a schema
		transform     string // "" for no suggestion
		options       map[string]any
	}{
		{"deal", `"amount": {"type": "number"}`, "number", nil},
		{"deal", `"amount": {"type": "integer"}`, "integer", nil},
		{"deal", `"amount": {"type": "integer", "description": "In cents."}`, "cents", nil},
		{"deal", `"amount_cents": {"type": "integer"}`, "cents", nil},
		{"deal", `"amount": {"type": "string"}`, "decimal_string", nil},
		{"deal", `"amount": {}`, "number", nil},
		{"deal", `"amount": {"type": "boolean"}`, "", nil},
		{"deal", `"amount": {"type": "object"}`, "", nil},
		{"deal", `"amount": {"type": "string", "format": "date"}`, "", nil},
		{"deal", `"close_date": {"type": "string", "format": "date"}`, "date", nil},
		{"deal", `"close_date": {"type": "string", "format": "date-time"}`, "date", map[string]any{"layout": "2006-01-02T15:04:05Z07:00"}},
		{"deal", `"close_date": {"type": "string", "description": "Written DD/MM/YYYY."}`, "date", map[string]any{"layout": "02/01/2006"}},
		{"deal", `"close_date": {"type": "integer"}`, "unix_seconds", nil},
		{"deal", `"close_date": {"type": "integer", "description": "Unix milliseconds"}`, "", nil},
		{"deal", `"close_date": {"type": "boolean"}`, "", nil},
		{"deal", `"probability": {"type": "integer"}`, "integer", nil},
		{"deal", `"probability": {"type": "number", "description": "From 0 to 100"}`, "number", nil},
		{"deal", `"probability": {"type": "number", "description": "Between 0 and 1."}`, "", nil},
		{"deal", `"stage_id": {"type": "integer"}`, "integer", nil},
		{"deal", `"contact_id": {"type": "string"}`, "reference", map[string]any{"object": "contact"}},
		{"deal", `"person": {"type": "integer"}`, "reference", map[string]any{"object": "contact", "as": "integer"}},
		{"deal", `"account": {"type": "string"}`, "", nil},
		{"deal", `"account_id": {"type": "array", "items": {"type": "string"}}`, "", nil},
		{"company", `"employees": {"type": "string"}`, "decimal_string", nil},
		{"deal", `"probability": {"type": "number", "maximum": 1}`, "", nil},
		{"deal", `"probability": {"type": "number", "maximum": 100}`, "number", nil},
		{"contact", `"state": {"type": "string", "enum": ["active", "inactive"]}`, "", nil},
		{"contact", `"state": {"type": "string", "enum": ["CA", "NY"]}`, "copy", nil},
		{"contact", `"title": {"type": "string", "enum": ["Mr", "Ms", "Dr"]}`, "", nil},
		{"contact", `"title": {"type": "string", "enum": ["CEO", "Other"]}`, "copy", nil},
		{"company", `"employees": {"type": "string", "enum": ["1-10", "11-50"]}`, "", nil},
		{"company", `"domains": {"type": "array", "items": {"type": "string"}}`, "list", nil},
		{"company", `"domains": {"type": "array", "items": {"type": "integer"}}`, "", nil},
		{"contact", `"country": {"type": "string"}`, "copy", nil},
		{"contact", `"country_code": {"type": "string"}`, "country", map[string]any{"format": "alpha2"}},
		{"contact", `"email": {"type": "string", "format": "email"}`, "copy", nil},
		{"contact", `"email": {"type": "integer"}`, "", nil},
		{"contact", `"phone": {"type": "string", "format": "email"}`, "", nil},
		{"contact", `"phones": {"type": "array", "items": {"properties": {"number": {}, "type": {"enum": ["home", "Business"]}}}}`, "list",
			map[string]any{"key": "number", "with": map[string]any{"type": "Business"}}},
		{"contact", `"phones": {"type": "array", "items": {"required": ["kind", "value"], "properties": {"value": {}, "kind": {"enum": ["a", "b"]}, "extension": {}}}}`, "list",
			map[string]any{"key": "value", "with": map[string]any{"kind": "a"}}},
		{"contact", `"phones": {"type": "array", "items": {"required": ["label"], "properties": {"value": {}, "label": {"type": "string"}, "primary": {"type": "boolean"}}}}`, "list",
			map[string]any{"key": "value", "with": map[string]any{"label": "work"}}},
		{"contact", `"phones": {"type": "array", "items": {"properties": {"number": {"type": "string"}, "extension": {"type": "string"}}}}`, "", nil},
	} {
		t.Run(c.object+" "+c.field, func(t *testing.T) {
			t.Parallel()
			got := derive.Rules(c.object, nil, parse(t, `{"properties": {`+c.field+`}}`), nil)
			if c.transform == "" {
				if len(got) > 0 {
					t.Fatalf("suggested %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Rule.Transform != c.transform {
				t.Fatalf("suggested %+v, want %s", got, c.transform)
			}
			if diff := cmp.Diff(c.options, got[0].Rule.Options, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			accept(t, mapping.NewObject(mapping.Object{Name: c.object}, nil), got)
		})
	}
}

// The host's own fields and the values that it uses.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	c, err := mapping.LoadCatalogue(strings.NewReader(`
contact:
  - {name: contact_shoe_size, type: decimal, label: Shoe size}
  - {name: vip, type: boolean, label: Very important}
  - {name: tags, type: list, label: Tags}
  - {name: parent_deal, type: reference, object: deal, label: Deal}
deal:
  - {name: deal_stage, choices: [new, {value: 2, label: In talks}, {value: closed-won, label: Won}, lost cause]}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := derive.Rules("contact", c, parse(t, `{"properties": {
		"custom_fields": {"properties": {"ShoeSize__c": {"type": "number"}, "VIP": {"type": "boolean"}}},
		"tags": {"type": "array", "items": {"type": "string"}}, "shoes": {"type": "number"}, "tags_updated": {"type": "array"}
	}}`), nil)
	want := map[string]string{"custom_fields.ShoeSize__c": "contact_shoe_size", "custom_fields.VIP": "vip", "tags": "tags"}
	have := map[string]string{}
	for _, s := range got {
		have[s.Rule.To] = s.Rule.From[0]
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	got = derive.Rules("deal", c, parse(t, `{"properties": {"phase": {"type": "string", "enum": ["New", "in_talks", "won", "LOST"]}}}`), nil)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	values := map[string]any{"new": "New", "2": "in_talks", "closed-won": "won", "lost cause": "LOST"}
	if diff := cmp.Diff(values, got[0].Rule.ValueMap); diff != "" {
		t.Errorf("value map (-want +got):\n%s", diff)
	}
	got = derive.Rules("deal", c, parse(t, `{"properties": {"stage": {"type": "string", "enum": ["new", "other"]}}}`), nil)
	if len(got) != 1 || got[0].Rule.ValueMap != nil || !strings.Contains(got[0].Reason, "1 of your 4 values") {
		t.Errorf("%+v", got)
	}
}

// What existing rules fill or read is taken; what is switched off is not read.
func TestExisting(t *testing.T) {
	t.Parallel()
	schema := parse(t, `{"required": ["email", "code"], "properties": {`+fields("email mobile phone code")+`,
		"address": {"properties": {`+fields("city zip")+`}}, "emails": {"type": "array", "items": {"properties": {"email": {}}}}}}`)
	rule := func(to string, from ...string) mapping.Rule { return mapping.Rule{To: to, From: from, Enabled: true} }
	off := rule("code", "contact_title")
	off.Enabled = false
	for _, c := range []struct {
		name     string
		existing []mapping.Rule
		want     []string
		missing  []string
	}{
		{"none", nil, []string{"email", "phone", "address.city", "address.zip"}, []string{"code"}},
		{"filled", []mapping.Rule{rule("email", "contact_email"), rule("code", "x")}, []string{"phone", "address.city", "address.zip"}, nil},
		{"read elsewhere", []mapping.Rule{rule("mobile", "contact_phone"), rule("notes", "contact_address_city")}, []string{"email", "address.zip"}, []string{"code"}},
		{"around", []mapping.Rule{rule("address", "x"), rule("emails[0].email", "y")}, []string{"email", "phone"}, []string{"code"}},
		{"switched off", []mapping.Rule{off, {To: "phone", From: []string{"contact_phone"}}}, []string{"email", "mobile", "address.city", "address.zip"}, []string{"code"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			suggestions := derive.Rules("contact", nil, schema, c.existing)
			var got []string
			for _, s := range suggestions {
				got = append(got, s.Rule.To)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.missing, derive.Missing("contact", schema, c.existing, suggestions)); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReasonsAndOrder(t *testing.T) {
	t.Parallel()
	got := derive.Rules("contact", nil, parse(t, `{"required": ["given_name"], "properties": {`+fields("region given_name mobile")+`}}`), nil)
	var lines []string
	for _, s := range got {
		lines = append(lines, fmt.Sprintf("%.2f %s", s.Confidence, s.Reason))
	}
	want := []string{
		"0.98 given_name means first name; both are text. The CRM requires it.",
		"0.85 mobile means phone; both are text.",
		"0.85 region means state; both are text.",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Schemas that were not written in good faith cost little and propose nothing
// that a rule could not name.
func TestHostileSchemas(t *testing.T) {
	t.Parallel()
	var many, wide strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, `"email_%d_phone": {"type": "string", "enum": ["a", "b"]}, `, i)
		fmt.Fprintf(&wide, `"companynamephonenumberaddresscity%d": {}, `, i)
	}
	long := strings.Repeat("companyname", 6_000)
	deep := strings.Repeat(`{"properties": {"data": `, 1_000) + "{}" + strings.Repeat("}}", 1_000)
	custom := "contact:\n"
	for i := range 480 {
		custom += fmt.Sprintf("  - {name: email_%d_phone_x, type: string}\n", i)
	}
	c, err := mapping.LoadCatalogue(strings.NewReader(custom))
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range map[string]string{
		"many":  `{"properties": {` + many.String() + `"email": {"type": "string"}}}`,
		"wide":  `{"properties": {` + wide.String() + `"email": {"type": "string"}}}`,
		"keys":  `{"properties": {"__proto__": {"properties": {"email": {}}}, "constructor": {}, "": {}, "` + long + `": {}, "e\u0000": {}, "email": {"type": "string"}}}`,
		"deep":  deep,
		"types": `{"type": 5, "properties": {"email": {"type": ["null", 7]}, "phone": [], "x": {"$ref": "#"}, "emails": {"items": [{"type": "string"}]}}, "required": "email"}`,
	} {
		parsed := parse(t, schema)
		start := time.Now()
		got := derive.Rules("contact", c, parsed, nil)
		took := time.Since(start)
		if took > 2*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		t.Logf("%s: %d suggestions in %v", name, len(got), took)
		for _, s := range got {
			if strings.Contains(s.Rule.To, "__proto__") || len(s.Rule.To) > 512 || len(s.Reason) > 1_000 {
				t.Errorf("%s: %+v", name, s)
			}
		}
		accept(t, mapping.NewObject(mapping.Object{Name: "contact"}, c), got[:min(len(got), 500)])
	}
	dotted := derive.Rules("contact", nil, parse(t, `{"properties": {"e.mail": {}, "[first name]": {}}}`), nil)
	if len(dotted) != 2 || dotted[0].Rule.To != `\[first name\]` || dotted[1].Rule.To != `e\.mail` {
		t.Errorf("%+v", dotted)
	}
}
