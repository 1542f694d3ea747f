package derive_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// A CRM with words of its own for everything is understood completely: every
// field that the universal model has, and nothing else.
func TestAcornComplete(t *testing.T) {
	t.Parallel()
	d := describe(t, "acornCRM")
	want := map[string]map[string]string{
		"contact": {
			"given_name": "contact_first_name", "family_name": "contact_last_name", "email_address": "contact_email", "mobile": "contact_phone",
			"employer": "contact_company", "job_title": "contact_title", "homepage": "contact_website", "street": "contact_address_street",
			"town": "contact_address_city", "region": "contact_address_state", "postcode": "contact_address_postal",
			"nation": "contact_address_country", "organisation_key": "contact_company_id",
		},
		"company": {
			"org_name": "company_name", "web_domain": "company_domain", "homepage": "company_website", "switchboard": "company_phone",
			"sector": "company_industry", "headcount": "company_employees", "street": "company_address_street", "town": "company_address_city",
			"region": "company_address_state", "postcode": "company_address_postal", "nation": "company_address_country",
		},
		"deal": {
			"headline": "deal_name", "worth": "deal_amount", "worth_currency": "deal_currency", "phase": "deal_stage",
			"expected_on": "deal_close_date", "chance": "deal_probability", "person_key": "deal_contact", "organisation_key": "deal_company",
		},
	}
	for object, fields := range want {
		schema := d.schema(t, object+"Create")
		got := make(map[string]string)
		suggestions := derive.Rules(object, nil, schema, nil)
		for _, s := range suggestions {
			if len(s.Rule.From) != 1 || s.Confidence < .5 || s.Confidence > 1 || s.Reason == "" || s.Rule.Origin != mapping.OriginDerived || !s.Rule.Enabled {
				t.Errorf("%s: %+v", object, s)
			}
			if len(s.Rule.From) == 1 {
				got[s.Rule.To] = s.Rule.From[0]
			}
			required := slices.ContainsFunc(schema.Fields(), func(f mapping.SchemaField) bool { return f.Path == s.Rule.To && f.Required })
			if s.Rule.Required != required {
				t.Errorf("%s: %s: required is %v", object, s.Rule.To, s.Rule.Required)
			}
		}
		if diff := cmp.Diff(fields, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
		if missing := derive.Missing(object, schema, nil, suggestions); len(missing) > 0 {
			t.Errorf("%s: missing %q", object, missing)
		}
	}
}

// From the CRM's description alone to a request and back.
func TestAcornEndToEnd(t *testing.T) {
	t.Parallel()
	d := describe(t, "acornCRM")
	actions, details := d.chosen("deal")
	o := derive.Object("acornCRM", "Acorn CRM", "deal", actions, details, nil)
	if o.Label != "Prospect" || o.Name != "deal" || o.Lookup != nil || o.NaturalKeys != nil {
		t.Errorf("%+v", o)
	}
	schema := d.schema(t, "dealCreate")
	with := accept(t, o, derive.Rules("deal", nil, schema, nil))
	m, err := with.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	result := m.Forward(mapping.Input{
		Operation: mapping.Create, Refs: map[string]string{"deal_contact": "p1", "deal_company": "o1"},
		Fields: mapping.Fields{
			"deal_name": "Renewal", "deal_amount": "45000.50", "deal_currency": "EUR", "deal_stage": "sapling", "deal_close_date": "2026-12-31",
			"deal_probability": json.Number("75"), "deal_contact": "c", "deal_company": "d",
		},
	})
	if len(result.Issues) > 0 || len(result.Unmapped) > 0 {
		t.Errorf("%+v %q", result.Issues, result.Unmapped)
	}
	var body map[string]any
	if err := json.Unmarshal(result.Body(nil), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"headline": "Renewal", "worth": 45000.5, "worth_currency": "EUR", "phase": "sapling", "expected_on": "2026-12-31", "chance": 75.0,
		"person_key": "p1", "organisation_key": "o1",
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	answer := json.RawMessage(`{"record": {"record_id": "acorn-7", "web_link": "https://acorn.example/7", "headline": "Renewal"}}`)
	id, url, err := o.Answer.Record(answer)
	if err != nil || id != "acorn-7" || url != "https://acorn.example/7" {
		t.Errorf("%q %q %v", id, url, err)
	}
	record, err := o.RecordOf(answer)
	if err != nil || string(record) != `{"headline":"Renewal","record_id":"acorn-7","web_link":"https://acorn.example/7"}` {
		t.Errorf("%s %v", record, err)
	}
}

// chosen are the best candidates for an object's operations, with their detail.
func (d described) chosen(object string) (map[string][]string, map[string]derive.Action) {
	all := d.actions()
	actions, details := make(map[string][]string), make(map[string]derive.Action)
	for operation, candidates := range derive.Rank(all)[object] {
		if operation == mapping.ActionSearch || operation == mapping.ActionList {
			continue
		}
		id := candidates[0].ID
		actions[operation] = []string{id}
		details[id] = all[slices.IndexFunc(all, func(a derive.Action) bool { return a.ID == id })]
	}
	return actions, details
}

// accept takes every suggestion over the way a person does.
func accept(t *testing.T, o *mapping.Object, suggestions []derive.Suggestion) *mapping.Object {
	t.Helper()
	var overrides []mapping.Override
	for _, s := range suggestions {
		raw, err := json.Marshal(s.Rule)
		if err != nil {
			t.Fatal(err)
		}
		var one mapping.Override
		if err := json.Unmarshal(raw, &one); err != nil {
			t.Fatal(err)
		}
		overrides = append(overrides, one)
	}
	with, err := o.With(overrides)
	if err != nil {
		t.Fatal(err)
	}
	return with
}
