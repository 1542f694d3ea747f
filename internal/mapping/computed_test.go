package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestComputed sends what expressions make of a record.
func TestComputed(t *testing.T) {
	t.Parallel()
	const number = `{"properties":{"x":{"type":"number"}}}`
	tests := []struct {
		name, expr, schema, fields string
		def                        any
		want                       string // JSON at x, "" for none
		issue                      string // code of the only issue
	}{
		{"text", `record.deal_name + " / " + id`, "", `{"deal_name":"Big"}`, nil, `"Big / deal_7"`, ""},
		{"exact money", `record.deal_amount * 0.2`, "", `{"deal_amount":"100.10"}`, nil, `20.02`, ""},
		{"a condition", `record.deal_amount > 1000`, "", `{"deal_amount":1000.01}`, nil, `true`, ""},
		{"a list", `[record.deal_name, "b"]`, "", `{"deal_name":"a"}`, nil, `["a","b"]`, ""},
		{"an object", `{"name": record.deal_name}`, "", `{"deal_name":"a"}`, nil, `{"name":"a"}`, ""},
		{"a date", `record.deal_close_date`, "", `{"deal_close_date":"2026-01-31"}`, nil, `"2026-01-31"`, ""},
		{"of the id alone", `id`, number, `{}`, nil, ``, mapping.WrongType},
		{"fitted", `"4" + "2"`, number, `{}`, nil, `42`, ""},
		{"not fitted", `record.deal_name`, number, `{"deal_name":"many"}`, nil, ``, mapping.WrongType},
		{"a missing field", `record.deal_name`, "", `{}`, nil, ``, ""},
		{"a null field", `record.deal_name`, "", `{"deal_name":null}`, nil, ``, ""},
		{"a missing field and a default", `record.deal_name`, "", `{}`, "none", `"none"`, ""},
		{"nothing", `record.deal_name`, "", `{"deal_name":" "}`, nil, ``, ""},
		{"an optional field", `record.?deal_name.orValue("?")`, "", `{}`, nil, `"?"`, ""},
		{"by zero", `record.deal_amount / 0`, "", `{"deal_amount":1}`, nil, ``, mapping.ExpressionFailed},
		{"money without bounds", `record.deal_amount + 1`, "", `{"deal_amount":1e400}`, nil, ``, mapping.ExpressionFailed},
		{"31 February", `record.deal_close_date`, "", `{"deal_close_date":"2026-02-31"}`, nil, ``, mapping.ExpressionFailed},
		{"a text in the place of money", `record.deal_amount + 1`, "", `{"deal_amount":"many"}`, nil, ``, mapping.ExpressionFailed},
		{"broken text", `record.note`, "", `{"note":"a\u0000b"}`, nil, ``, mapping.WrongType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			schema, err := mapping.ParseSchema(json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			m, err := mapping.NewObject(mapping.Object{Name: "deal", Rules: []mapping.Rule{{To: "x", Expr: tt.expr, Default: tt.def, Enabled: true}}}, nil).Compile(schema)
			if err != nil {
				t.Fatal(err)
			}
			res := m.Forward(mapping.Input{RecordID: "deal_7", Fields: decode(t, tt.fields), Operation: mapping.Create})
			got, issue := "", ""
			if len(res.Values) > 0 {
				got = string(res.Values[0].JSON)
			}
			if len(res.Issues) > 0 {
				issue = res.Issues[0].Code
				if text := res.Issues[0].Message; !strings.HasPrefix(text, "x ") || !strings.HasSuffix(text, ".") {
					t.Errorf("message %q", text)
				}
			}
			if got != tt.want || issue != tt.issue {
				t.Errorf("got %s %v, want %s %s", got, res.Issues, tt.want, tt.issue)
			}
		})
	}
}

