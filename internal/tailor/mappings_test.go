package tailor_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/tailor"
)

const named = `[{"to":"family_name","from":["contact_last_name"]}]`

// mapped is the mapping that a send would use.
func (w *world) mapped(t testing.TB, object string) *crm.Mapping {
	t.Helper()
	m, err := w.Mapping(t.Context(), w.connection, object)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Nothing that nobody has accepted is used, shown or offered; nor is a version without rules.
func TestOnlyWhatIsAcceptedIsUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "oak")
	nothing := func(when string) {
		t.Helper()
		if m, err := w.Mapping(t.Context(), w.connection, "contact"); crm.CodeOf(err) != crm.MappingIncomplete {
			t.Errorf("%s there is the mapping %+v, %v", when, m, err)
		}
		shown, err := w.Show(t.Context(), "user-1", w.connection.ID, "contact")
		if err != nil || len(shown.Rules) != 0 {
			t.Errorf("%s is shown %+v, %v", when, shown, err)
		}
		if objects, err := w.Objects(t.Context(), w.connection); err != nil || len(objects) != 0 {
			t.Errorf("%s can be sent: %v, %v", when, objects, err)
		}
	}
	nothing("before anything was accepted")
	if _, err := w.Choices(t.Context(), "user-1", w.connection.ID, "contact", "family_name"); crm.CodeOf(err) != crm.MappingIncomplete {
		t.Errorf("choices: %v", err)
	}
	if _, err := w.save(t, "contact", `[]`); err != nil {
		t.Fatal(err)
	}
	nothing("after a version without rules")
	if _, err := w.save(t, "contact", named); err != nil {
		t.Fatal(err)
	}
	if got := w.mapped(t, "contact"); got.Version != 2 || len(got.Object.Rules) != 1 {
		t.Errorf("what was accepted: %+v", got)
	}
	if objects, err := w.Objects(t.Context(), w.connection); err != nil || cmp.Diff([]string{"contact"}, objects) != "" {
		t.Errorf("can be sent: %v, %v", objects, err)
	}
	if _, err := w.Restore(t.Context(), "user-1", w.connection.ID, "contact", 1); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("a version without rules is restored: %v", err)
	}
}

// The mapping keeps its pointer while nothing changes: it is made once, however many ask at the same time.
func TestMappingIsMadeOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "oak")
		if _, err := w.save(t, "contact", named); err != nil {
			t.Fatal(err)
		}
		fresh := newWorld(t, "oak")
		fresh.connection, fresh.shelf.versions = w.connection, w.shelf.versions
		begin := make(chan struct{})
		fresh.grove.loading = func(string) { <-begin } // all are at work before one is done
		var made [4]*crm.Mapping
		var all sync.WaitGroup
		for i := range made {
			all.Go(func() { made[i] = fresh.mapped(t, "contact") })
		}
		synctest.Wait()
		close(begin)
		all.Wait()
		for _, m := range made {
			if m != made[0] {
				t.Fatal("several mappings of one version")
			}
		}
	})
}

// A request that has read the connection before a change, and is late, does not take the changed mapping from the others.
func TestLateRequestKeepsTheNewestMapping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "hubspot")
		if _, err := w.save(t, "contact", `[{"to":"properties.city","enabled":false}]`); err != nil {
			t.Fatal(err)
		}
		before := w.connection
		hold := make(chan struct{})
		w.shelf.read = func() { <-hold }
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := w.Mapping(t.Context(), before, "contact"); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		w.shelf.read = nil
		if _, err := w.save(t, "contact", `[{"to":"properties.phone","enabled":false}]`); err != nil {
			t.Fatal(err)
		}
		newest := w.mapped(t, "contact")
		close(hold)
		<-done
		if now := w.mapped(t, "contact"); newest.Version != 2 || now != newest {
			t.Errorf("version %d, then %d", newest.Version, now.Version)
		}
	})
}

// A change of one object leaves the mappings of the others as they are made; one of its own rules or filter does not.
func TestOnlyWhatChangedIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	if _, err := w.save(t, "contact", `[{"to":"properties.city","enabled":false}]`); err != nil {
		t.Fatal(err)
	}
	first := w.mapped(t, "contact")
	if _, err := w.save(t, "company", `[{"to":"properties.city","enabled":false}]`); err != nil {
		t.Fatal(err)
	}
	if w.mapped(t, "contact") != first {
		t.Error("a contact's mapping was made again for a change of the companies'")
	}
	filter := map[string]tailor.Settings{"contact": {Filter: `record.contact_email != ""`}}
	if _, err := w.SaveSettings(t.Context(), "user-1", w.connection.ID, filter); err != nil {
		t.Fatal(err)
	}
	if second := w.mapped(t, "contact"); second.Filter == nil || second.Filter.Source() != filter["contact"].Filter {
		t.Errorf("the filter is %v", second.Filter)
	}
	if _, err := w.save(t, "contact", `[{"to":"properties.phone","enabled":false}]`); err != nil {
		t.Fatal(err)
	}
	if third := w.mapped(t, "contact"); third.Version != 2 || third.Filter == nil {
		t.Errorf("after another version: %+v", third)
	}
}

// The mapping of an earlier version is still to be had, for the outcome of what was sent by it.
func TestMappingOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	for _, to := range []string{"properties.city", "properties.phone"} {
		if _, err := w.save(t, "contact", `[{"to":"`+to+`","enabled":false}]`); err != nil {
			t.Fatal(err)
		}
	}
	for number, off := range []string{"", "properties.city", "properties.phone"} {
		m, err := w.MappingAt(t.Context(), w.connection, "contact", number)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range m.Object.Rules {
			if rule.Enabled != (rule.To != off) {
				t.Errorf("version %d: %s is enabled: %v", number, rule.To, rule.Enabled)
			}
		}
	}
}

// A connection that is disconnected is neither shown nor changed.
func TestDisconnectedIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "hubspot")
	w.connection.Status = crm.Disconnected
	ctx, id := t.Context(), w.connection.ID
	_, shown := w.Show(ctx, "user-1", id, "contact")
	_, saved := w.save(t, "contact", `[]`)
	_, settled := w.SaveSettings(ctx, "user-1", id, nil)
	for what, err := range map[string]error{"shown": shown, "saved": saved, "reset": w.Reset(ctx, "user-1", id, "contact"), "settings": settled} {
		if crm.CodeOf(err) != crm.ConnectionNotReady {
			t.Errorf("%s: %v", what, err)
		}
	}
}
