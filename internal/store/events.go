package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Types of events.
const eventDrift = "mapping.drifted" // what the CRM's schema says of mapped fields has changed, or is again what it was

// addEvent writes what the connection's host should hear of, with what it tells of.
func addEvent(ctx context.Context, tx pgx.Tx, connection uuid.UUID, kind string, payload any) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO events (id, user_id, type, payload) SELECT $2, user_id, $3, $4 FROM connections WHERE id = $1`,
		connection, uuid.Must(uuid.NewV7()), kind, payload)
	return err
}

// ForgetEvents removes events that are older than thirty days.
func (s *Store) ForgetEvents(ctx context.Context) error {
	_, err := s.exec(ctx, `DELETE FROM events WHERE created_at < now() - interval '30 days'`)
	return err
}
