package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

const connectionColumns = `c.id, u.id, u.external_id, coalesce(u.alloy_user_id, ''), c.connector, c.label, c.status, c.status_reason,
	c.authentication_type, coalesce(c.credential_id, ''), coalesce(c.retired_credential_id, ''), c.account_name,
	c.tailored, c.created_at, c.updated_at`

const selectConnection = `SELECT ` + connectionColumns + ` FROM connections c JOIN users u ON u.id = c.user_id `

func connectionTargets(c *crm.Connection) []any {
	return []any{
		&c.ID, &c.User.ID, &c.User.ExternalID, &c.User.AlloyID, &c.Connector, &c.Label, &c.Status, &c.StatusReason,
		&c.AuthenticationType, &c.CredentialID, &c.RetiredCredentialID, &c.AccountName, &c.Tailored, &c.CreatedAt, &c.UpdatedAt,
	}
}

func scanConnection(row pgx.CollectableRow) (crm.Connection, error) {
	var c crm.Connection
	err := row.Scan(connectionTargets(&c)...)
	return c, err
}

// Connection returns one of the user's connections, disconnected ones too.
func (s *Store) Connection(ctx context.Context, user string, id uuid.UUID) (crm.Connection, error) {
	found, err := one(ctx, s.pool, scanConnection, selectConnection+`WHERE c.id = $1 AND u.external_id = $2`, id, user)
	if crm.CodeOf(err) == crm.NotFound {
		return found, crm.NoSuchConnection()
	}
	return found, err
}

// Usable returns the user's connections to a connector that are not disconnected, newest first.
func (s *Store) Usable(ctx context.Context, user, connector string) ([]crm.Connection, error) {
	return collect(ctx, s.pool, scanConnection, selectConnection+`
		WHERE u.external_id = $1 AND c.connector = $2 AND c.status <> 'disconnected' ORDER BY c.id DESC LIMIT 200`,
		user, connector)
}

// Connections returns a page of the user's connections, newest first, without the disconnected ones.
func (s *Store) Connections(ctx context.Context, user string, p crm.Page) ([]crm.Connection, error) {
	return collect(ctx, s.pool, scanConnection, selectConnection+`
		WHERE u.external_id = $1 AND c.status <> 'disconnected' AND ($2::uuid = $3::uuid OR c.id < $2)
		ORDER BY c.id DESC LIMIT $4`,
		user, p.Cursor, uuid.Nil, p.Limit)
}

// Open stores a waiting connection, and its flow if it has one. The one that already waits for the same connector is
// used again: a user connects a CRM once at a time.
func (s *Store) Open(ctx context.Context, c crm.Connection, f *crm.Flow) (opened crm.Connection, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var id uuid.UUID
		if err := tx.QueryRow(ctx, `
			INSERT INTO connections (id, user_id, connector, label, status, authentication_type)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (user_id, connector) WHERE status IN ('pending', 'needs_input') DO UPDATE SET
				label = CASE WHEN excluded.label = '' THEN connections.label ELSE excluded.label END,
				status = excluded.status, status_reason = '',
				authentication_type = excluded.authentication_type, updated_at = now()
			RETURNING id`,
			c.ID, c.User.ID, c.Connector, c.Label, c.Status, c.AuthenticationType).Scan(&id); err != nil {
			return err
		}
		if f != nil {
			if err := addFlow(ctx, tx, id, *f); err != nil {
				return err
			}
		}
		opened, err = connectionByID(ctx, tx, id)
		return err
	})
	return opened, err
}

