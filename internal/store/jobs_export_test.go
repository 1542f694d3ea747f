package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// PutInQueue enqueues in a transaction of its own, which fails with after's error.
func (s *Store) PutInQueue(ctx context.Context, after func() error, sends ...uuid.UUID) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.enqueue(ctx, tx, sends...); err != nil {
			return err
		}
		return after()
	})
}
