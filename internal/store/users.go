package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// EnsureUser returns the host's user, made if need be.
func (s *Store) EnsureUser(ctx context.Context, externalID string) (crm.User, error) {
	return one(ctx, s.pool, scanUser, `
		INSERT INTO users (id, external_id) VALUES ($1, $2)
		ON CONFLICT (external_id) DO UPDATE SET external_id = excluded.external_id
		RETURNING id, external_id, coalesce(alloy_user_id, '')`,
		uuid.Must(uuid.NewV7()), externalID)
}

// SetAlloyUser stores Alloy's id of the user, once: a user who has one keeps it. Conflict where another user has it.
func (s *Store) SetAlloyUser(ctx context.Context, id uuid.UUID, alloyID string) error {
	_, err := s.exec(ctx, `UPDATE users SET alloy_user_id = $2 WHERE id = $1 AND alloy_user_id IS NULL`, id, alloyID)
	return err
}

func scanUser(row pgx.CollectableRow) (crm.User, error) {
	var u crm.User
	err := row.Scan(&u.ID, &u.ExternalID, &u.AlloyID)
	return u, err
}
