package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

const flowColumns = `f.id, f.connection_id, f.state_hash, f.return_url, f.known, f.created_at, f.expires_at`

func scanFlow(row pgx.CollectableRow) (crm.Flow, error) {
	var f crm.Flow
	err := row.Scan(&f.ID, &f.ConnectionID, &f.StateHash, &f.ReturnURL, &f.Known, &f.CreatedAt, &f.ExpiresAt)
	return f, err
}

// BeginFlow stores a new flow of a connection. One that cannot be used waits for it from now on.
func (s *Store) BeginFlow(ctx context.Context, c crm.Connection, f crm.Flow) (begun crm.Connection, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := unlessDisconnected(ctx, tx, c); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE connections SET status = 'pending', updated_at = now()
			WHERE id = $1 AND status IN ('needs_input', 'disconnected')`, c.ID)
		if violates(err, "connections_waiting") {
			return &crm.Error{
				Code: crm.Conflict, Detail: "Another connection to this CRM is being set up.",
				Remedy: "Finish or delete that one first.", Err: err,
			}
		}
		if err != nil {
			return err
		}
		if err := addFlow(ctx, tx, c.ID, f); err != nil {
			return err
		}
		begun, err = connectionByID(ctx, tx, c.ID)
		return err
	})
	return begun, err
}

// unlessDisconnected locks the connection and refuses one that was disconnected since it was read.
func unlessDisconnected(ctx context.Context, tx pgx.Tx, read crm.Connection) error {
	var status crm.ConnectionStatus
	if err := tx.QueryRow(ctx, `SELECT status FROM connections WHERE id = $1 FOR UPDATE`, read.ID).Scan(&status); err != nil {
		return err
	}
	if status == crm.Disconnected && read.Status != crm.Disconnected {
		return &crm.Error{Code: crm.Conflict, Detail: "The connection was disconnected meanwhile."}
	}
	return nil
}

// addFlow ends the user's older flows for the same connector: of two that run at once, nobody could tell whose the new
// credential is.
func addFlow(ctx context.Context, tx pgx.Tx, connection uuid.UUID, f crm.Flow) error {
	if _, err := tx.Exec(ctx, `
		UPDATE flows SET ended_at = now(), outcome = 'superseded'
		FROM connections mine JOIN connections c ON c.user_id = mine.user_id AND c.connector = mine.connector
		WHERE mine.id = $1 AND flows.connection_id = c.id AND flows.ended_at IS NULL`, connection); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO flows (id, connection_id, state_hash, return_url, known, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		f.ID, connection, f.StateHash, f.ReturnURL, f.Known, f.CreatedAt, f.ExpiresAt)
	return err
}

// ConsumeFlow uses a state up, once.
func (s *Store) ConsumeFlow(ctx context.Context, stateHash []byte) (f crm.Flow, c crm.Connection, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			UPDATE flows f SET used_at = now()
			WHERE state_hash = $1 AND used_at IS NULL AND expires_at > now()
			  AND (ended_at IS NULL OR outcome = 'fulfilled')
			RETURNING `+flowColumns, stateHash)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, scanFlow)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return lostFlow(ctx, tx, stateHash)
		}
		f = found[0]
		c, err = connectionByID(ctx, tx, f.ConnectionID)
		return err
	})
	return f, c, err
}

// lostFlow says why a state cannot be used.
func lostFlow(ctx context.Context, tx pgx.Tx, stateHash []byte) error {
	var used, ended bool
	err := tx.QueryRow(ctx, `SELECT used_at IS NOT NULL, ended_at IS NOT NULL FROM flows WHERE state_hash = $1`, stateHash).Scan(&used, &ended)
	remedy := "Start connecting the CRM again."
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return &crm.Error{Code: crm.NotFound, Detail: "This address belongs to no attempt to connect a CRM.", Remedy: remedy}
	case err != nil:
		return err
	case used:
		return &crm.Error{Code: crm.NotFound, Gone: true, Detail: "This attempt to connect a CRM is already finished.", Remedy: remedy}
	case ended:
		return &crm.Error{Code: crm.NotFound, Gone: true, Detail: "This attempt to connect a CRM was replaced by a newer one.", Remedy: remedy}
	}
	return &crm.Error{Code: crm.NotFound, Gone: true, Detail: "This attempt to connect a CRM took too long.", Remedy: remedy}
}

// Fulfilled reports whether the flow has led to a credential, and returns its connection as it is now.
func (s *Store) Fulfilled(ctx context.Context, f crm.Flow) (crm.Connection, bool, error) {
	found, err := collect(ctx, s.pool, scanConnection, selectConnection+`
		JOIN flows f ON f.connection_id = c.id WHERE f.id = $1 AND f.outcome = 'fulfilled' AND c.status = 'active'`, f.ID)
	if err != nil || len(found) == 0 {
		return crm.Connection{}, false, err
	}
	return found[0], true, nil
}

// LiveFlow returns the user's flow for a connector that has not ended, with its connection.
func (s *Store) LiveFlow(ctx context.Context, user uuid.UUID, connector string) (f crm.Flow, c crm.Connection, live bool, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT `+flowColumns+` FROM flows f JOIN connections c ON c.id = f.connection_id
			WHERE c.user_id = $1 AND c.connector = $2 AND f.ended_at IS NULL AND f.expires_at > now() - interval '1 hour'
			ORDER BY f.id DESC LIMIT 1`, user, connector)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, scanFlow)
		if err != nil || len(found) == 0 {
			return err
		}
		f, live = found[0], true
		c, err = connectionByID(ctx, tx, f.ConnectionID)
		return err
	})
	return f, c, live, err
}

// CheckableFlow returns the flow that a waiting connection hopes for, at most once per interval. A credential may be
// listed late, or the browser may never come back: a flow stays checkable for a while after it has expired.
func (s *Store) CheckableFlow(ctx context.Context, connection uuid.UUID, interval time.Duration) (crm.Flow, bool, error) {
	found, err := collect(ctx, s.pool, scanFlow, `
		UPDATE flows f SET checked_at = now()
		WHERE f.connection_id = $1 AND f.ended_at IS NULL AND f.expires_at > now() - interval '1 hour'
		  AND (f.checked_at IS NULL OR f.checked_at < now() - $2::interval)
		RETURNING `+flowColumns, connection, interval)
	if err != nil || len(found) == 0 {
		return crm.Flow{}, false, err
	}
	return found[0], true, nil
}

// ForgetFlows removes flows that ended a day ago.
func (s *Store) ForgetFlows(ctx context.Context) error {
	_, err := s.exec(ctx, `DELETE FROM flows WHERE expires_at < now() - interval '1 day'`)
	return err
}
