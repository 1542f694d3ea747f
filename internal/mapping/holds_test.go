package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sendtocrm/internal/mapping"
)

func TestHolds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connector, object, record, path, value string
		want                                   bool
	}{
		{"hubspot", "contact", `{"properties":{"firstname":"John"}}`, "properties.firstname", `"John"`, true},
		{"hubspot", "contact", `{"properties":{"firstname":" John\n"}}`, "properties.firstname", `"John"`, true},
		{"hubspot", "contact", `{"properties":{"firstname":"john"}}`, "properties.firstname", `"John"`, false},
		{"hubspot", "contact", `{"properties":{"zip":"01234"}}`, "properties.zip", `"1234"`, false},
		{"hubspot", "contact", `{"properties":{}}`, "properties.firstname", `"John"`, false},
		{"hubspot", "contact", `{"properties":{"firstname":null}}`, "properties.firstname", `"John"`, false},
		{"hubspot", "contact", `{"properties":{"firstname":null}}`, "properties.firstname", `null`, true},
		{"hubspot", "contact", `{"properties":{"firstname":""}}`, "properties.firstname", `null`, true},
		{"hubspot", "contact", `{"properties":{"firstname":"John"}}`, "properties.firstname", `null`, false},
		{"hubspot", "contact", `{"properties":{}}`, "properties.firstname", `null`, false},
		{"hubspot", "contact", `{"properties":{"email":"john.doe@acme.com"}}`, "properties.email", `"John.Doe@Acme.com"`, true},
		{"hubspot", "contact", `{"properties":{"vip":"true"}}`, "properties.vip", `true`, true},
		{"hubspot", "contact", `{"properties":{"vip":"false"}}`, "properties.vip", `true`, false},
		{"hubspot", "contact", `{"properties":{"score":"42"}}`, "properties.score", `42`, true},
		{"hubspot", "contact", `{"properties":{"score":42.0}}`, "properties.score", `"42"`, true},
		{"hubspot", "contact", `{"properties":{"score":9007199254740993}}`, "properties.score", `9007199254740992`, false},
		{"hubspot", "contact", `{"properties":{"score":1e999999999}}`, "properties.score", `1`, false},
		{"hubspot", "contact", `<html>`, "properties.firstname", `"John"`, false},
		{"hubspot", "contact", `{"properties":{"firstname":"John"}}`, "properties..firstname", `"John"`, false},
		{"hubspot", "contact", `{"properties":{"firstname":"John"}}`, "properties.firstname", `John`, false},
		{"hubspot", "deal", `{"properties":{"amount":"75000.5"}}`, "properties.amount", `"75000.50"`, true},
		{"hubspot", "deal", `{"properties":{"amount":"75000.51"}}`, "properties.amount", `"75000.50"`, false},
		{"hubspot", "deal", `{"properties":{"closedate":"2025-12-31T00:00:00Z"}}`, "properties.closedate", `"2025-12-31"`, true},
		{"hubspot", "deal", `{"properties":{"closedate":"2025-12-30T00:00:00Z"}}`, "properties.closedate", `"2025-12-31"`, false},
		{"hubspot", "deal", `{"properties":{"dealname":"2025-12-31T00:00:00Z"}}`, "properties.dealname", `"2025-12-31"`, false},
		{"salesforceCRM", "deal", `{"Amount":120000.0}`, "Amount", `120000`, true},
		{"copper", "deal", `{"close_date":1767139200}`, "close_date", `1767139200`, true},
		{"copper", "deal", `{"close_date":"12/31/2025"}`, "close_date", `"12/31/2025"`, true},
		{"copper", "deal", `{"monetary_value":7500000}`, "monetary_value", `7500000`, true},
		{"copper", "contact", `{"emails":[{"email":"a@b.cd","category":"home"},{"id":5,"email":"John.doe@acme.com","category":"work"}]}`, "emails", `[{"email":"john.doe@acme.com","category":"work"}]`, true},
		{"copper", "contact", `{"emails":[{"email":"john.doe@acme.com","category":"home"}]}`, "emails", `[{"email":"john.doe@acme.com","category":"work"}]`, false},
		{"copper", "contact", `{"emails":[]}`, "emails", `[{"email":"john.doe@acme.com","category":"work"}]`, false},
		{"copper", "contact", `{"emails":{"email":"john.doe@acme.com"}}`, "emails", `[{"email":"john.doe@acme.com"}]`, false},
		{"copper", "contact", `{"emails":[]}`, "emails", `[]`, true},
		{"copper", "contact", `{"emails":null}`, "emails", `[]`, true},
		{"copper", "contact", `{"emails":[{"email":"a@b.cd"}]}`, "emails", `[]`, false},
		{"copper", "contact", `{"address":{"street":"1 Main St","city":null}}`, "address.street", `"1 Main St"`, true},
		{"copper", "contact", `{"address":null}`, "address.street", `"1 Main St"`, false},
		{"copper", "contact", `{"tags":["vip",7]}`, "tags", `["7","vip"]`, true},
		{"copper", "contact", `{"tags":[` + strings.Repeat("1,", 1000) + `7]}`, "tags", `[7]`, false},
	}
	for _, tt := range tests {
		o := definition(t, tt.connector, tt.object)
		values := map[string]json.RawMessage{tt.path: json.RawMessage(tt.value)}
		if got := o.Holds(json.RawMessage(tt.record), values); got != tt.want {
			t.Errorf("%.200s holds %s = %s: %v, want %v", tt.record, tt.path, tt.value, got, tt.want)
		}
		want := []string{tt.path}
		if tt.want {
			want = nil
		}
		if diff := cmp.Diff(want, o.Differs(json.RawMessage(tt.record), values)); diff != "" {
			t.Errorf("%.200s, %s = %s (-want +got):\n%s", tt.record, tt.path, tt.value, diff)
		}
	}
}

