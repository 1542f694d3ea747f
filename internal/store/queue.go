package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// attention is how long a worker has for a send before it is given to another one.
const attention = 20 * time.Second

// Enqueue commits a `queued` row, its key, and the job that brings it to a worker.
func (s *Store) Enqueue(ctx context.Context, in crm.Intent) (queued crm.Send, err error) {
	send := in.Send
	key, fingerprint := keyArgs(in.Key)
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			WITH s AS (
				INSERT INTO sends AS s (id, user_id, connection_id, connector, object, record_id, status, operation, action,
					digest, crm_record_id, crm_url, mapping_version, draft, expect, warnings, ruled_out, accepted, created_at, due_at)
				SELECT $1, c.user_id, c.id, $3, $4, $5, 'queued', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, true,
					clock_timestamp(), clock_timestamp() + $16::interval
				FROM connections c WHERE c.id = $2 AND c.status = 'active'
				RETURNING *
			), k AS (
				INSERT INTO idempotency_keys (user_id, key, fingerprint, send_id)
				SELECT s.user_id, $17, $18, s.id FROM s WHERE $17 <> ''
			)
			SELECT `+sendColumns+` FROM s`,
			send.ID, send.ConnectionID, send.Connector, send.Object, send.RecordID, string(send.Operation), send.Action,
			send.Digest, send.CRMRecordID, send.CRMURL, send.MappingVersion, s.sealDraft(send.ID, in.Draft), in.Expect,
			s.sealWarnings(send), append([]string{}, in.RuledOut...), attention, key, fingerprint)
		if err != nil {
			return err
		}
		if queued, err = pgx.CollectExactlyOneRow(rows, s.scanSend); err != nil {
			return keyTaken(err)
		}
		return s.enqueue(ctx, tx, queued.ID)
	})
	if crm.CodeOf(err) == crm.NotFound {
		err = &crm.Error{Code: crm.ConnectionNotReady, Detail: "The connection was disconnected meanwhile."}
	}
	return queued, err
}

// wakeDue takes, of each connection's waiting sends that are due, as many as it can make now: none while it is paused or
// its next turn is far away. The first part steps from connection to connection through the index; so a connection with a
// hundred thousand sends keeps no other waiting. $2 connectors that are down, $3 sends of one connection, $4 far away.
const wakeDue = `
	WITH RECURSIVE c AS (
		(SELECT connection_id AS id FROM sends WHERE due_at IS NOT NULL ORDER BY connection_id LIMIT 1)
		UNION ALL
		SELECT (SELECT connection_id FROM sends WHERE due_at IS NOT NULL AND connection_id > c.id ORDER BY connection_id LIMIT 1)
		FROM c WHERE c.id IS NOT NULL
	), due AS (
		SELECT d.id FROM c LEFT JOIN paces p ON p.connection_id = c.id CROSS JOIN LATERAL (
			SELECT id FROM sends s
			WHERE s.connection_id = c.id AND s.due_at IS NOT NULL AND s.due_at <= clock_timestamp() AND s.connector <> ALL($2::text[])
			ORDER BY s.due_at LIMIT $3 FOR UPDATE SKIP LOCKED) d
		WHERE c.id IS NOT NULL AND coalesce(greatest(p.next_slot, p.blocked_until) <= clock_timestamp() + $4::interval, true)
		ORDER BY random() LIMIT 500
	)
	UPDATE sends SET due_at = clock_timestamp() + $1::interval WHERE id IN (SELECT id FROM due) RETURNING id`

// WakeDue gives waiting sends that are due to the workers, and returns how many.
func (s *Store) WakeDue(ctx context.Context, r crm.Round) (woken int, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, wakeDue, attention, append([]string{}, r.Down...), r.PerConnection, r.Horizon)
		if err != nil {
			return err
		}
		due, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return err
		}
		woken = len(due)
		return s.enqueue(ctx, tx, due...)
	})
	return woken, err
}

// Hasten makes what waits for a connector due now.
func (s *Store) Hasten(ctx context.Context, connector string) error {
	_, err := s.exec(ctx, `
		UPDATE sends SET due_at = clock_timestamp()
		WHERE due_at > clock_timestamp() AND isfinite(due_at) AND connector = $1 AND status IN ('queued', 'unknown')`, connector)
	return err
}

// Waiting returns a send with what it takes to go on.
func (s *Store) Waiting(ctx context.Context, id uuid.UUID) (crm.Waiting, error) {
	return one(ctx, s.pool, func(row pgx.CollectableRow) (p crm.Waiting, err error) {
		var draft []byte
		if p.Send, err = s.scanSendAnd(row, &p.User, &draft, &p.Expect, &p.Rounds, &p.Lookups, &p.Recreated, &p.RuledOut,
			&p.Ahead, &p.Age, &p.UnknownFor); err != nil {
			return p, err
		}
		if p.Draft, err = s.sealer.open(draftContext(p.ID), draft); err != nil {
			p.Draft = nil // its key is gone; the send must not stand in the way of later ones for ever
		}
		return p, nil
	}, `
		SELECT `+sendColumns+`, u.external_id, s.draft, s.expect, s.rounds, s.lookups, s.recreated, s.ruled_out,
			EXISTS (SELECT FROM sends a WHERE a.connection_id = s.connection_id AND a.object = s.object AND a.record_id = s.record_id
				AND a.due_at IS NOT NULL AND a.status = 'queued' AND (a.created_at, a.id) < (s.created_at, s.id))
			OR EXISTS (SELECT FROM links l WHERE l.connection_id = s.connection_id AND l.object = s.object AND l.record_id = s.record_id
				AND (l.lease_expires_at > clock_timestamp() OR l.unresolved_send_id <> s.id)),
			make_interval(secs => extract(epoch FROM clock_timestamp() - s.trying_since)),
			make_interval(secs => coalesce(extract(epoch FROM clock_timestamp() - s.unknown_since), 0))
		FROM sends s JOIN users u ON u.id = s.user_id WHERE s.id = $1`, id)
}

// Postpone puts a waiting send off. One that waits for a reconnect does not miss one that has just happened: the lock on
// the connection waits for it.
func (s *Store) Postpone(ctx context.Context, id uuid.UUID, by time.Duration, f *crm.Failure) error {
	_, err := s.exec(ctx, `
		WITH c AS (
			SELECT c.status FROM connections c JOIN sends s ON s.connection_id = c.id WHERE s.id = $1 AND $4 FOR SHARE OF c
		)
		UPDATE sends SET rounds = rounds + 1, failure = coalesce($3, failure),
			due_at = clock_timestamp() + CASE WHEN EXISTS (SELECT FROM c WHERE status = 'active') THEN interval '0' ELSE $2::interval END
		WHERE id = $1 AND status IN ('queued', 'unknown')`,
		id, by, s.sealFailure(id, f), f != nil && f.Code == crm.ReconnectRequired)
	return err
}

// Dismiss ends a queued send as failed.
func (s *Store) Dismiss(ctx context.Context, id uuid.UUID, f crm.Failure) error {
	_, err := s.exec(ctx, `
		UPDATE sends SET status = 'failed', failure = $2, due_at = NULL, completed_at = clock_timestamp()
		WHERE id = $1 AND status = 'queued'`, id, s.sealFailure(id, &f))
	return err
}

// resume has the connection's queued and unknown sends attended to now: it can be used again.
func resume(ctx context.Context, tx pgx.Tx, connection uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		UPDATE sends SET due_at = clock_timestamp(), trying_since = clock_timestamp() WHERE connection_id = $1 AND due_at IS NOT NULL AND isfinite(due_at)`,
		connection)
	return err
}
