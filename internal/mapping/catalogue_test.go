package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

func TestLoadCatalogue(t *testing.T) {
	t.Parallel()
	c, err := mapping.LoadCatalogue(strings.NewReader(`
contact:
  - {name: contact_shoe_size, type: decimal, label: Shoe size}
  - {name: nickname}
  - {name: tags, type: list, choices: [vip, partner]}
  - {name: account_manager, type: reference, object: contact}
  - {name: contact_title, label: Position}
deal:
  - {name: deal_stage, choices: [new, {value: won, label: Won}, {value: 7, label: Seventh}]}
  - {name: deal_probability, type: percent, choices: [0, 50, 100]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]mapping.Field{
		"contact contact_shoe_size": {Name: "contact_shoe_size", Type: mapping.TypeDecimal, Label: "Shoe size", Custom: true},
		"contact nickname":          {Name: "nickname", Type: mapping.TypeString, Label: "nickname", Custom: true},
		"contact tags": {Name: "tags", Type: mapping.TypeList, Label: "tags", Custom: true,
			Choices: []mapping.Choice{{Value: "vip", Label: "vip"}, {Value: "partner", Label: "partner"}}},
		"contact account_manager": {Name: "account_manager", Type: mapping.TypeReference, Label: "account_manager", Object: "contact", Custom: true},
		"contact contact_title":   {Name: "contact_title", Type: mapping.TypeString, Label: "Position"},
		"contact contact_email":   {Name: "contact_email", Type: mapping.TypeEmail, Label: "Email"},
		"deal deal_stage": {Name: "deal_stage", Type: mapping.TypeString, Label: "Stage",
			Choices: []mapping.Choice{{Value: "new", Label: "new"}, {Value: "won", Label: "Won"}, {Value: json.Number("7"), Label: "Seventh"}}},
	}
	for key, field := range want {
		object, name, _ := strings.Cut(key, " ")
		got, ok := c.Field(object, name)
		if diff := cmp.Diff(field, got); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	names := func(c *mapping.Catalogue, object string) (out []string) {
		for _, f := range c.Fields(object) {
			out = append(out, f.Name)
		}
		return out
	}
	own := []string{"contact_shoe_size", "nickname", "tags", "account_manager"}
	if diff := cmp.Diff(append(names(mapping.Universal(), "contact"), own...), names(c, "contact")); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if f, _ := mapping.Universal().Field("deal", "deal_stage"); f.Choices != nil || f.Label != "Stage" {
		t.Errorf("the universal catalogue changed: %+v", f)
	}
	if _, ok := c.Field("deal", "nickname"); ok {
		t.Error("a contact's field is a deal's")
	}
	c.Fields("contact")[0].Name = "x"
	if c.Fields("contact")[0].Name != "contact_email" {
		t.Error("Fields shares its memory")
	}
}

// TestLoadCatalogueFaults wants every fault with its line.
func TestLoadCatalogueFaults(t *testing.T) {
	t.Parallel()
	many := "contact:\n" + strings.Repeat("- {name: f%d}\n", 488)
	for i := range 488 {
		many = strings.Replace(many, "%d", fmt.Sprint(i), 1)
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "host fields: the file is empty"},
		{"no YAML", "a: [", "host fields: yaml: "},
		{"two documents", "deal: []\n---\ndeal: []\n", "has several documents"},
		{"huge", strings.Repeat("# padding\n", 1<<17), "larger than 1048576 bytes"},
		{"a list", "- a", "host fields:1: want an object"},
		{"unknown object", "lead: []", `host fields:1: unknown object "lead"; known are contact, company, deal`},
		{"no list", "deal: {name: x}", "host fields:1: deal: want a list"},
		{"no name", "deal: [{type: decimal}]", "deal: the key name is missing"},
		{"blank name", "deal: [{name: ' '}]", `the field's name " " is empty`},
		{"long name", "deal: [{name: " + strings.Repeat("x", 256) + "}]", "is longer than 255 bytes"},
		{"control character", `deal: [{name: "a\nb"}]`, "has control characters"},
		{"unknown key", "deal: [{name: x, colour: red}]", `unknown key "colour"; known are choices, label, name, object, type`},
		{"unknown type", "deal: [{name: x, type: money}]", `unknown type "money"; known are [string email phone`},
		{"twice", "deal: [{name: x}, {name: x}]", `the field "x" is declared twice`},
		{"another type of a universal field", "deal: [{name: deal_stage, type: integer}]", "deal_stage belongs to the universal model and is of type string"},
		{"another object of a universal field", "deal: [{name: deal_contact, object: deal}]", "deal_contact belongs to the universal model"},
		{"reference to nothing", "deal: [{name: x, type: reference}]", `"x" is a reference: its object must be one of contact, company, deal`},
		{"reference to a lead", "deal: [{name: x, type: reference, object: lead}]", "its object must be one of"},
		{"object without reference", "deal: [{name: x, object: deal}]", `"x" has an object, but is no reference`},
		{"choices of no list", "deal: [{name: x, choices: a}]", "want a list"},
		{"a choice that is none", "deal: [{name: x, choices: [[a]]}]", "a choice is text, a number or a boolean, but this is a list"},
		{"a choice without value", "deal: [{name: x, choices: [{label: a}]}]", "the key value is missing"},
		{"a choice twice", "deal: [{name: x, choices: [1, '1']}]", `"x": the choice "1" appears twice`},
		{"too many choices", "deal: [{name: x, choices: [0" + counted(1000) + "]}]", "1001 choices; a field has at most 1000"},
		{"a choice of another type", "deal: [{name: deal_amount, choices: [many]}]", `"deal_amount": the choice "many": "many" is not a number`},
		{"label", `deal: [{name: x, label: "a\tb"}]`, "and no control characters"},
		{"too many", many, `"f487" is one field too many; an object has at most 500`},
	}
	for _, tt := range tests {
		c, err := mapping.LoadCatalogue(strings.NewReader(tt.text))
		if c != nil || err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") && tt.name != "no YAML" {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	_, err := mapping.LoadCatalogue(strings.NewReader("contact:\n- {name: x, type: y}\n- {}\nlead: []\n"))
	if got := strings.Split(fmt.Sprint(err), "\n"); len(got) != 3 || !strings.HasPrefix(got[0], "host fields:2: contact: ") || !strings.HasPrefix(got[1], "host fields:3: ") || !strings.HasPrefix(got[2], "host fields:4: ") {
		t.Errorf("got %q", got)
	}
}

// counted is ", 1, 2, 3" and so on.
func counted(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", %d", i+1)
	}
	return b.String()
}

