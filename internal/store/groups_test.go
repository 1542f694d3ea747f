package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/store"
)

// second is another process's store on the same database.
func (b *bench) second() *store.Store {
	b.t.Helper()
	sealer, err := store.NewSealer([]store.Key{{ID: "k1", Secret: make([]byte, 32)}})
	if err != nil {
		b.t.Fatal(err)
	}
	other, err := store.Open(b.t.Context(), store.Options{URL: b.url, MaxConns: 8, Sealer: sealer})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(other.Close)
	return other
}

// Sends that share a transaction do not share their failures.
func TestOneTakenKeyFailsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.intent("first", 0, crm.Create)
	in.Key = &crm.Key{Value: "taken", Fingerprint: []byte{1}}
	b.begin(in)
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			in := b.intent(fmt.Sprintf("r%d", i), 0, crm.Create)
			if i%10 == 0 {
				in.Key = &crm.Key{Value: "taken", Fingerprint: []byte{2}}
			}
			begun, err := b.store.Begin(t.Context(), in)
			if taken := errors.Is(err, crm.ErrKeyTaken); taken != (i%10 == 0) || (!taken && (err != nil || begun.State != crm.Granted)) {
				t.Errorf("%d: %+v %v", i, begun, err)
			}
		})
	}
	group.Wait()
}

// Groups that meet, of two processes, do not lock each other out.
func TestGroupsDoNotDeadlock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.second()
	const records = 24
	for i := range records {
		b.begin(b.intent(fmt.Sprintf("r%d", i), 0, crm.Create))
	}
	var group sync.WaitGroup
	for range 12 {
		for _, i := range rand.Perm(records) {
			for _, s := range []*store.Store{b.store, other} {
				group.Go(func() {
					if begun, err := s.Begin(t.Context(), b.intent(fmt.Sprintf("r%d", i), 0, crm.Create)); err != nil || begun.State != crm.Busy {
						t.Errorf("%+v %v", begun, err)
					}
				})
			}
		}
	}
	group.Wait()
	b.noDeadlocks(other)
}

// Those that begin and those that end meet on the same records, and take them in the same order.
func TestBeginsAndFinishesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.second()
	const records = 24
	rev := make([]int64, records)
	var claims [records]crm.Begun
	for i := range records { // link ids in the opposite order of the records' ids
		claims[i] = b.begin(b.intent(fmt.Sprintf("r%02d", records-i), 0, crm.Create))
	}
	for range 15 {
		var group sync.WaitGroup
		for i := range records {
			group.Go(func() { b.finish(claims[i], crm.Outcome{Status: crm.Failed}) })
			group.Go(func() {
				if _, err := other.Begin(t.Context(), b.intent(fmt.Sprintf("r%02d", records-i), 9999, crm.Create)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for i := range records {
			rev[i]++
			claims[i] = b.begin(b.intent(fmt.Sprintf("r%02d", records-i), rev[i], crm.Create))
			if claims[i].State != crm.Granted {
				t.Fatalf("%+v", claims[i])
			}
		}
	}
	b.noDeadlocks(other)
}

// Turns are taken in the transaction that takes the leases: of one connection, by two processes.
func TestPacedGroupsDoNotDeadlock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.second()
	const records = 40
	for round := range 6 {
		var group sync.WaitGroup
		for i := range records {
			for _, s := range []*store.Store{b.store, other} {
				group.Go(func() {
					in := b.intent(fmt.Sprintf("r%d-%d", round, (i*17)%records), 0, crm.Create)
					in.Pace = crm.Pace{Interval: time.Microsecond, Burst: 1000, MaxWait: time.Second}
					if begun, err := s.Begin(t.Context(), in); err != nil {
						t.Errorf("%+v %v", begun, err)
					}
				})
			}
		}
		group.Wait()
	}
	b.noDeadlocks(other)
}

// noDeadlocks closes the stores and reads what the database has seen.
func (b *bench) noDeadlocks(other *store.Store) {
	b.t.Helper()
	other.Close()
	b.store.Close() // a connection tells what it has seen when it ends, at the latest
	conn, err := pgx.Connect(b.t.Context(), b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close(b.t.Context()) }()
	var deadlocks int
	if err := conn.QueryRow(b.t.Context(), `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`).Scan(&deadlocks); err != nil || deadlocks > 0 {
		b.t.Errorf("%d deadlocks: %v", deadlocks, err)
	}
}
