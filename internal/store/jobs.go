package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"sendtocrm/internal/crm"
)

// SendQueue is the queue that carries sends to a worker.
const SendQueue = "sends"

// notifyCooldown is how long River leaves out the notification of a further job in the same queue. A job that is left
// out waits for the workers' next poll, and so does one whose predecessor has notified and was rolled back: hence the
// shortest time that River allows.
const notifyCooldown = time.Millisecond

// Pool is the pool itself, for the queue's workers alone: they run River's statements, and nobody else's.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// newQueue makes a client that inserts jobs and works none. It logs nothing: its failures are the caller's errors.
func newQueue(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	queue, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: QueueSchema, FetchCooldown: notifyCooldown, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, fmt.Errorf("the queue: %w", err)
	}
	return queue, nil
}

// enqueue asks for a worker's attention to each of sends, at once, if and when tx commits.
func (s *Store) enqueue(ctx context.Context, tx pgx.Tx, sends ...uuid.UUID) error {
	if len(sends) == 0 {
		return nil
	}
	jobs := make([]river.InsertManyParams, len(sends))
	for i, send := range sends {
		// One attempt: the send's row carries the retries and when they are due, the queue only finds a process for it.
		jobs[i] = river.InsertManyParams{
			Args: crm.SendJob{SendID: send}, InsertOpts: &river.InsertOpts{Queue: SendQueue, MaxAttempts: 1},
		}
	}
	if _, err := s.queue.InsertManyFastTx(ctx, tx, jobs); err != nil {
		return fmt.Errorf("put %d sends in the queue: %w", len(sends), err)
	}
	return nil
}