// Activate gives the connection a credential, retires the one it had, and ends its flows: the given one is fulfilled.
func (s *Store) Activate(ctx context.Context, c crm.Connection, f *crm.Flow, credential crm.Credential) (active crm.Connection, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := stillHolds(ctx, tx, c, f); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			WITH old AS (SELECT id, credential_id, retired_credential_id, user_id FROM connections WHERE id = $1),
			-- A credential that was retired and never used up goes as well.
			queued AS (
				INSERT INTO credential_deletions (id, user_id, credential_id)
				SELECT $4, user_id, retired_credential_id FROM old
				WHERE retired_credential_id IS NOT NULL AND credential_id IS DISTINCT FROM $2
				ON CONFLICT (credential_id) DO NOTHING)
			UPDATE connections c SET
				credential_id = $2, status = 'active', status_reason = '', updated_at = now(),
				account_name = CASE WHEN $3 = '' THEN c.account_name ELSE $3 END,
				retired_credential_id = CASE WHEN old.credential_id IS DISTINCT FROM $2 THEN old.credential_id
				                             ELSE old.retired_credential_id END
			FROM old WHERE c.id = old.id`,
			c.ID, credential.ID, credential.Name, uuid.Must(uuid.NewV7())); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, endFlows, c.ID); err != nil {
			return err
		}
		if err := resume(ctx, tx, c.ID); err != nil {
			return err
		}
		active, err = connectionByID(ctx, tx, c.ID)
		return err
	})
	return active, err
}

const endFlows = `UPDATE flows SET ended_at = now(), outcome = 'superseded' WHERE connection_id = $1 AND ended_at IS NULL`

// stillHolds locks the connection and checks that what led to the credential is still in force: the flow has not ended,
// or, without a flow, the connection is as it was read.
func stillHolds(ctx context.Context, tx pgx.Tx, c crm.Connection, f *crm.Flow) error {
	var status crm.ConnectionStatus
	if err := tx.QueryRow(ctx, `SELECT status FROM connections WHERE id = $1 FOR UPDATE`, c.ID).Scan(&status); err != nil {
		return err
	}
	if f == nil {
		if status == c.Status {
			return nil
		}
		return &crm.Error{Code: crm.Conflict, Detail: "The connection was changed by another request."}
	}
	tag, err := tx.Exec(ctx, `UPDATE flows SET ended_at = now(), outcome = 'fulfilled' WHERE id = $1 AND ended_at IS NULL`, f.ID)
	if err == nil && tag.RowsAffected() != 1 {
		return &crm.Error{Code: crm.Conflict, Detail: "This attempt to connect a CRM has ended."}
	}
	return err
}

// NoteReason stores why a connection still waits.
func (s *Store) NoteReason(ctx context.Context, id uuid.UUID, reason string) (noted crm.Connection, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE connections SET status_reason = $2, updated_at = now() WHERE id = $1 AND status <> 'active'`, id, reason); err != nil {
			return err
		}
		noted, err = connectionByID(ctx, tx, id)
		return err
	})
	return noted, err
}

// Disconnect ends local use: the connection keeps its id and its memory, its credentials are queued for deletion.
func (s *Store) Disconnect(ctx context.Context, user string, id uuid.UUID) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var found bool
		if err := tx.QueryRow(ctx, `
			SELECT true FROM connections c JOIN users u ON u.id = c.user_id
			WHERE c.id = $1 AND u.external_id = $2 FOR UPDATE OF c`, id, user).Scan(&found); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				return crm.NoSuchConnection()
			}
			return err
		}
		if err := queueDeletions(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE connections SET status = 'disconnected', status_reason = '', credential_id = NULL,
				retired_credential_id = NULL, updated_at = now()
			WHERE id = $1 AND status <> 'disconnected'`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, endFlows, id)
		return err
	})
}

// CredentialRefused moves the connection to needs_reconnect, if it still uses this credential.
func (s *Store) CredentialRefused(ctx context.Context, id uuid.UUID, credentialID, reason string) error {
	_, err := s.exec(ctx, `
		UPDATE connections SET status = 'needs_reconnect', status_reason = $3, updated_at = now()
		WHERE id = $1 AND credential_id = $2 AND status = 'active'`, id, credentialID, reason)
	return err
}

func connectionByID(ctx context.Context, tx pgx.Tx, id uuid.UUID) (crm.Connection, error) {
	rows, err := tx.Query(ctx, selectConnection+`WHERE c.id = $1`, id)
	if err != nil {
		return crm.Connection{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanConnection)
}
