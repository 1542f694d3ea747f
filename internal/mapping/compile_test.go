package mapping_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestCompileErrors wants each fault of a rule list named, all at once.
func TestCompileErrors(t *testing.T) {
	t.Parallel()
	v := from("v")
	tests := []struct {
		name  string
		rules []mapping.Rule
		want  []string // part of each problem, in order
	}{
		{"fine", []mapping.Rule{{To: "a", From: v}}, nil},
		{"duplicate target", []mapping.Rule{{To: "a", From: v}, {To: "b", From: v}, {To: "a", From: v}}, []string{"rule 3 (a): has the same target as rule 1"}},
		{"object after its field", []mapping.Rule{{To: "a.b", From: v}, {To: "a", From: v}}, []string{"rule 2 (a): collides with a rule that fills a field inside it"}},
		{"field after its object", []mapping.Rule{{To: "a", From: v}, {To: "a.b", From: v}}, []string{"rule 2 (a.b): collides with the rule that fills all of a"}},
		{"list and object", []mapping.Rule{{To: "a[0]", From: v}, {To: "a.b", From: v}}, []string{"a would be a list and an object"}},
		{"gap in a list", []mapping.Rule{{To: "a[1]", From: v}}, []string{"no rule before it fills position 0"}},
		{"no path", []mapping.Rule{{From: v}}, []string{"the path is empty"}},
		{"empty key", []mapping.Rule{{To: "a..b", From: v}}, []string{"a key is empty"}},
		{"dot at the end", []mapping.Rule{{To: "a.", From: v}}, []string{"a key is empty"}},
		{"dot at the start", []mapping.Rule{{To: ".a", From: v}}, []string{"a key is empty"}},
		{"no dot", []mapping.Rule{{To: "a[0]b", From: v}}, []string{"a dot is missing"}},
		{"no bracket", []mapping.Rule{{To: "a[0", From: v}}, []string{"a [ without a ]"}},
		{"no index", []mapping.Rule{{To: "a[*]", From: v}}, []string{"not a whole number from 0 to 99"}},
		{"large index", []mapping.Rule{{To: "a[100]", From: v}}, []string{"not a whole number from 0 to 99"}},
		{"index with zeros", []mapping.Rule{{To: "a[00]", From: v}}, []string{"not a whole number from 0 to 99"}},
		{"bad escape", []mapping.Rule{{To: `a\b`, From: v}}, []string{"a backslash must be followed"}},
		{"list as a body", []mapping.Rule{{To: "[0].a", From: v}}, []string{"a request body is an object"}},
		{"very deep", []mapping.Rule{{To: strings.Repeat("a.", 70) + "a", From: v}}, []string{"more than 64 steps"}},
		{"unknown transform", []mapping.Rule{{To: "a", From: v, Transform: "rot13"}}, []string{`unknown transform "rot13"; known are associations, cents, copy`}},
		{"unknown transform in a variant", []mapping.Rule{{To: "a", From: v, BySchemaType: map[string]mapping.Variant{"number": {Transform: "rot13"}}}}, []string{`unknown transform "rot13"`}},
		{"unknown schema type", []mapping.Rule{{To: "a", From: v, BySchemaType: map[string]mapping.Variant{"float": {}}}}, []string{`"float" is no JSON Schema type`}},
		{"ambiguous source", []mapping.Rule{{To: "a", From: from("v", "w")}}, []string{"names v and w, but the transform copy reads one host field: which one is ambiguous"}},
		{"source twice", []mapping.Rule{{To: "a", From: from("v", "v"), Transform: "join"}}, []string{`reads the host field "v" twice`}},
		{"blank source", []mapping.Rule{{To: "a", From: from(" ")}}, []string{"the name of a host field is empty"}},
		{"no source", []mapping.Rule{{To: "a"}}, []string{"names no host field and has no default"}},
		{"no source to join", []mapping.Rule{{To: "a", Transform: "join", Default: "x"}}, []string{"the transform join needs a host field"}},
		{"unknown option", []mapping.Rule{{To: "a", From: v, Options: options{"x": true}}}, []string{`transform copy: unknown option "x"`}},
		{"option of the wrong kind", []mapping.Rule{{To: "a", From: v, Transform: "date", Options: options{"layout": json.Number("1")}}}, []string{"option layout: want text, found the number 1"}},
		{"layout without a year", []mapping.Rule{{To: "a", From: v, Transform: "date", Options: options{"layout": "MM/DD/YYYY"}}}, []string{"does not hold year, month and day"}},
		{"split without part", []mapping.Rule{{To: "a", From: v, Transform: "split"}}, []string{`option part: "" is not one of [first last]`}},
		{"separator", []mapping.Rule{{To: "a", From: v, Transform: "join", Options: options{"separator": ""}}}, []string{"option separator: want 1 to 8 bytes"}},
		{"with, but no key", []mapping.Rule{{To: "a", From: v, Transform: "list", Options: options{"with": options{"c": "w"}}}}, []string{"option with: needs the option key"}},
		{"with the key itself", []mapping.Rule{{To: "a", From: v, Transform: "list", Options: options{"key": "k", "with": options{"k": "w"}}}}, []string{"is the key of the value itself"}},
		{"with a list", []mapping.Rule{{To: "a", From: v, Transform: "list", Options: options{"key": "k", "with": []any{}}}}, []string{"option with: want an object"}},
		{"with an object in it", []mapping.Rule{{To: "a", From: v, Transform: "list", Options: options{"key": "k", "with": options{"c": options{}}}}}, []string{"option with.c: want text"}},
		{"places", []mapping.Rule{{To: "a", From: v, Transform: "cents", Options: options{"places": json.Number("9")}}}, []string{"option places: want a whole number from 0 to 4"}},
		{"reference to nothing", []mapping.Rule{{To: "a", From: v, Transform: "reference"}}, []string{`option object: "" is not one of [contact company deal]`}},
		{"reference as a float", []mapping.Rule{{To: "a", From: v, Transform: "reference", Options: options{"object": "deal", "as": "float"}}}, []string{`option as: "float"`}},
		{"value_map without a map", []mapping.Rule{{To: "a", From: v, Transform: "value_map"}}, []string{"needs a valueMap"}},
		{"strict of another kind", []mapping.Rule{{To: "a", From: v, Transform: "value_map", ValueMap: options{"a": "b"}, Options: options{"strict": "yes"}}}, []string{"option strict: want true or false"}},
		{"value map to a list", []mapping.Rule{{To: "a", From: v, ValueMap: options{"a": []any{}}}}, []string{`valueMap: "a" stands for a list`}},
		{"value map to blank", []mapping.Rule{{To: "a", From: v, ValueMap: options{"a": " "}}}, []string{`valueMap: "a" stands for the text`}},
		{"value map of a join", []mapping.Rule{{To: "a", From: from("v", "w"), Transform: "join", ValueMap: options{"a": "b"}}}, []string{"does not go with the transform join"}},
		{"blank default", []mapping.Rule{{To: "a", From: v, Default: " "}}, []string{"the default is blank"}},
		{"default of the wrong type", []mapping.Rule{{To: "a", From: from("deal_close_date"), Transform: "date", Default: "soon"}}, []string{`the default cannot be sent: "soon" is not a date`}},
		{"default that the transform refuses", []mapping.Rule{{To: "a", From: v, Transform: "integer", Default: "1.5"}}, []string{"the default cannot be sent: 1.5 is not a whole number"}},
		{"policy", []mapping.Rule{{To: "a", From: v, OnUpdate: "sometimes"}}, []string{`policy "sometimes" is none of always, never, ifEmpty`}},
		{"when", []mapping.Rule{{To: "a", From: v, When: "full moon"}}, []string{`when "full moon"`}},
		{"several", []mapping.Rule{{To: "a", From: v, Transform: "x"}, {To: "", From: v}, {To: "c", From: v, OnCreate: "y"}},
			[]string{"rule 1 (a): unknown transform", "rule 2 (): the path is empty", "rule 3 (c): policy"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i := range tt.rules {
				tt.rules[i].Enabled = true
			}
			m, err := (&mapping.Object{Rules: tt.rules}).Compile(nil)
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if (m == nil) != (tt.want != nil) || len(got) != len(tt.want) {
				t.Fatalf("got %q, want %d problems", got, len(tt.want))
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("problem %q, want %q in it", got[i], tt.want[i])
				}
			}
		})
	}
}

