package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/jobs"
	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// soon bounds every wait for something that must happen.
const soon = 8 * time.Second

// attend makes a function an Attender.
type attend func(ctx context.Context, send uuid.UUID) error

func (f attend) Attend(ctx context.Context, send uuid.UUID) error { return f(ctx, send) }

// arrivals is an Attender that only tells which sends have come.
type arrivals chan uuid.UUID

func (a arrivals) Attend(_ context.Context, send uuid.UUID) error {
	a <- send
	return nil
}

// queue is a database with a pool on it and a client that inserts as the store does.
type queue struct {
	t    *testing.T
	pool *pgxpool.Pool
	in   *river.Client[pgx.Tx]
}

func newQueue(t *testing.T, url string) *queue {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	in, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Schema: store.QueueSchema, FetchCooldown: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return &queue{t: t, pool: pool, in: in}
}

// insert puts a job for a new send into tx.
func (q *queue) insert(tx pgx.Tx) uuid.UUID {
	q.t.Helper()
	send := uuid.Must(uuid.NewV7())
	_, err := q.in.InsertTx(q.t.Context(), tx, crm.SendJob{SendID: send}, &river.InsertOpts{Queue: store.SendQueue, MaxAttempts: 1})
	if err != nil {
		q.t.Fatal(err)
	}
	return send
}

// add commits a job for each of n new sends.
func (q *queue) add(n int) (sends []uuid.UUID) {
	q.t.Helper()
	err := pgx.BeginFunc(q.t.Context(), q.pool, func(tx pgx.Tx) error {
		for range n {
			sends = append(sends, q.insert(tx))
		}
		return nil
	})
	if err != nil {
		q.t.Fatal(err)
	}
	return sends
}

// job is what River's table says of a send's job.
type job struct {
	State  string
	Errors []string
}

func (q *queue) job(send uuid.UUID) (j job) {
	q.t.Helper()
	err := q.pool.QueryRow(q.t.Context(), `SELECT state::text, ARRAY(SELECT e->>'error' FROM unnest(errors) e) FROM river.river_job
		WHERE args->>'sendId' = $1`, send).Scan(&j.State, &j.Errors)
	if err != nil {
		q.t.Fatalf("the job of send %s: %v", send, err)
	}
	return j
}

// settled waits until the job is in the state.
func (q *queue) settled(send uuid.UUID, state string) job {
	q.t.Helper()
	for deadline := time.Now().Add(soon); ; time.Sleep(5 * time.Millisecond) {
		j := q.job(send)
		if j.State == state {
			return j
		}
		if time.Now().After(deadline) {
			q.t.Fatalf("the job of send %s is %s, want %s", send, j.State, state)
		}
	}
}

// running is workers at work.
type running struct {
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

// run starts workers; the test's end stops them where it has not done so itself.
func (q *queue) run(o jobs.Options) *running {
	q.t.Helper()
	if o.Workers == 0 {
		o.Workers = 4
	}
	w, err := jobs.New(q.pool, o)
	if err != nil {
		q.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(q.t.Context()))
	r := &running{t: q.t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- w.Run(ctx); close(r.done) }()
	q.t.Cleanup(func() { cancel(); receive(q.t, r.done, "the end of Run") })
	return r
}

// stopped ends the workers and returns what Run returned.
func (r *running) stopped() error {
	r.t.Helper()
	r.stop()
	return receive(r.t, r.done, "the end of Run")
}

func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(soon):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// logbook collects log lines from any goroutine.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger(level zerolog.Level) zerolog.Logger { return zerolog.New(l).Level(level) }

// lines are the entries so far.
func (l *logbook) lines(t *testing.T) (entries []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.text.Bytes()) {
		var entry map[string]any
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		entries = append(entries, entry)
	}
	return entries
}
