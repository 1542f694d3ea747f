package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// CredentialsInUse returns the ids that the user's connections have, or that wait for their deletion.
func (s *Store) CredentialsInUse(ctx context.Context, user uuid.UUID) ([]string, error) {
	return collect(ctx, s.pool, pgx.RowTo[string], `
		SELECT credential_id FROM connections WHERE user_id = $1 AND credential_id IS NOT NULL
		UNION SELECT retired_credential_id FROM connections WHERE user_id = $1 AND retired_credential_id IS NOT NULL
		UNION SELECT credential_id FROM credential_deletions WHERE user_id = $1`, user)
}

// CredentialWorked queues the deletion of the credential that a reconnect replaced, if the one that worked is the present.
func (s *Store) CredentialWorked(ctx context.Context, connection uuid.UUID, credentialID string) error {
	_, err := s.exec(ctx, `
		WITH worked AS (
			SELECT id, user_id, retired_credential_id FROM connections
			WHERE id = $1 AND credential_id = $3 AND retired_credential_id IS NOT NULL FOR UPDATE),
		queued AS (
			INSERT INTO credential_deletions (id, user_id, credential_id)
			SELECT $2, user_id, retired_credential_id FROM worked ON CONFLICT (credential_id) DO NOTHING)
		UPDATE connections c SET retired_credential_id = NULL FROM worked WHERE c.id = worked.id`,
		connection, uuid.Must(uuid.NewV7()), credentialID)
	return err
}

// TakeDeletion claims a deletion that is due. Its next try is put off before this one is made, ever further, up to an
// hour: a process that dies in between leaves it to the next.
func (s *Store) TakeDeletion(ctx context.Context) (crm.Deletion, bool, error) {
	taken, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (d crm.Deletion, err error) {
		err = row.Scan(&d.ID, &d.AlloyUserID, &d.CredentialID, &d.Attempts)
		return d, err
	}, `
		UPDATE credential_deletions d SET attempts = d.attempts + 1,
			due_at = now() + least(interval '1 hour', interval '5 seconds' * (2 ^ least(d.attempts, 12)))
		FROM users u
		WHERE u.id = d.user_id AND d.id = (
			SELECT id FROM credential_deletions WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING d.id, coalesce(u.alloy_user_id, ''), d.credential_id, d.attempts`)
	if err != nil || len(taken) == 0 {
		return crm.Deletion{}, false, err
	}
	return taken[0], true, nil
}

// DeletionDone forgets a deletion.
func (s *Store) DeletionDone(ctx context.Context, id uuid.UUID) error {
	_, err := s.exec(ctx, `DELETE FROM credential_deletions WHERE id = $1`, id)
	return err
}

// queueDeletions queues both credentials of a connection.
func queueDeletions(ctx context.Context, tx pgx.Tx, connection uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO credential_deletions (id, user_id, credential_id)
		SELECT ids.id, c.user_id, ids.credential_id FROM connections c,
			LATERAL (VALUES ($2::uuid, c.credential_id), ($3::uuid, c.retired_credential_id)) AS ids (id, credential_id)
		WHERE c.id = $1 AND ids.credential_id IS NOT NULL
		ON CONFLICT (credential_id) DO NOTHING`,
		connection, uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()))
	return err
}
