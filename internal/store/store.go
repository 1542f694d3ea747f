package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"sendtocrm/internal/coalesce"
	"sendtocrm/internal/crm"
)

// operationLimit bounds every transaction and statement, the wait for a connection included.
const operationLimit = 2 * time.Second

const (
	// groupLanes is how many groups may be under way at once: one is being committed while the next is carried out.
	groupLanes = 2
	// groupSize bounds a group, and so how long its first member waits for its last.
	groupSize = 64
)

// Store is the service's database. It is safe for concurrent use.
type Store struct {
	pool   *pgxpool.Pool
	queue  *river.Client[pgx.Tx]
	sealer *Sealer
	// callLimit is how long a call to a CRM may take.
	callLimit time.Duration
	// Sends that begin, or end, at the same moment share a transaction.
	begins   *coalesce.Coalescer[crm.Intent, *standing]
	finishes *coalesce.Coalescer[finishing, *finished]
}

// CheckURL accepts the URL of a Postgres database; its error quotes nothing of it.
func CheckURL(url string) error {
	_, err := pgxpool.ParseConfig(url)
	if err != nil || !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		// pgx's message may quote the URL, and with it the password.
		return errors.New("expected postgres://user:password@host:5432/database")
	}
	return nil
}

// Options are a store's settings. MaxConns 0: the larger of 10 and the number of processors.
type Options struct {
	URL       string
	MaxConns  int32
	Sealer    *Sealer
	CallLimit time.Duration // how long a call to a CRM may take
}

// Open prepares a pool; it does not wait for the database, which may come later.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := CheckURL(o.URL); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, err
	}
	if config.MaxConns = o.MaxConns; o.MaxConns == 0 {
		config.MaxConns = int32(max(10, runtime.NumCPU()))
	}
	config.ConnConfig.ConnectTimeout = operationLimit
	// Statements are prepared once and planned once: each has one good plan, and planning costs more than most of them do.
	if config.ConnConfig.RuntimeParams["plan_cache_mode"] == "" {
		config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "send-to-crm"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the database pool could not be made: %w", err)
	}
	queue, err := newQueue(pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s := &Store{pool: pool, queue: queue, sealer: o.Sealer, callLimit: o.CallLimit}
	grouped := coalesce.Options{Lanes: groupLanes, MaxBatch: groupSize, Timeout: operationLimit, Split: oneIsAtFault}
	s.begins = coalesce.New(s.runBegins, grouped)
	s.finishes = coalesce.New(s.runFinishes, grouped)
	return s, nil
}

// Close waits for running statements and closes the pool.
func (s *Store) Close() { s.pool.Close() }

// Ready reports whether the database answers and has the schema that this binary needs. A StorageUnavailable's detail
// says what to do.
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	err := CheckMigrated(ctx, s.pool)
	if errors.Is(err, ErrNotMigrated) || errors.Is(err, ErrDirty) {
		return &crm.Error{
			Code: crm.StorageUnavailable, Detail: "Not ready: " + err.Error(),
			Remedy: "Bring the database to the state that the detail names.", Err: err,
		}
	}
	return translate(err)
}

// Stat is the pool's state, for metrics.
func (s *Store) Stat() *pgxpool.Stat { return s.pool.Stat() }

// transact runs f in a transaction.
func (s *Store) transact(ctx context.Context, f func(context.Context, pgx.Tx) error) error {
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	return translate(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(ctx, tx) }))
}

// queryer is what single statements need: the pool, or a transaction.
type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// collect runs a query and scans its rows.
func collect[T any](ctx context.Context, q queryer, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) ([]T, error) {
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	found, err := pgx.CollectRows(rows, scan)
	return found, translate(err)
}

// one is collect for exactly one row; none is NotFound.
func one[T any](ctx context.Context, q queryer, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) (T, error) {
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var none T
		return none, translate(err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scan)
	return found, translate(err)
}

// exec runs a statement and returns the number of rows it touched.
func (s *Store) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	tag, err := s.pool.Exec(ctx, sql, args...)
	return tag.RowsAffected(), translate(err)
}
