package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
)

// queued is a job as River's table has it.
type queued struct {
	Kind, Queue, State, Send string
	MaxAttempts              int
}

func openStore(t *testing.T, url string) *store.Store {
	t.Helper()
	sealer, err := store.NewSealer(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: url, Sealer: sealer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	many := make([]uuid.UUID, 1000)
	for i := range many {
		many[i] = uuid.Must(uuid.NewV7())
	}
	fails := errors.New("the rest of the transaction fails")
	for name, c := range map[string]struct {
		sends []uuid.UUID
		after error
		want  []uuid.UUID
	}{
		"none":        {},
		"one":         {sends: many[:1], want: many[:1]},
		"many":        {sends: many, want: many},
		"rolled back": {sends: many[:2], after: fails},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, testdb.New(t))
			if err := s.PutInQueue(t.Context(), func() error { return c.after }, c.sends...); !errors.Is(err, c.after) {
				t.Fatalf("the transaction ends with %v, want %v", err, c.after)
			}
			rows, err := s.Pool().Query(t.Context(),
				`SELECT kind, queue, state::text, args->>'sendId', max_attempts FROM river.river_job ORDER BY id`)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[queued])
			if err != nil {
				t.Fatal(err)
			}
			want := make([]queued, len(c.want))
			for i, send := range c.want {
				want[i] = queued{"send", "sends", "available", send.String(), 1}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("jobs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnqueueWithoutTheQueuesTables(t *testing.T) {
	t.Parallel()
	s := openStore(t, testdb.Empty(t))
	err := s.PutInQueue(t.Context(), func() error { return nil }, uuid.Must(uuid.NewV7()))
	if got := crm.CodeOf(err); err == nil || got != crm.Internal {
		t.Errorf("%v, want the database's refusal", err)
	}
}