func TestCompileErrorType(t *testing.T) {
	t.Parallel()
	_, err := (&mapping.Object{Rules: []mapping.Rule{{To: "a", From: from("v"), Enabled: true}, {To: "b", From: from("v"), Transform: "x", Enabled: true}}}).Compile(nil)
	var fault *mapping.RuleError
	if !errors.As(err, &fault) || fault.Index != 1 || fault.To != "b" {
		t.Errorf("got %#v", fault)
	}
}

// TestDisabled: a rule that is off takes no part, makes room, and its host
// field counts as unmapped.
func TestDisabled(t *testing.T) {
	t.Parallel()
	schema, err := mapping.ParseSchema(json.RawMessage(`{"required":["c"],"properties":{"a":{},"c":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := (&mapping.Object{Rules: []mapping.Rule{
		{To: "a", From: from("v")},
		{To: "a.b", From: from("w"), Enabled: true},
		{To: "c", From: from("u"), Required: true},
	}}).Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	res := m.Forward(mapping.Input{Fields: mapping.Fields{"v": "1", "w": "2", "u": "3"}, Operation: mapping.Create})
	if got := string(res.Body(nil)); got != `{"a":{"b":"2"}}` {
		t.Errorf("body %s", got)
	}
	if diff := cmp.Diff([]string{"u", "v"}, res.Unmapped) + cmp.Diff([]string{"error no_rule c"}, codes(res.Issues)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHostFields finds the host's field behind what a CRM calls its own.
func TestHostFields(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connector, object, crm string
		want                   []string
	}{
		{"hubspot", "contact", "properties.email", from("contact_email")},
		{"hubspot", "contact", "email", from("contact_email")},
		{"hubspot", "contact", " EMAIL ", from("contact_email")},
		{"hubspot", "contact", "Properties.FirstName", from("contact_first_name")},
		{"hubspot", "contact", "inputs.email", from("contact_email")},
		{"hubspot", "contact", "shoe_size", nil},
		{"hubspot", "contact", "", nil},
		{"hubspot", "contact", "properties", nil},
		{"copper", "contact", "emails[0].email", from("contact_email")},
		{"copper", "contact", "emails.0.email", from("contact_email")},
		{"copper", "contact", "name", from("contact_first_name", "contact_last_name")},
		{"copper", "contact", "address.postal_code", from("contact_address_postal")},
		{"salesforceCRM", "contact", "lastname", from("contact_last_name")},
	}
	for _, tt := range tests {
		m := compile(t, "", definition(t, tt.connector, tt.object).Rules...)
		if diff := cmp.Diff(tt.want, m.HostFields(tt.crm)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.connector, tt.crm, diff)
		}
	}
	two := compile(t, "", mapping.Rule{To: "a.city", From: from("x")}, mapping.Rule{To: "b.city", From: from("y")}, mapping.Rule{To: "b.City", From: from("z")})
	for crm, want := range map[string][]string{"city": nil, "City": from("z"), "CITY": nil, "a.city": from("x"), "B.CITY": nil} {
		if diff := cmp.Diff(want, two.HostFields(crm)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", crm, diff)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	m := compile(t, "", definition(t, "copper", "deal").Rules...)
	want := []mapping.Reference{{From: "deal_contact", Object: "contact"}, {From: "deal_company", Object: "company"}}
	if diff := cmp.Diff(want, m.References()); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	ids := m.ReferenceIDs(json.RawMessage(`{"primary_contact_id":991,"company_id":null}`))
	if diff := cmp.Diff(map[string]string{"deal_contact": "991"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	res := m.Forward(mapping.Input{Operation: mapping.Create, Refs: map[string]string{"deal_contact": "abc"},
		Fields: mapping.Fields{"deal_name": "x", "deal_contact": "cust_1"}})
	if diff := cmp.Diff([]string{"error wrong_type primary_contact_id"}, codes(res.Issues)); diff != "" {
		t.Errorf("an id that is no number (-want +got):\n%s", diff)
	}
	sf := compile(t, "", definition(t, "salesforceCRM", "deal").Rules...)
	if diff := cmp.Diff([]mapping.Reference{{From: "deal_company", Object: "company"}}, sf.References()); diff != "" {
		t.Errorf("a rule that is left out needs no id (-want +got):\n%s", diff)
	}
}
