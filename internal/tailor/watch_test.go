package tailor_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// compared is what a send with the connection's mapping hears of the schema's drifts; what is to be stored is stored.
func (w *world) compared(t *testing.T) []mapping.Drift {
	t.Helper()
	m := w.mapped(t, "contact")
	action := w.grove.details["createPerson"]
	mapper, err := m.Mapper(&action)
	if err != nil {
		t.Fatal(err)
	}
	drifts := w.Drifted(t.Context(), w.connection, m, crm.Create, &action, mapper)
	synctest.Wait()
	return drifts
}

// watching is a world with a mapping, and the round that stores what is found.
func watching(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "oak")
	if _, err := w.save(t, "contact", named); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx, 24*time.Hour) }()
	t.Cleanup(func() { stop(); <-done })
	return w
}

// retype changes the live schema of the family name.
func (w *world) retype() {
	a := w.grove.details["createPerson"]
	a.RequestBody = []byte(`{"type":"object","properties":{"family_name":{"type":"integer"}}}`)
	w.grove.details["createPerson"] = a
}

// A schema is compared with the one that this version of the mapping began with, and what is new is stored.
func TestSchemaIsComparedWithTheVersionsFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		if drifts := w.compared(t); len(drifts) != 0 || len(w.shelf.saved) != 0 {
			t.Errorf("as it was: %v, stored %+v", drifts, w.shelf.saved)
		}
		w.retype()
		for range 2 {
			if drifts := w.compared(t); len(drifts) != 1 || drifts[0].Kind != mapping.FieldRetyped {
				t.Errorf("another type: %v", drifts)
			}
		}
		if n := len(w.shelf.saved); n != 1 || len(w.shelf.saved[0].Drifts) != 1 {
			t.Errorf("another type is stored as %+v", w.shelf.saved)
		}
	})
}

// A mapping that is used for the first time, or for the first time in this version, begins with the schema as it is.
func TestFirstUseBeginsTheWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		key := w.connection.ID.String() + "contactcreate"
		old := w.shelf.watches[key]
		delete(w.shelf.watches, key)
		if drifts := w.compared(t); len(drifts) != 0 || len(w.shelf.saved) != 1 || w.shelf.saved[0].Version != 1 {
			t.Errorf("the first use: %v, stored %+v", drifts, w.shelf.saved)
		}
		old.Version = 0
		w.shelf.watches[key] = old
		w.retype()
		if drifts := w.compared(t); len(drifts) != 0 || len(w.shelf.saved) != 2 || w.shelf.saved[1].Version != 1 || len(w.shelf.saved[1].Drifts) != 0 {
			t.Errorf("the first use of this version: %v, stored %+v", drifts, w.shelf.saved)
		}
	})
}

// A process that has not heard of a newer version neither warns by that version's schema nor stores anything.
func TestOlderMappingIsNotCompared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		w.shelf.watches[w.connection.ID.String()+"contactcreate"] = tailor.Watch{
			ConnectionID: w.connection.ID, Object: "contact", Operation: "create", Version: 2,
			Shape: mapping.Shape{"family_name": {Listed: true, Types: []string{"integer"}}},
		}
		if drifts := w.compared(t); len(drifts) != 0 || len(w.shelf.saved) != 0 {
			t.Errorf("drifts %v, stored %+v", drifts, w.shelf.saved)
		}
	})
}

// A comparison is kept while neither schema nor mapping changes; one that could not be stored is made again.
func TestComparisonIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		w.retype() // so that there is something to store
		m, action := w.mapped(t, "contact"), w.grove.details["createPerson"]
		mapper, err := m.Mapper(&action)
		if err != nil {
			t.Fatal(err)
		}
		w.shelf.refusal = &crm.Error{Code: crm.StorageUnavailable}
		for i, want := range []int{1, 2, 2} {
			w.Drifted(t.Context(), w.connection, m, crm.Create, &action, mapper)
			synctest.Wait()
			if w.shelf.looks != want {
				t.Errorf("after %d sends the watch was read %d times, want %d", i+1, w.shelf.looks, want)
			}
		}
		if len(w.shelf.saved) != 1 {
			t.Errorf("stored %+v", w.shelf.saved)
		}
		if _, err := w.save(t, "contact", `[{"to":"family_name","from":["surname"]}]`); err != nil {
			t.Fatal(err)
		}
		w.Drifted(t.Context(), w.connection, w.mapped(t, "contact"), crm.Create, &action, mapper)
		if w.shelf.looks != 3 {
			t.Errorf("another version was not compared")
		}
	})
}

// A CRM that no longer offers the action that a mapping is for is found out without a send.
func TestActionThatIsGoneIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		w.shelf.due = []tailor.Watch{w.shelf.watches[w.connection.ID.String()+"contactupdate"]}
		if err := w.CheckSchemas(t.Context()); err != nil || len(w.shelf.saved) != 0 {
			t.Errorf("while it is there: %v, stored %+v", err, w.shelf.saved)
		}
		delete(w.grove.resources, "oak")
		w.grove.offer("oak", "people", w.grove.details["createPerson"])
		time.Sleep(2 * time.Hour) // the catalogue reads anew
		if err := w.CheckSchemas(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(w.shelf.saved) != 1 || len(w.shelf.saved[0].Drifts) != 1 || w.shelf.saved[0].Drifts[0].Kind != "action_gone" {
			t.Errorf("stored %+v", w.shelf.saved)
		}
	})
}

// A send does not wait for what is to be stored, however much that is.
func TestSendsDoNotWaitForTheWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "oak") // nobody stores
		if _, err := w.save(t, "contact", named); err != nil {
			t.Fatal(err)
		}
		m, action := w.mapped(t, "contact"), w.grove.details["createPerson"]
		mapper, err := m.Mapper(&action)
		if err != nil {
			t.Fatal(err)
		}
		for range 1100 {
			w.Drifted(t.Context(), crm.Connection{ID: uuid.New()}, m, crm.Create, &action, mapper)
		}
	})
}