func TestDiffersSorted(t *testing.T) {
	t.Parallel()
	values := map[string]json.RawMessage{"Title": json.RawMessage(`"VP"`), "Email": json.RawMessage(`"a@b.cd"`), "Phone": json.RawMessage(`"1"`)}
	got := definition(t, "salesforceCRM", "contact").Differs(json.RawMessage(`{"Phone":"1"}`), values)
	if diff := cmp.Diff([]string{"Email", "Title"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !definition(t, "salesforceCRM", "contact").Holds(json.RawMessage(`{}`), nil) {
		t.Error("no values are not held")
	}
}

// TestHoldsWhatWasSent is the law between Forward, Compose and Holds: a CRM
// that keeps what it is sent holds it, and Compose nests values as Body does.
func TestHoldsWhatWasSent(t *testing.T) {
	t.Parallel()
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper"} {
		o := definition(t, connector, "contact")
		m := compile(t, "", o.Rules...)
		rapid.Check(t, func(rt *rapid.T) {
			fields := mapping.Fields{"contact_email": "john.doe@acme.com"}
			for _, f := range mapping.Universal().Fields("contact")[1:] {
				fields[f.Name] = rapid.String().Draw(rt, f.Name)
			}
			result := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create})
			values := make(map[string]json.RawMessage)
			for _, v := range result.Values {
				values[v.To] = v.JSON
			}
			body, err := mapping.Compose(values)
			if err != nil {
				rt.Fatal(err)
			}
			var composed, sent any
			if json.Unmarshal(body, &composed) != nil || json.Unmarshal(result.Body(nil), &sent) != nil {
				rt.Fatalf("no JSON: %s", body)
			}
			if diff := cmp.Diff(sent, composed); diff != "" {
				rt.Fatalf("Body and Compose (-body +composed):\n%s", diff)
			}
			if differs := o.Differs(body, values); len(differs) > 0 {
				rt.Fatalf("%s does not hold %v", body, differs)
			}
		})
	}
}
