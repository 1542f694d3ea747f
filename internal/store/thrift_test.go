package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/devdb"
	"sendtocrm/internal/store"
)

// A send that goes well writes in two transactions, its turn at the connection's pace and its idempotency key included;
// many at once share theirs. Transactions that write are numbered across the whole server, so this one is of its own.
func TestASendIsTwoCommits(t *testing.T) {
	t.Parallel()
	server, err := devdb.Start(t.Context(), devdb.Options{Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	if err := store.MigrateUp(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	b := newBenchOn(t, server.URL())
	conn, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	if _, err := conn.Exec(t.Context(), `ALTER SYSTEM SET autovacuum = off`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT pg_reload_conf()`); err != nil {
		t.Fatal(err)
	}
	next := func() (xid int64) {
		if err := conn.QueryRow(t.Context(), `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint`).Scan(&xid); err != nil {
			t.Fatal(err)
		}
		return xid
	}
	send := func(record string) {
		in := b.intent(record, 0, crm.Create)
		in.Pace = crm.Pace{Interval: time.Microsecond, Burst: 1000, MaxWait: time.Second}
		in.Key = &crm.Key{Value: record, Fingerprint: []byte{1}}
		b.finish(b.begin(in), created(uuid.NewString()))
	}
	send("first") // makes the row of the connection's pace
	before := next()
	send("one")
	if n := next() - before; n != 2 {
		t.Errorf("a send wrote in %d transactions, want 2", n)
	}
	before = next()
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() { send("many" + strings.Repeat("x", i)) })
	}
	group.Wait()
	if n := next() - before; n >= 128 {
		t.Errorf("64 sends at once wrote in %d transactions: none was shared", n)
	}
}
