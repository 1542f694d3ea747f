package store_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

func (b *bench) save(base int, to string) (tailor.Version, error) {
	b.t.Helper()
	return b.store.SaveVersion(b.t.Context(), b.connection.ID, "contact", base, tailor.Version{
		Overrides: []mapping.Override{{To: to, Default: json.RawMessage(`12345678901234567890`)}}, Actions: map[string]string{"create": "createContact"},
	}, nil)
}

func (b *bench) number(sql string, args ...any) (n int) {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close(b.t.Context()) }()
	if err := conn.QueryRow(b.t.Context(), sql, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// Of many who change the same version at once, one wins; the others hear of it, and nothing of theirs is stored.
func TestOneOfManyVersionsWins(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var wins, conflicts atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch _, err := b.save(0, "properties.city"); {
			case err == nil:
				wins.Add(1)
			case crm.CodeOf(err) == crm.Conflict:
				conflicts.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if wins.Load() != 1 || conflicts.Load() != 7 {
		t.Errorf("%d saved, %d heard of a conflict", wins.Load(), conflicts.Load())
	}
	if got := b.number(`SELECT count(*) FROM mappings`); got != 1 {
		t.Errorf("%d versions are stored", got)
	}
}

// A version comes back as it was saved, digits included, and moves the connection's counter; so do settings.
func TestTailoringIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	read := func() (crm.Connection, tailor.Tailoring) {
		t.Helper()
		c, err := b.store.Connection(t.Context(), "user-1", b.connection.ID)
		if err != nil {
			t.Fatal(err)
		}
		found, err := b.store.Tailoring(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return c, found
	}
	if c, found := read(); c.Tailored != 0 || len(found.Versions) != 0 {
		t.Fatalf("an untouched connection: %d, %v", c.Tailored, found)
	}
	for base, to := range []string{"properties.city", "properties.phone"} {
		if _, err := b.save(base, to); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]tailor.Settings{"deal": {Filter: `id != ""`, Owners: map[string]string{"deal_name": "host"}}}
	if err := b.store.SaveSettings(t.Context(), b.connection.ID, want); err != nil {
		t.Fatal(err)
	}
	c, found := read()
	newest := found.Versions["contact"]
	if c.Tailored != 3 || newest.Number != 2 || newest.Overrides[0].To != "properties.phone" || string(newest.Overrides[0].Default) != `12345678901234567890` {
		t.Errorf("counter %d, newest %+v", c.Tailored, newest)
	}
	if diff := cmp.Diff(want, found.Settings); diff != "" {
		t.Error(diff)
	}
	if _, err := b.store.Version(t.Context(), c.ID, "contact", 3); crm.CodeOf(err) != crm.NotFound {
		t.Errorf("a version that is not there: %v", err)
	}
	page, more, err := b.store.Versions(t.Context(), c.ID, "contact", 2, 10)
	if err != nil || more || len(page) != 1 || page[0].Number != 1 {
		t.Errorf("below version 2: %v, %v", page, err)
	}
}

// A drift is told once, and its end once, however many processes find it; a check of an older mapping changes nothing.
func TestDriftIsToldOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.second()
	if _, err := b.save(0, "properties.city"); err != nil {
		t.Fatal(err)
	}
	watch := tailor.Watch{
		ConnectionID: b.connection.ID, Object: "contact", Operation: "create", Version: 1,
		Shape: mapping.Shape{"properties.city": {Listed: true, Types: []string{"string"}}},
	}
	save := func(w tailor.Watch) {
		t.Helper()
		for _, s := range []tailor.Watches{b.store, other} {
			if err := s.SaveWatch(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
	}
	events := func() int { return b.number(`SELECT count(*) FROM events WHERE type = 'mapping.drifted'`) }
	save(watch)
	if n := events(); n != 0 {
		t.Errorf("%d events for a first look", n)
	}
	drifted := watch
	drifted.Drifts = []mapping.Drift{{To: "properties.city", Kind: mapping.FieldGone, Message: "gone"}}
	save(drifted)
	found, err := b.store.Drifts(t.Context(), []uuid.UUID{b.connection.ID})
	if err != nil || len(found[b.connection.ID]) != 1 || found[b.connection.ID][0].Since.IsZero() || events() != 1 {
		t.Errorf("after the drift: %v, %v, %d events", found, err, events())
	}
	older := watch
	older.Version = 0
	save(older)
	if got, err := b.store.Watch(t.Context(), b.connection.ID, "contact", "create"); err != nil || len(got.Drifts) != 1 || got.User != "user-1" {
		t.Errorf("after a check of an older mapping: %+v, %v", got, err)
	}
	save(watch)
	if found, err := b.store.Drifts(t.Context(), []uuid.UUID{b.connection.ID}); err != nil || len(found) != 0 || events() != 2 {
		t.Errorf("after it healed: %v, %v, %d events", found, err, events())
	}
	save(drifted)
	if _, err := b.save(1, "properties.phone"); err != nil {
		t.Fatal(err)
	}
	if n := events(); n != 4 { // the new drift, and its end
		t.Errorf("%d events after a new version accepted a drift", n)
	}
	save(drifted) // by a process that has not heard of it
	if _, err := b.store.Watch(t.Context(), b.connection.ID, "contact", "create"); crm.CodeOf(err) != crm.NotFound {
		t.Errorf("a new version did not forget what the schema was: %v", err)
	}
}

// A due watch is claimed by one process, and not again before its time; those of connections that cannot be used wait.
func TestWatchesAreClaimedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.second()
	for _, operation := range []string{"create", "update"} {
		if err := b.store.SaveWatch(t.Context(), tailor.Watch{ConnectionID: b.connection.ID, Object: "contact", Operation: operation}); err != nil {
			t.Fatal(err)
		}
	}
	if due, err := b.store.DueWatches(t.Context(), time.Minute, 10); err != nil || len(due) != 0 {
		t.Errorf("due at once: %v, %v", due, err)
	}
	b.exec(`UPDATE schema_watches SET checked_at = now() - interval '2 minutes'`)
	var claimed atomic.Int32
	var all sync.WaitGroup
	for _, s := range []tailor.Watches{b.store, other, b.store, other} {
		all.Go(func() {
			due, err := s.DueWatches(t.Context(), time.Minute, 10)
			if err != nil {
				t.Error(err)
			}
			claimed.Add(int32(len(due)))
		})
	}
	all.Wait()
	if claimed.Load() != 2 {
		t.Errorf("two watches were claimed %d times", claimed.Load())
	}
	b.exec(`UPDATE schema_watches SET checked_at = now() - interval '2 minutes'`)
	b.exec(`UPDATE connections SET status = 'needs_reconnect'`)
	if due, err := b.store.DueWatches(t.Context(), time.Minute, 10); err != nil || len(due) != 0 {
		t.Errorf("of a connection that cannot be used: %v, %v", due, err)
	}
}

// Events go after thirty days.
func TestOldEventsAreForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.exec(`INSERT INTO events (id, user_id, type, payload, created_at)
		SELECT gen_random_uuid(), id, 'mapping.drifted', '{}', now() - make_interval(days => d) FROM users, unnest(ARRAY[1, 29, 31, 90]) d`)
	if err := b.store.ForgetEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.number(`SELECT count(*) FROM events`); n != 2 {
		t.Errorf("%d events are left", n)
	}
}
