package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

func TestAssociationsReferences(t *testing.T) {
	t.Parallel()
	for object, want := range map[string][]mapping.Reference{
		"contact": {{From: "contact_company_id", Object: "company"}},
		"deal":    {{From: "deal_contact", Object: "contact"}, {From: "deal_company", Object: "company"}},
	} {
		m := compile(t, "", definition(t, "hubspot", object).Rules...)
		if diff := cmp.Diff(want, m.References()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
	}
}

// What a read cannot show is neither read back nor missed.
func TestAssociationsAreWriteOnly(t *testing.T) {
	t.Parallel()
	object := definition(t, "hubspot", "deal")
	m := compile(t, "", object.Rules...)
	sent := make(map[string]json.RawMessage)
	refs := map[string]string{"deal_contact": "1", "deal_company": "2"}
	fields := decode(t, `{"deal_name": "Enterprise Plan", "deal_contact": "cust_42", "deal_company": "org_7"}`)
	for _, v := range m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create, Refs: refs}).Values {
		sent[v.To] = v.JSON
	}
	if len(sent["associations"]) == 0 {
		t.Fatal("no associations were sent")
	}
	for _, record := range []string{
		`{"id": "77", "properties": {"dealname": "Enterprise Plan"}}`,
		`{"id": "77", "properties": {"dealname": "Enterprise Plan"}, "associations": {"contacts": {"results": [{"id": "9", "type": "deal_to_contact"}]}}}`,
	} {
		if differs := object.Differs(json.RawMessage(record), sent); len(differs) > 0 || !object.Holds(json.RawMessage(record), sent) {
			t.Errorf("%s differs at %v", record, differs)
		}
		got, issues := m.Backward(json.RawMessage(record), fields)
		if diff := cmp.Diff(fields, got); diff != "" || len(issues) > 0 {
			t.Errorf("%s: read back (-want +got):\n%s\n%v", record, diff, issues)
		}
		if ids := m.ReferenceIDs(json.RawMessage(record)); len(ids) > 0 {
			t.Errorf("%s: ids %v", record, ids)
		}
	}
	changed := json.RawMessage(`{"id": "77", "properties": {"dealname": "Another"}}`)
	if diff := cmp.Diff([]string{"properties.dealname"}, object.Differs(changed, sent)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAssociationsMessages(t *testing.T) {
	t.Parallel()
	m := compile(t, "", definition(t, "hubspot", "deal").Rules...)
	fields := decode(t, `{"deal_name": "Enterprise Plan", "deal_contact": "cust_42", "deal_company": "org_7"}`)
	for _, c := range []struct {
		refs map[string]string
		want string
	}{
		{nil, `associations is left out: the contact "cust_42" and the company "org_7" are not in this CRM yet; send them first.`},
		{map[string]string{"deal_company": "2"}, `associations is sent in part: the contact "cust_42" is not in this CRM yet; send it first.`},
	} {
		issues := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create, Refs: c.refs}).Issues
		if len(issues) != 1 || !strings.HasPrefix(issues[0].Message, c.want) || issues[0].Severity != mapping.Warning {
			t.Errorf("%v: %+v", c.refs, issues)
		}
	}
}

func TestAssociationsFaults(t *testing.T) {
	t.Parallel()
	link := func(object string, id any) map[string]any { return map[string]any{"object": object, "typeId": id} }
	for want, options := range map[string]map[string]any{
		`"v": option object: "" is not one of`:               {},
		`option v: want an object, found the text "contact"`: {"v": "contact"},
		`"v": option object: "lead" is not one of`:           {"v": link("lead", json.Number("1"))},
		`"v": option typeId: want a whole number from 1`:     {"v": link("contact", json.Number("0"))},
		`"v": option typeId is missing`:                      {"v": map[string]any{"object": "contact"}},
		`"v": unknown option "category"`:                     {"v": map[string]any{"object": "contact", "typeId": json.Number("3"), "category": "x"}},
		`unknown option "w"`:                                 {"v": link("contact", json.Number("3")), "w": link("company", json.Number("5"))},
	} {
		rule := mapping.Rule{To: "associations", From: from("v"), Transform: "associations", Options: options, Enabled: true}
		_, err := mapping.NewObject(mapping.Object{Name: "deal", Rules: []mapping.Rule{rule}}, mapping.Universal()).Compile(nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s in it", options, err, want)
		}
	}
}
