package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/rs/zerolog"

	"sendtocrm/internal/store"
)

const (
	// fetchCooldown is the least time between two fetches. It adds to the wait of a job that comes just after another,
	// and with Workers it bounds how many jobs a second one process can begin.
	fetchCooldown = 20 * time.Millisecond
	// pollInterval finds what no notification has told of: it was lost with its connection, or left out.
	pollInterval = time.Second

	// jobLimit ends a job that runs far longer than the bounds of the calls in it add up to. Without one River would
	// also never clear away the rows of processes that were killed, which it does after rescueAfter; it does not run
	// those jobs again, as their one attempt is spent.
	jobLimit    = 10 * time.Minute
	rescueAfter = 15 * time.Minute

	// Settled jobs carry nothing; those that failed stay for a look at what failed when.
	keepCompleted = time.Minute
	keepFailed    = 24 * time.Hour

	defaultDrain = 10 * time.Second
	// lastGrace is how long jobs may take to return once they are cancelled, and River to note it.
	lastGrace = 3 * time.Second

	startRetry = time.Second
)

// Attender does what a send's row says is to be done. It is called at least once for each job that was committed, from
// several processes at once, and for sends that need nothing anymore. Its error is logged and is the end of the job.
type Attender interface {
	Attend(ctx context.Context, send uuid.UUID) error
}

// Options are the settings of the workers.
type Options struct {
	Workers  int // jobs at once in this process, 1-10000
	Logger   zerolog.Logger
	Attender Attender
	Drain    time.Duration // how long running jobs may take after the end of Run's context, 0 for 10 s
}

// Workers work the queue in this process. Any number of processes may do so.
type Workers struct {
	client *river.Client[pgx.Tx]
	pool   *pgxpool.Pool
	log    zerolog.Logger
	drain  time.Duration
}

// New prepares workers on pool, which may have no database behind it yet. River takes up to about four of its connections
// at a time and keeps one more, outside the pool's limit, to listen on.
func New(pool *pgxpool.Pool, o Options) (*Workers, error) {
	if o.Workers < 1 {
		return nil, fmt.Errorf("the queue's workers: there must be 1 or more, not %d", o.Workers)
	}
	if o.Drain == 0 {
		o.Drain = defaultDrain
	}
	bundle := river.NewWorkers()
	if err := river.AddWorkerSafely(bundle, &sendWorker{attender: o.Attender, log: o.Logger}); err != nil {
		return nil, fmt.Errorf("the queue's workers: %w", err)
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema:  store.QueueSchema,
		Queues:  map[string]river.QueueConfig{store.SendQueue: {MaxWorkers: o.Workers}},
		Workers: bundle, Logger: quiet(o.Logger),
		FetchCooldown: fetchCooldown, FetchPollInterval: pollInterval,
		JobTimeout: jobLimit, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: o.Drain,
		CompletedJobRetentionPeriod: keepCompleted, CancelledJobRetentionPeriod: keepFailed, DiscardedJobRetentionPeriod: keepFailed,
	})
	if err != nil {
		return nil, fmt.Errorf("the queue's workers: %w", err)
	}
	return &Workers{client: client, pool: pool, log: o.Logger, drain: o.Drain}, nil
}

// Run works jobs until ctx ends. It waits for a database that is not there or not migrated yet, and outlives one that
// goes away. After ctx's end no job is begun, and those that run have the drain time to finish before their context
// ends, too. It returns nil when all have returned, and an error if some did not even then. It is called once.
func (w *Workers) Run(ctx context.Context) error {
	if !w.start(ctx) {
		return nil
	}
	w.log.Info().Msg("the queue's workers have started")
	<-ctx.Done()
	last := time.NewTimer(w.drain + lastGrace)
	defer last.Stop()
	select {
	case <-w.client.Stopped():
		w.log.Info().Msg("the queue's workers have stopped")
		return nil
	case <-last.C:
		return fmt.Errorf("the queue's workers: jobs were still running %v after they were cancelled", lastGrace)
	}
}

// start tries until the workers have started; false: ctx ended first.
func (w *Workers) start(ctx context.Context) bool {
	told := ""
	for {
		err := store.CheckMigrated(ctx, w.pool)
		if err == nil {
			err = w.client.Start(ctx)
		}
		if ctx.Err() != nil {
			// River may have begun to start, which its own end of the same context undoes.
			return err == nil
		}
		if err == nil {
			return true
		}
		if text := err.Error(); text != told { // not the same words every second
			told = text
			w.log.Warn().Err(err).Bool("migrate", errors.Is(err, store.ErrNotMigrated)).Msg("the queue's workers wait for the database")
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(startRetry):
		}
	}
}
