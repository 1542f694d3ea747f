package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// overrides reads overrides as they are stored.
func overrides(t testing.TB, text string) []mapping.Override {
	t.Helper()
	var out []mapping.Override
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("overrides %s: %v", text, err)
	}
	return out
}

// with puts overrides into a shipped object.
func with(t testing.TB, o *mapping.Object, text string) *mapping.Object {
	t.Helper()
	changed, err := o.With(overrides(t, text))
	if err != nil {
		t.Fatalf("with %s: %v", text, err)
	}
	return changed
}

// forward maps a record by an object's rules.
func forward(t testing.TB, o *mapping.Object, op mapping.Operation, fields string) *mapping.Result {
	t.Helper()
	m, err := o.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.Forward(mapping.Input{RecordID: "cust_42", Fields: decode(t, fields), Operation: op})
}

// ruleOf finds a rule by its target.
func ruleOf(t testing.TB, o *mapping.Object, to string) mapping.Rule {
	t.Helper()
	for _, r := range o.Rules {
		if mapping.SamePath(r.To, to) {
			return r
		}
	}
	t.Fatalf("no rule for %s", to)
	return mapping.Rule{}
}

// TestWithRule changes one rule of a definition and looks at all of it.
func TestWithRule(t *testing.T) {
	t.Parallel()
	base := mapping.Rule{
		To: "stage", From: from("deal_stage"), Transform: "value_map", Options: options{"strict": true},
		BySchemaType: map[string]mapping.Variant{"integer": {Transform: "integer"}}, ValueMap: options{"new": "1"}, Default: "new",
		OnCreate: mapping.Always, OnUpdate: mapping.IfEmpty, Required: true, Enabled: true, Origin: mapping.OriginDefault, When: mapping.Listed,
		Note: "A note.", Source: mapping.SourceVendor,
	}
	type edit = func(*mapping.Rule)
	untouched := func(r *mapping.Rule) { r.Origin = mapping.OriginOverride }
	plain := func(r *mapping.Rule) {
		untouched(r)
		r.Note, r.Source = "", ""
	}
	tests := []struct {
		override string
		want     edit
	}{
		{`{"to":"stage"}`, func(*mapping.Rule) {}},
		{`{"to":"stage","from":["deal_stage"],"enabled":true}`, func(*mapping.Rule) {}},
		{`{"to":"stage","enabled":false,"origin":"derived"}`, func(r *mapping.Rule) { r.Enabled, r.Origin = false, mapping.OriginDerived }},
		{`{"to":"stage","from":["my_stage"]}`, func(r *mapping.Rule) { plain(r); r.From = from("my_stage") }},
		{`{"to":"stage","transform":"copy"}`, func(r *mapping.Rule) { plain(r); r.Transform, r.Options, r.BySchemaType = "copy", nil, nil }},
		{`{"to":"stage","transform":"value_map","options":{"strict":false}}`, func(r *mapping.Rule) {
			plain(r)
			r.Options, r.BySchemaType = options{"strict": false}, nil
		}},
		{`{"to":"stage","options":{}}`, func(r *mapping.Rule) { untouched(r); r.Options = options{} }},
		{`{"to":"stage","expr":"record.deal_stage + id","valueMap":{}}`, func(r *mapping.Rule) {
			plain(r)
			r.Expr, r.Transform, r.Options, r.BySchemaType, r.ValueMap = "record.deal_stage + id", "", nil, nil, nil
		}},
		{`{"to":"stage","valueMap":{"new":12345678901234567890}}`, func(r *mapping.Rule) {
			untouched(r)
			r.ValueMap = options{"new": json.Number("12345678901234567890")}
		}},
		{`{"to":"stage","valueMap":{},"transform":"copy"}`, func(r *mapping.Rule) {
			plain(r)
			r.ValueMap, r.Transform, r.Options, r.BySchemaType = nil, "copy", nil, nil
		}},
		{`{"to":"stage","default":null}`, func(r *mapping.Rule) { untouched(r); r.Default = nil }},
		{`{"to":"stage","valueMap":{"7":"x"},"default":7}`, func(r *mapping.Rule) {
			untouched(r)
			r.Default, r.ValueMap = json.Number("7"), options{"7": "x"}
		}},
		{`{"to":"stage","onCreate":"never","onUpdate":"always"}`, func(r *mapping.Rule) {
			untouched(r)
			r.OnCreate, r.OnUpdate = mapping.Never, mapping.Always
		}},
		{`{"to":"stage","required":false,"enabled":false}`, func(r *mapping.Rule) { untouched(r); r.Required, r.Enabled = false, false }},
	}
	for _, tt := range tests {
		object := mapping.NewObject(mapping.Object{Name: "deal", Rules: []mapping.Rule{{To: "name", From: from("deal_name"), Enabled: true}, base}}, nil)
		want := base
		tt.want(&want)
		for _, stored := range []string{"[" + tt.override + "]", roundTrip(t, tt.override)} {
			changed := with(t, object, stored)
			if diff := cmp.Diff([]mapping.Rule{object.Rules[0], want}, changed.Rules); diff != "" {
				t.Errorf("%s (-want +got):\n%s", stored, diff)
			}
		}
		if diff := cmp.Diff(base, object.Rules[1]); diff != "" {
			t.Errorf("%s changed the definition:\n%s", tt.override, diff)
		}
	}
}

