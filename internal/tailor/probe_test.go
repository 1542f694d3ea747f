package tailor_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

func probing(c *tailor.Change) { c.Probe = true }

// A probe looks for what the mapping sends and reads show: not for fields that are switched off, nor for those that no
// read shows as they were sent.
func TestProbeLooksForWhatCanBeSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	w.shelf.last, w.asked.record = "1", json.RawMessage(`{"properties":{"email":"a@b.co","firstname":null}}`)
	shown, err := w.save(t, "contact", `[{"to":"properties.city","enabled":false}]`, probing)
	if err != nil {
		t.Fatal(err)
	}
	var unseen []string
	for _, issue := range shown.Issues {
		if issue.Code == "not_shown" && issue.Severity == mapping.Warning {
			unseen = append(unseen, issue.To)
		}
	}
	for to, want := range map[string]bool{"properties.phone": true, "properties.email": false, "properties.firstname": false, "properties.city": false, "associations": false} {
		if slices.Contains(unseen, to) != want {
			t.Errorf("%s: want %v, not shown are %q", to, want, unseen)
		}
	}
	if slices.Contains(w.asked.paths, "properties.city") {
		t.Errorf("the CRM was asked for a field that is switched off: %q", w.asked.paths)
	}
}

// A record that has gone from the CRM is nothing to look at, and no failure; a CRM that cannot be asked is one.
func TestProbeOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for code, sound := range map[crm.Code]bool{crm.CRMRecordGone: true, crm.MappingIncomplete: true, crm.UpstreamUnavailable: false} {
		w := newWorld(t, "hubspot")
		w.shelf.last, w.asked.err = "1", &crm.Error{Code: code}
		shown, err := w.save(t, "contact", `[]`, probing)
		unproven := slices.ContainsFunc(shown.Issues, func(i mapping.Issue) bool { return i.Code == "not_probed" && i.Severity == mapping.Warning })
		if (err == nil) != sound || unproven != sound || (len(w.shelf.versions) == 1) != sound || !sound && crm.CodeOf(err) != code {
			t.Errorf("%s: %v, issues %+v, %d versions", code, err, shown.Issues, len(w.shelf.versions))
		}
	}
	w := newWorld(t, "hubspot")
	w.connection.Status = crm.NeedsReconnect
	if _, err := w.save(t, "contact", `[]`, probing); crm.CodeOf(err) != crm.ReconnectRequired || len(w.shelf.versions) != 0 {
		t.Errorf("a connection that cannot be used: %v", err)
	}
}

// A value of the host is paired with the CRM's value of the same name where there is one such, and only one.
func TestValuesArePairedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	for stages, want := range map[string]map[string]any{
		`{"id":"1","label":"Won!"},{"id":"2","label":"Lost"}`: {"won": "1", "lost": "2"},
		`{"id":"won","label":"Closed"}`:                       {"won": "won"},
		`{"id":"1","label":"Won"},{"id":"2","label":"won"}`:   {}, // a person has to say which
		`{"id":"1","label":"!"},{"id":"2","label":"Winning"}`: {},
	} {
		w.asked.answer = json.RawMessage(`{"results":[{"label":"Sales","stages":[` + stages + `]}]}`)
		choices, err := w.Choices(t.Context(), "user-1", w.connection.ID, "deal", "properties.dealstage")
		if diff := cmp.Diff(want, choices.Suggested); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", stages, err, diff)
		}
	}
	if _, err := w.Choices(t.Context(), "user-1", w.connection.ID, "deal", "properties.nothing"); crm.CodeOf(err) != crm.NotFound {
		t.Errorf("a field that no rule fills: %v", err)
	}
}
