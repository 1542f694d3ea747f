package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// gone is a watch under which a field has disappeared.
func (b *bench) gone(fields ...string) tailor.Watch {
	w := tailor.Watch{ConnectionID: b.connection.ID, Object: "contact", Operation: "create", Version: 1}
	for _, field := range fields {
		w.Drifts = append(w.Drifts, mapping.Drift{To: field, Kind: mapping.FieldGone, Message: "gone"})
	}
	return w
}

func (b *bench) saveWatch(w tailor.Watch) {
	b.t.Helper()
	if err := b.store.SaveWatch(b.t.Context(), w); err != nil {
		b.t.Fatal(err)
	}
}

// The same drift, found by many processes at the same moment, is told once.
func TestDriftFoundByManyIsToldOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.second()
	b.saveWatch(b.gone())
	// Nobody writes before all have begun: the row is held until they wait for it.
	conn, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM schema_watches FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, s := range []tailor.Watches{b.store, other, b.store, other} {
		all.Go(func() {
			if err := s.SaveWatch(t.Context(), b.gone("properties.city")); err != nil {
				t.Error(err)
			}
		})
	}
	const waiting = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	for tries := 0; b.number(waiting) < 4; tries++ {
		if tries == 500 {
			t.Fatalf("%d of 4 wait for the row", b.number(waiting))
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if n := b.number(`SELECT count(*) FROM events WHERE type = 'mapping.drifted'`); n != 1 {
		t.Errorf("%d events", n)
	}
}

// The time of a drift is that of its first sight, also when more fields join it; after its end it begins anew.
func TestDriftKeepsItsTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	since := func() time.Time {
		t.Helper()
		w, err := b.store.Watch(t.Context(), b.connection.ID, "contact", "create")
		if err != nil {
			t.Fatal(err)
		}
		return w.Since
	}
	b.saveWatch(b.gone("properties.city"))
	b.exec(`UPDATE schema_watches SET since = since - interval '1 day'`)
	first := since()
	b.saveWatch(b.gone("properties.city", "properties.phone"))
	if got := since(); !got.Equal(first) {
		t.Errorf("the drift began at %v, and after a second field at %v", first, got)
	}
	b.saveWatch(b.gone())
	if got := since(); !got.IsZero() {
		t.Errorf("after its end the drift is of %v", got)
	}
	b.saveWatch(b.gone("properties.city"))
	if got := since(); !got.After(first) {
		t.Errorf("the next drift is of %v", got)
	}
}

// What one process is about to claim, another neither waits for nor claims too.
func TestClaimedWatchesAreSkipped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.saveWatch(b.gone())
	b.exec(`UPDATE schema_watches SET checked_at = now() - interval '2 minutes'`)
	conn, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM schema_watches FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if due, err := b.store.DueWatches(ctx, time.Minute, 10); err != nil || len(due) != 0 {
		t.Errorf("beside another's claim: %v, %v", due, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if due, err := b.store.DueWatches(t.Context(), time.Minute, 10); err != nil || len(due) != 1 {
		t.Errorf("after the other went away: %v, %v", due, err)
	}
}

// A version that was never there cannot be changed: no gap comes into the history.
func TestVersionsHaveNoGaps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, base := range []int{1, 7} {
		if v, err := b.save(base, "properties.city"); crm.CodeOf(err) != crm.Conflict {
			t.Errorf("a change to version %d of none: %+v, %v", base, v, err)
		}
	}
	if c, err := b.store.Connection(t.Context(), "user-1", b.connection.ID); err != nil || c.Tailored != 0 {
		t.Errorf("the counter is at %d, %v", c.Tailored, err)
	}
}

// The record that a probe reads is the newest that is in the CRM: not one whose create is still open.
func TestLastLinked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	last := func(connection uuid.UUID, object string) string {
		t.Helper()
		id, err := b.store.LastLinked(t.Context(), connection, object)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if got := last(b.connection.ID, "contact"); got != "" {
		t.Errorf("before any send: %q", got)
	}
	for _, id := range []string{"1", "2"} {
		begun := b.begin(b.intent("r"+id, 0, crm.Create))
		b.finish(begun, crm.Outcome{Status: crm.Succeeded, CRMRecordID: "crm-" + id})
	}
	b.begin(b.intent("r3", 0, crm.Create))
	if got := last(b.connection.ID, "contact"); got != "crm-2" {
		t.Errorf("the last record is %q", got)
	}
	if got := last(b.connection.ID, "deal") + last(uuid.New(), "contact"); got != "" {
		t.Errorf("of another object, or connection: %q", got)
	}
}