// roundTrip stores an override and gives what was stored.
func roundTrip(t *testing.T, text string) string {
	t.Helper()
	raw, err := json.Marshal(overrides(t, "["+text+"]"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestWithSends changes shipped mappings, and looks at what is sent.
func TestWithSends(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, connector, object, overrides, fields string
		want                                       string // body of a create
	}{
		{"another field", "hubspot", "contact", `[{"to":"properties.jobtitle","from":["role"]}]`, `{"contact_email":"a@b.co","contact_title":"x","role":"CEO"}`,
			`{"properties":{"email":"a@b.co","jobtitle":"CEO"}}`},
		{"a new rule", "hubspot", "contact", `[{"to":"properties.shoe_size","from":["contact_shoe_size"]}]`, `{"contact_shoe_size":44}`, `{"properties":{"shoe_size":44}}`},
		{"a constant", "hubspot", "contact", `[{"to":"properties.source","default":"app"}]`, `{"contact_email":"a@b.co"}`, `{"properties":{"email":"a@b.co","source":"app"}}`},
		{"off", "hubspot", "contact", `[{"to":"properties.phone","enabled":false}]`, `{"contact_phone":"1","contact_email":"a@b.co"}`, `{"properties":{"email":"a@b.co"}}`},
		{"off, and a place inside it", "copper", "contact", `[{"to":"address.street","enabled":false},{"to":"address.street.line","from":["contact_address_street"]}]`,
			`{"contact_address_street":"Main St"}`, `{"address":{"street":{"line":"Main St"}}}`},
		{"an expression", "hubspot", "contact", `[{"to":"properties.company","expr":"record.contact_company.upperAscii() + ' ' + id"}]`, `{"contact_company":"Acme"}`,
			`{"properties":{"company":"ACME cust_42"}}`},
		{"stages", "copper", "deal", `[{"to":"pipeline_stage_id","valueMap":{"Won":7}}]`, `{"deal_name":"Big","deal_stage":"Won"}`, `{"name":"Big","pipeline_stage_id":7}`},
		{"the path written otherwise", "hubspot", "contact", `[{"to":"properties.job\\.title","from":["a"]}]`, `{"a":"x"}`, `{"properties":{"job.title":"x"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := forward(t, with(t, definition(t, tt.connector, tt.object), tt.overrides), mapping.Create, tt.fields)
			if diff := cmp.Diff(tt.want, string(got.Body(nil))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWithFaults wants every fault of every override, at its key.
func TestWithFaults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", 600)
	deep := "a" + strings.Repeat(".a", 16)
	tests := []struct {
		overrides string
		want      []string // "index key part of the problem"
	}{
		{`[{"to":"properties.x","from":["a"]},{"to":"properties.x","from":["b"]}]`, []string{"1 to has the same target as the override 1"}},
		{`[{"to":""}]`, []string{"0 to the path is empty"}},
		{`[{"to":"a..b","from":["a"]}]`, []string{"0 to a key is empty"}},
		{`[{"to":"[0].b","from":["a"]}]`, []string{"0 to the path begins with an index"}},
		{`[{"to":"` + long + `","from":["a"]}]`, []string{"0 to longer than 512 bytes"}},
		{`[{"to":"` + deep + `","from":["a"]}]`, []string{"0 to more than 16 steps"}},
		{`[{"to":"a[1000]","from":["a"]}]`, []string{"0 to the index"}},
		{`[{"to":"a[1]","from":["a"]}]`, []string{"0 to leaves a gap in the list"}},
		{`[{"to":"properties.__proto__","from":["a"]},{"to":"constructor.name","from":["a"]},{"to":"a.prototype","from":["a"]}]`,
			[]string{`0 to the key "__proto__" is not allowed`, `1 to the key "constructor"`, `2 to the key "prototype"`}},
		{`[{"to":"properties.a\u0000b","from":["a"]}]`, []string{"0 to NUL"}},
		{`[{"to":"properties.x","from":[""]},{"to":"properties.y","from":["a\nb"]},{"to":"properties.z","from":["` + long + `"]}]`,
			[]string{"0 from is empty", "1 from control characters", "2 from longer than 255 bytes"}},
		{`[{"to":"properties.x","from":["a","b"]}]`, []string{"0 from which one is ambiguous"}},
		{`[{"to":"properties.x"}]`, []string{"0 from could never fill anything"}},
		{`[{"to":"properties.x","from":["a"],"transform":"rot13"}]`, []string{"0 transform unknown transform"}},
		{`[{"to":"properties.x","from":["a"],"options":{"b":1}}]`, []string{"0 options unknown option"}},
		{`[{"to":"properties.x","from":["a"],"transform":"reference","options":{"object":"lead"}}]`, []string{`0 options "lead" is not one of`}},
		{`[{"to":"properties.x","from":["a"],"transform":"copy","expr":"id"}]`, []string{"0 expr has a transform and an expression"}},
		{`[{"to":"properties.x","expr":"foo + 1"}]`, []string{"0 expr foo"}},
		{`[{"to":"properties.x","expr":"record.a","from":["b"]}]`, []string{`0 from the expression does not read "b"`}},
		{`[{"to":"properties.x","expr":"record.a","valueMap":{"a":"b"}}]`, []string{"0 valueMap goes without valueMap"}},
		{`[{"to":"properties.x","expr":"record.a","options":{"a":"b"}}]`, []string{"0 options goes without options"}},
		{`[{"to":"properties.x","from":["a"],"valueMap":{"a":{}}}]`, []string{"0 valueMap stands for an object"}},
		{`[{"to":"properties.x","from":["deal_close_date"],"transform":"date","default":"soon"}]`, []string{`0 default "soon" is not a date`}},
		{`[{"to":"properties.x","from":["a"],"onCreate":"sometimes","onUpdate":"x"}]`, []string{"0 onCreate sometimes", "0 onUpdate policy"}},
		{`[{"to":"properties.x","from":["a"],"origin":"default"}]`, []string{"0 origin neither override nor derived"}},
		{`[{"to":"other","from":["a"]},{"to":"properties.email.value","from":["a"]}]`,
			[]string{"1 to collides with the rule that fills all of properties.email; disable that rule first"}},
		{`[{"to":"properties","from":["a"]}]`, []string{"0 to collides with a rule that fills a field inside it; disable that rule first"}},
		{`[{"to":"properties.x","from":["a"],"transform":"y"},{"to":"","from":["a"]},{"to":"properties.z","onUpdate":"q"}]`,
			[]string{"0 transform unknown", "1 to empty", "2 onUpdate q", "2 from could never"}},
	}
	for _, tt := range tests {
		changed, err := definition(t, "hubspot", "contact").With(overrides(t, tt.overrides))
		if changed != nil || err == nil {
			t.Errorf("%s: no fault", tt.overrides)
			continue
		}
		got := faults(t, err)
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %q, want %q", tt.overrides, got, tt.want)
			continue
		}
		for i := range got {
			head, problem, _ := strings.Cut(tt.want[i], " ")
			key, problem, _ := strings.Cut(problem, " ")
			if !strings.HasPrefix(got[i], head+" "+key+" ") || !strings.Contains(got[i], problem) {
				t.Errorf("%s: got %q, want %q", tt.overrides, got[i], tt.want[i])
			}
		}
	}
}

// faults lists the faults of rules as "index key problem".
func faults(t testing.TB, err error) []string {
	t.Helper()
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("%T is no list of faults", err)
	}
	var out []string
	for _, err := range joined.Unwrap() {
		var fault *mapping.RuleError
		if !errors.As(err, &fault) {
			t.Fatalf("%T is no fault of a rule", err)
		}
		out = append(out, fmt.Sprintf("%d %s %s", fault.Index, fault.Key, fault.Problem))
	}
	return out
}

// TestWithGap blames the override that takes away what another rule stands on.
func TestWithGap(t *testing.T) {
	t.Parallel()
	object := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{
		{To: "name", From: from("n"), Enabled: true}, {To: "list[0]", From: from("a"), Enabled: true}, {To: "list[1]", From: from("b"), Enabled: true},
		{To: "box.inner", From: from("c"), Enabled: true}, {To: "box", From: from("d")},
	}}, nil)
	for text, want := range map[string]string{
		`[{"to":"name","enabled":false},{"to":"list[0]","enabled":false}]`: "1 to does not go with the rule for list[1], which leaves a gap",
		`[{"to":"other","from":["x"]},{"to":"box","enabled":true}]`:        "1 to collides with a rule that fills a field inside it; disable that rule first",
	} {
		_, err := object.With(overrides(t, text))
		if err == nil || len(faults(t, err)) != 1 || !strings.HasPrefix(faults(t, err)[0], want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestWithLimits(t *testing.T) {
	t.Parallel()
	object := definition(t, "hubspot", "contact")
	many := make([]mapping.Override, 501)
	for i := range many {
		many[i] = mapping.Override{To: fmt.Sprintf("properties.f%d", i), From: &[]string{"a"}}
	}
	if changed, err := object.With(many[:500]); err != nil || len(changed.Rules) != len(object.Rules)+500 {
		t.Errorf("500 overrides: %v", err)
	}
	if _, err := object.With(many); err == nil || faults(t, err)[0][:4] != "500 " {
		t.Errorf("501 overrides: %v", err)
	}
	wide := make([]string, 51)
	for i := range wide {
		wide[i] = fmt.Sprint("f", i)
	}
	if _, err := object.With([]mapping.Override{{To: "x", From: &wide, Transform: new(string)}}); err == nil || !strings.Contains(err.Error(), "more than 50 host fields") {
		t.Errorf("51 host fields: %v", err)
	}
	if same, err := object.With(nil); err != nil || cmp.Diff(object.Rules, same.Rules) != "" {
		t.Errorf("no overrides: %v", err)
	}
}

func TestDecodeOverrides(t *testing.T) {
	t.Parallel()
	raw := func(texts ...string) (out []json.RawMessage) {
		for _, text := range texts {
			out = append(out, json.RawMessage(text))
		}
		return out
	}
	got, err := mapping.DecodeOverrides(raw(`{"to":"a","origin":"default","note":"not read","default":null,"valueMap":{}}`))
	if want := []mapping.Override{{To: "a", Default: json.RawMessage("null"), ValueMap: options{}}}; err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = mapping.DecodeOverrides(raw(`{"to":"a"}`, `{"to":"b","from":"x"}`, `{"to":"c","required":"yes"}`, `[]`))
	if diff := cmp.Diff([]string{"1 from a JSON string does not fit here", "2 required a JSON string does not fit here", "3  a JSON array does not fit here"}, faults(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMatches: only what asks for the suggestion itself counts as taken from it.
func TestMatches(t *testing.T) {
	t.Parallel()
	suggested := mapping.Rule{To: "person.given_name", From: from("contact_first_name"), OnCreate: mapping.Always, OnUpdate: mapping.Always, Enabled: true,
		Options: options{"n": json.Number("2")}, Default: "x"}
	for text, want := range map[string]bool{
		`{"to":"person.given_name","from":["contact_first_name"]}`:                                      true,
		`{"to":"person.given_name","from":["contact_first_name"],"transform":"copy","options":{"n":2}}`: true,
		`{"to":"person.given_name","from":["contact_first_name"],"default":"x","enabled":true}`:         true,
		`{"to":"person.given_name","from":["contact_first_name"],"onUpdate":"never"}`:                   false,
		`{"to":"person.given_name","from":["contact_last_name"]}`:                                       false,
		`{"to":"person.given_name","from":["contact_first_name"],"default":null}`:                       false,
		`{"to":"person.given_name","from":["contact_first_name"],"options":{"n":3}}`:                    false,
		`{"to":"person.given_name","from":["contact_first_name"],"expr":"record.contact_first_name"}`:   false,
		`{"to":"person.given_name","from":["contact_first_name"],"transform":"split"}`:                  false,
		`{"to":"person.given_name","from":["contact_first_name"],"valueMap":{"a":"b"}}`:                 false,
		`{"to":"person.family_name","from":["contact_first_name"]}`:                                     false,
		`{"to":"person.given_name"}`: false,
	} {
		if got := overrides(t, "["+text+"]")[0].Matches(suggested); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestShownAndSentBack: whoever puts every rule as it was shown changes
// nothing, neither what depends on the schema's type nor what is asked.
func TestShownAndSentBack(t *testing.T) {
	t.Parallel()
	for connector, objects := range map[string][]string{
		"hubspot": mapping.Objects(), "salesforceCRM": mapping.Objects(), "copper": mapping.Objects(), "zohoCRM": mapping.Objects(), "pipedrive": mapping.Objects(),
	} {
		for _, name := range objects {
			base := definition(t, connector, name)
			var back []mapping.Override
			for _, r := range base.Rules {
				transform := r.Transform
				o := mapping.Override{To: r.To, From: &r.From, Options: r.Options, ValueMap: r.ValueMap, OnCreate: &r.OnCreate, OnUpdate: &r.OnUpdate, Required: &r.Required, Enabled: &r.Enabled}
				if r.Expr == "" {
					o.Transform = &transform
				} else {
					o.Expr = &r.Expr
				}
				back = append(back, o)
			}
			changed, err := base.With(back)
			if err != nil {
				t.Errorf("%s %s: %v", connector, name, err)
				continue
			}
			for i, r := range changed.Rules {
				want := base.Rules[i]
				if r.Note != want.Note || len(r.BySchemaType) != len(want.BySchemaType) || r.When != want.When || r.Origin != want.Origin || !slices.Equal(r.From, want.From) {
					t.Errorf("%s %s: %s is another rule now: %+v", connector, name, r.To, r)
				}
			}
			if (changed.Lookup == nil) != (base.Lookup == nil) {
				t.Errorf("%s %s: look-up %v", connector, name, changed.Lookup)
			}
		}
	}
}