// TestDeclaredFields: what was declared is checked, and comes back, by its type.
func TestDeclaredFields(t *testing.T) {
	t.Parallel()
	c, err := mapping.LoadCatalogue(strings.NewReader("contact: [{name: size, type: decimal}, {name: vip, type: boolean}, {name: tags, type: list}, {name: boss, type: reference, object: contact}]"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := mapping.ParseSchema(json.RawMessage(`{"properties":{"tags":{"type":"array"},"size":{},"vip":{},"boss":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var rules []mapping.Rule
	for _, name := range []string{"size", "vip", "tags", "boss"} {
		rules = append(rules, mapping.Rule{To: name, From: from(name), Enabled: true})
	}
	m, err := mapping.NewObject(mapping.Object{Name: "contact", Rules: rules}, c).Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for fields, want := range map[string][]string{
		`{"size":"42.50","vip":"true","tags":["a"],"boss":7}`: {`{"size":"42.50","vip":true,"tags":["a"],"boss":"7"}`},
		`{"size":"wide","vip":"yes","tags":"a","boss":["x"]}`: {`{}`, "error invalid_number size", "error wrong_type vip", "error wrong_type tags", "error wrong_type boss"},
		`{"size":null,"vip":false,"tags":[],"boss":" "}`:      {`{"vip":false,"tags":[]}`},
	} {
		res := m.Forward(mapping.Input{Fields: decode(t, fields), Operation: mapping.Create})
		if diff := cmp.Diff(want, append([]string{string(res.Body(nil))}, codes(res.Issues)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fields, diff)
		}
	}
	got, issues := m.Backward(json.RawMessage(`{"size":"43","vip":"false","tags":["b"],"boss":8}`), mapping.Fields{"size": json.Number("42"), "vip": true})
	if diff := cmp.Diff(mapping.Fields{"size": json.Number("43"), "vip": false, "tags": []any{"b"}, "boss": "8"}, got); diff != "" || len(issues) > 0 {
		t.Errorf("(-want +got):\n%s%v", diff, issues)
	}
	if _, issues = m.Backward(json.RawMessage(`{"vip":"maybe","tags":"b"}`), nil); len(issues) != 2 {
		t.Errorf("issues %v", issues)
	}
}
