package mapping_test

import (
	"encoding/json"
	"testing"

	"sendtocrm/internal/mapping"
)

// A target with alternatives is the first that the live schema lists.
func TestAlternatives(t *testing.T) {
	t.Parallel()
	rule := mapping.Rule{To: "emails", Alternatives: []string{"contact.email", "email"}, From: from("v")}
	for schema, want := range map[string]string{
		``: "emails",
		`{"properties":{"emails":{},"email":{}}}`:                           "emails",
		`{"properties":{"email":{},"name":{}}}`:                             "email",
		`{"properties":{"email":{},"contact":{"properties":{"email":{}}}}}`: "contact.email",
		`{"properties":{"name":{}}}`:                                        "emails",
	} {
		m := compile(t, schema, rule)
		values := m.Forward(mapping.Input{Fields: decode(t, `{"v":"a@b.co"}`), Operation: mapping.Create}).Values
		if len(values) != 1 || values[0].To != want {
			t.Errorf("%s: %+v, want %s", schema, values, want)
		}
	}
}

// Holds knows a rule by each of its targets.
func TestAlternativesHold(t *testing.T) {
	t.Parallel()
	person := definition(t, "pipedrive", "contact")
	for _, to := range []string{"emails", "email"} {
		sent := map[string]json.RawMessage{to: json.RawMessage(`[{"value":"John.Doe@acme.com","primary":true}]`)}
		shown := json.RawMessage(`{"` + to + `":[{"value":"john.doe@ACME.com","primary":true,"label":"work"}]}`)
		if !person.Holds(shown, sent) {
			t.Errorf("%s is not held", to)
		}
	}
}