// TestComputedValue says where a value comes from, and what reads which field.
func TestComputedValue(t *testing.T) {
	t.Parallel()
	object := with(t, definition(t, "hubspot", "contact"),
		`[{"to":"properties.company","expr":"record.contact_company + record[\"suffix\"]"},{"to":"properties.phone","transform":"phone"}]`)
	if got := ruleOf(t, object, "properties.company").From; cmp.Diff(from("contact_company", "suffix"), got) != "" {
		t.Errorf("the rule reads %v", got)
	}
	res := forward(t, object, mapping.Create, `{"contact_company":"Acme","suffix":" Inc","contact_phone":"+12125550187","contact_title":"CEO","unread":1}`)
	got := map[string][]string{}
	for _, v := range res.Values {
		got[v.To] = append([]string{v.Expr, v.Transform, v.Origin}, v.From...)
	}
	want := map[string][]string{
		"properties.company":  {`record.contact_company + record["suffix"]`, "", "override", "contact_company", "suffix"},
		"properties.phone":    {"", "phone", "override", "contact_phone"},
		"properties.jobtitle": {"", "", "default", "contact_title"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(from("unread"), res.Unmapped); diff != "" {
		t.Errorf("unmapped (-want +got):\n%s", diff)
	}
}

// TestComputedBackward leaves alone what an expression reads.
func TestComputedBackward(t *testing.T) {
	t.Parallel()
	m, err := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{
		{To: "x", Expr: "record.contact_title", Enabled: true}, {To: "y", From: from("contact_company"), Enabled: true},
	}}, nil).Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, issues := m.Backward(json.RawMessage(`{"x":"CTO","y":"Acme"}`), mapping.Fields{"contact_title": "CEO"})
	if diff := cmp.Diff(mapping.Fields{"contact_title": "CEO", "contact_company": "Acme"}, got); diff != "" || len(issues) > 0 {
		t.Errorf("(-want +got):\n%s%v", diff, issues)
	}
}

// TestComputedSize: many small parts make no large body.
func TestComputedSize(t *testing.T) {
	t.Parallel()
	m, err := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{{To: "x", Expr: "[record.note, record.note]", Enabled: true}}}, nil).Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	for note, sendable := range map[string]bool{
		strings.Repeat("n", 30<<10): true, strings.Repeat("n", 40<<10): false,
		strings.Repeat("<", 20<<10): false, // six bytes each as JSON
	} {
		res := m.Forward(mapping.Input{Fields: mapping.Fields{"note": note}, Operation: mapping.Create})
		if res.Sendable() != sendable || !sendable && res.Issues[0].Code != mapping.ExpressionFailed {
			t.Errorf("%d times %.1s: %v", len(note), note, res.Issues)
		}
	}
}

// TestComputedFaults are those of a definition's rules; TestWithFaults has
// those of overrides.
func TestComputedFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule mapping.Rule
		want string // key and part of the problem
	}{
		{mapping.Rule{Expr: "record.contact_email > 5"}, "expr the expression cannot be used: "},
		{mapping.Rule{Expr: "crm.x"}, "expr the expression cannot be used: "},
		{mapping.Rule{Expr: "1 +"}, "expr the expression cannot be used: "},
		{mapping.Rule{Expr: "id", Transform: "copy"}, "transform goes without transform"},
		{mapping.Rule{Expr: "id", BySchemaType: map[string]mapping.Variant{"string": {}}}, "bySchemaType goes without bySchemaType"},
		{mapping.Rule{Expr: "id", Default: " "}, "default the default is blank"},
		{mapping.Rule{Expr: "id", OnUpdate: "x"}, "onUpdate policy"},
	}
	for _, tt := range tests {
		tt.rule.To, tt.rule.Enabled = "x", true
		_, err := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{tt.rule}}, nil).Compile(nil)
		key, problem, _ := strings.Cut(tt.want, " ")
		if err == nil {
			t.Errorf("%+v: no fault", tt.rule)
		} else if got := faults(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "0 "+key) || !strings.Contains(got[0], problem) {
			t.Errorf("%+v: %q, want %q", tt.rule, got, tt.want)
		}
	}
}

// TestComputedDefinition: a definition's rule may be computed, too.
func TestComputedDefinition(t *testing.T) {
	t.Parallel()
	library, err := load(map[string]string{"a.yaml": strings.Replace(valid, "{to: email, from: contact_email, required: true, source: vendor}",
		"{to: name, expr: 'record.contact_first_name + \" \" + record.contact_last_name', source: vendor}\n      - {to: email, from: contact_email, source: vendor}", 1)})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := library.Definition("acme")
	rule := ruleOf(t, d.Objects["contact"], "name")
	if diff := cmp.Diff(from("contact_first_name", "contact_last_name"), rule.From); diff != "" || rule.Transform != "" {
		t.Errorf("%+v\n%s", rule, diff)
	}
}
