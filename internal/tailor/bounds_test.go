package tailor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// A version is no burden to every send: it has at most a hundred expressions, and 256 KiB.
func TestVersionsAreBounded(t *testing.T) {
	t.Parallel()
	many := func(n int, rule string) string {
		var rules []string
		for i := range n {
			rules = append(rules, fmt.Sprintf(`{"to":"properties.p%d",%s}`, i, rule))
		}
		return "[" + strings.Join(rules, ",") + "]"
	}
	const computed = `"expr":"id"`
	constant := `"from":[],"default":"` + strings.Repeat("x", 1024) + `"`
	for name, c := range map[string]struct {
		overrides string
		want      []string
	}{
		"100 expressions": {many(100, computed), nil}, "101 expressions": {many(101, computed), []string{"/rules too_large"}},
		"230 KiB": {many(210, constant), nil}, "270 KiB": {many(250, constant), []string{"/rules too_large"}},
	} {
		w := newWorld(t, "hubspot")
		_, err := w.save(t, "contact", c.overrides)
		if diff := cmp.Diff(c.want, faults(err)); diff != "" || (len(w.shelf.versions) == 1) != (c.want == nil) {
			t.Errorf("%s: %d versions (-want +got):\n%s", name, len(w.shelf.versions), diff)
		}
	}
}

// What changes nothing is no version, unless it accepts a schema that has changed.
func TestTheSameIsNoVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "oak")
	for range 2 {
		if saved, err := w.save(t, "contact", named); err != nil || saved.Version.Number != 1 || len(saved.Rules) != 1 {
			t.Fatalf("saved %+v, %v", saved, err)
		}
	}
	for key, watch := range w.shelf.watches {
		watch.Drifts = []mapping.Drift{{To: "family_name", Kind: mapping.FieldGone}}
		w.shelf.watches[key] = watch
	}
	if saved, err := w.save(t, "contact", named); err != nil || saved.Version.Number != 2 {
		t.Errorf("a schema that has changed is accepted by %+v, %v", saved.Version, err)
	}
	if saved, err := w.save(t, "contact", named); err != nil || saved.Version.Number != 2 {
		t.Errorf("once it is accepted: %+v, %v", saved.Version, err)
	}
}

// An action that the CRM has taken away keeps the mapping neither from what it does without it, nor from being changed.
func TestActionIsTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "oak")
	if saved, err := w.save(t, "contact", named); err != nil || saved.Version.Actions["delete"] != "removePerson" {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	later := newWorld(t, "oak")
	later.connection, later.shelf.versions = w.connection, w.shelf.versions
	delete(later.grove.resources, "oak")
	for _, id := range []string{"createPerson", "updatePerson"} {
		later.grove.offer("oak", "people", later.grove.details[id])
	}
	if m := later.mapped(t, "contact"); len(m.Object.Rules) != 1 {
		t.Errorf("the mapping is %+v", m)
	}
	saved, err := later.save(t, "contact", `[{"to":"family_name","from":["surname"]}]`)
	if want := map[string]string{"create": "createPerson", "update": "updatePerson"}; err != nil || cmp.Diff(want, saved.Version.Actions) != "" {
		t.Errorf("saved again with %v, %v", saved.Version.Actions, err)
	}
}

// A reset is a version where there is something to take back.
func TestResetOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	reset := func() {
		t.Helper()
		if err := w.Reset(t.Context(), "user-1", w.connection.ID, "contact"); err != nil {
			t.Fatal(err)
		}
	}
	reset()
	if len(w.shelf.versions) != 0 {
		t.Errorf("a reset of nothing: %+v", w.shelf.versions)
	}
	if _, err := w.save(t, "contact", `[{"to":"properties.city","enabled":false}]`); err != nil {
		t.Fatal(err)
	}
	reset()
	reset()
	if all := w.shelf.versions["contact"]; len(all) != 2 || len(all[1].Overrides) != 0 {
		t.Errorf("versions: %+v", all)
	}
	if _, err := w.Mapping(t.Context(), w.connection, "lead"); crm.CodeOf(err) != crm.MappingIncomplete {
		t.Errorf("an object that nobody knows: %v", err)
	}
}
