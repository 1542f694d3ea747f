package tailor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// What the live schema does not take is refused at its rule, and nothing is saved; what it wants beyond that is told.
func TestRulesHaveToFitTheLiveSchema(t *testing.T) {
	t.Parallel()
	for overrides, want := range map[string][]string{
		named: nil,
		`[{"to":"family_name","from":["contact_last_name"]},{"to":"shoe_size","from":["x"]}]`:  {"/rules/1/to not_in_schema"},
		`[{"to":"age","from":["contact_email"]},{"to":"family_name","default":"x","from":[]}]`: {"/rules/0/to wrong_type"},
		// Without the family name, which the CRM requires: a mapping may be incomplete, and grow.
		`[{"to":"given_name","from":["contact_first_name"]}]`:                 nil,
		`[{"to":"family_name","from":["contact_last_name"],"enabled":false}]`: nil,
	} {
		w := newWorld(t, "oak")
		shown, err := w.save(t, "contact", overrides)
		saved := len(w.shelf.versions["contact"])
		if diff := cmp.Diff(want, slices.Compact(faults(err))); diff != "" || (saved == 1) != (want == nil) {
			t.Errorf("%s: %v, %d versions (-want +got):\n%s", overrides, err, saved, diff)
		}
		missing := slices.ContainsFunc(shown.Issues, func(i mapping.Issue) bool { return i.Code == mapping.NoRule && i.To == "family_name" })
		if err == nil && missing != (overrides != named) {
			t.Errorf("%s: issues %+v", overrides, shown.Issues)
		}
	}
}

// An action that was chosen has to be there, and be able to do what it was chosen for.
func TestChosenActionsHaveToFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ operation, id, want string }{
		"of another kind":          {"create", "removePerson", "/actions/create unfit"},
		"without a record's id":    {"update", "createPerson", "/actions/update unfit"},
		"of other records":         {"create", "createOrganization", "/actions/create unfit"},
		"of who knows what":        {"update", "changeThing", "/actions/update unfit"},
		"in another case":          {"delete", "Removeperson", "/actions/delete unknown"},
		"for what there is no one": {"merge", "updatePerson", "/actions/merge unknown"},
	} {
		w := newWorld(t, "oak")
		w.grove.offer("oak", "things", crm.Action{ID: "changeThing", Method: "PATCH", Path: "/things/{id}", PathParams: []string{"id"}})
		w.grove.offer("oak", "organizations", crm.Action{ID: "createOrganization", Method: "POST", Path: "/organizations", RequestBody: w.grove.details["createPerson"].RequestBody})
		_, err := w.save(t, "contact", named, actions(map[string]string{c.operation: c.id}))
		if diff := cmp.Diff([]string{c.want}, faults(err)); diff != "" || len(w.shelf.versions) != 0 {
			t.Errorf("%s: %v, %d versions (-want +got):\n%s", name, err, len(w.shelf.versions), diff)
		}
	}
}

// A chosen action takes the place of the definition's, for this connection alone, and stays until another is chosen.
func TestChosenActionsAreUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	w.grove.offer("hubspot", "Contact", crm.Action{ID: "makeLead", Method: "POST", Path: "/leads", RequestBody: w.grove.details["createContact"].RequestBody})
	shipped, err := w.Show(t.Context(), "user-1", w.connection.ID, "contact")
	if err != nil || shipped.Actions["create"] != "createContact" {
		t.Fatalf("as shipped: %v, %v", shipped.Actions, err)
	}
	for _, change := range []func(*tailor.Change){actions(map[string]string{"create": "makeLead"}), actions(nil)} {
		saved, err := w.save(t, "contact", `[{"to":"properties.city","enabled":false}]`, change)
		if err != nil || saved.Actions["create"] != "makeLead" || saved.Actions["update"] != "updateContact" {
			t.Errorf("saved: %v, %v", saved.Actions, err)
		}
	}
	if got := w.mapped(t, "contact").Object.Actions["create"]; cmp.Diff([]string{"makeLead"}, got) != "" {
		t.Errorf("a send would use %v", got)
	}
	other := w.connection
	other.Tailored = 0
	if m, err := w.Mapping(t.Context(), other, "contact"); err != nil || m.Object.Actions["create"][0] != "createContact" {
		t.Errorf("another connection's mapping: %v", err)
	}
}

// Of the guesses about a CRM's actions only the sure ones go with accepted rules; without one for creating there is no mapping.
func TestOnlySureActionsAreGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "oak")
	saved, err := w.save(t, "contact", named)
	if want := map[string]string{"create": "createPerson", "update": "updatePerson", "delete": "removePerson"}; err != nil || cmp.Diff(want, saved.Version.Actions) != "" {
		t.Errorf("sure: %v, %v", saved.Version.Actions, err)
	}
	unsure := newWorld(t, "oak")
	delete(unsure.grove.resources, "oak")
	unsure.grove.offer("oak", "people", unsure.grove.details["createPerson"])
	unsure.grove.offer("oak", "people", crm.Action{ID: "editCustomer"})
	saved, err = unsure.save(t, "contact", named)
	if want := map[string]string{"create": "createPerson"}; err != nil || cmp.Diff(want, saved.Version.Actions) != "" {
		t.Errorf("unsure: %v, %v", saved.Version.Actions, err)
	}
	none := newWorld(t, "oak")
	delete(none.grove.resources, "oak")
	none.grove.offer("oak", "people", none.grove.details["removePerson"])
	if _, err := none.save(t, "contact", named); crm.CodeOf(err) != crm.MappingIncomplete || len(none.shelf.versions) != 0 {
		t.Errorf("no action creates a contact: %v", err)
	}
}

// A rule is derived where it is what was suggested, and an override where a person has changed anything about it.
func TestOriginOfAcceptedRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "oak")
	saved, err := w.save(t, "contact", `[{"to":"family_name","from":["contact_last_name"],"origin":"override"},
		{"to":"given_name","from":["contact_first_name"],"onUpdate":"never","origin":"derived"},{"to":"email_address","from":["work_email"]}]`)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range saved.Rules {
		got[r.To] = r.Origin
	}
	want := map[string]string{"family_name": mapping.OriginDerived, "given_name": mapping.OriginOverride, "email_address": mapping.OriginOverride}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A refusal lists at most a hundred faults, however many there are.
func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	var rules []string
	for i := range 150 {
		rules = append(rules, fmt.Sprintf(`{"to":"properties.p%d","from":["x"],"transform":"shout"}`, i))
	}
	if _, err := w.save(t, "contact", "["+strings.Join(rules, ",")+"]"); len(faults(err)) != 100 {
		t.Errorf("%d faults", len(faults(err)))
	}
}
