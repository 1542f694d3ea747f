package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestOmitted accounts for every rule: a value, or a reason for none.
func TestOmitted(t *testing.T) {
	t.Parallel()
	schema, err := mapping.ParseSchema(json.RawMessage(`{"properties":{"known":{},"number":{"type":"number"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	object := mapping.NewObject(mapping.Object{Name: "deal", Rules: []mapping.Rule{
		{To: "off", From: from("deal_name")},
		{To: "known", From: from("deal_name"), Enabled: true},
		{To: "new_only", From: from("deal_name"), OnUpdate: mapping.Never, Enabled: true},
		{To: "old_only", From: from("deal_name"), OnCreate: mapping.Never, Enabled: true},
		{To: "rare", From: from("deal_name"), When: mapping.Listed, Enabled: true},
		{To: "number", From: from("deal_name"), Enabled: true},
		{To: "empty", From: from("deal_stage"), Enabled: true},
		{To: "fallback", From: from("deal_stage"), Default: "new", Enabled: true},
		{To: "contact", From: from("deal_contact"), Transform: "reference", Options: options{"object": "contact"}, Enabled: true},
		{To: "computed", Expr: "record.deal_stage", Enabled: true},
		{To: "broken", Expr: "record.deal_amount / 0", Enabled: true},
		{To: "last_off", From: from("deal_name")},
	}}, nil)
	m, err := object.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for op, want := range map[mapping.Operation][]string{
		mapping.Create: {"off disabled", "old_only on_create_never", "rare not_listed", "number refused", "empty no_value", "contact unresolved_reference",
			"computed no_value", "broken expression_failed", "last_off disabled"},
		mapping.Update: {"off disabled", "new_only on_update_never", "rare not_listed", "number refused", "empty no_value", "fallback no_value",
			"contact unresolved_reference", "computed no_value", "broken expression_failed", "last_off disabled"},
	} {
		in := mapping.Input{Fields: decode(t, `{"deal_name":"Big","deal_contact":"cust_1","deal_amount":1}`), Operation: op}
		res := m.Forward(in)
		var got []string
		for _, o := range m.Omitted(in, res) {
			got = append(got, o.To+" "+o.Code)
			if o.Message == "" || !strings.HasSuffix(o.Message, ".") {
				t.Errorf("message %q", o.Message)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op, diff)
		}
		if len(got)+len(res.Values) != len(object.Rules) {
			t.Errorf("%d values and %d omissions of %d rules", len(res.Values), len(got), len(object.Rules))
		}
	}
}
