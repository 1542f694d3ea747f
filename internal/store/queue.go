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
					digest, crm_record_id, crm_url, mapping_version, draft, expect, warnings, assume_absent, created_at, due_at)
				SELECT $1, c.user_id, c.id, $3, $4, $5, 'queued', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
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
			s.sealWarnings(send), in.AssumeAbsent, attention, key, fingerprint)
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

// WakeDue gives waiting sends that are due to the workers, up to five hundred, and returns how many. What waits for a
// connector that is down waits on.
func (s *Store) WakeDue(ctx context.Context, down []string) (woken int, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			UPDATE sends SET due_at = clock_timestamp() + $1::interval WHERE id IN (
				SELECT id FROM sends WHERE due_at <= clock_timestamp() AND connector <> ALL($2::text[])
				ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED)
			RETURNING id`, attention, append([]string{}, down...))
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
		if p.Send, err = s.scanSendAnd(row, &p.User, &draft, &p.Expect, &p.Rounds, &p.Lookups, &p.Recreated, &p.AssumeAbsent,
			&p.Age, &p.UnknownFor); err != nil {
			return p, err
		}
		if p.Draft, err = s.sealer.open(draftContext(p.ID), draft); err != nil {
			err = &crm.Error{Code: crm.Internal, Detail: "The record's fields cannot be read.", Err: err}
		}
		return p, err
	}, `
		SELECT `+sendColumns+`, u.external_id, s.draft, s.expect, s.rounds, s.lookups, s.recreated, s.assume_absent,
			make_interval(secs => extract(epoch FROM clock_timestamp() - s.created_at)),
			make_interval(secs => coalesce(extract(epoch FROM clock_timestamp() - s.unknown_since), 0))
		FROM sends s JOIN users u ON u.id = s.user_id WHERE s.id = $1`, id)
}

// Postpone puts a waiting send off.
func (s *Store) Postpone(ctx context.Context, id uuid.UUID, by time.Duration, f *crm.Failure) error {
	_, err := s.exec(ctx, `
		UPDATE sends SET due_at = clock_timestamp() + $2::interval, rounds = rounds + 1, failure = coalesce($3, failure)
		WHERE id = $1 AND status IN ('queued', 'unknown')`, id, by, s.sealFailure(id, f))
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
		UPDATE sends SET due_at = clock_timestamp() WHERE connection_id = $1 AND due_at IS NOT NULL AND isfinite(due_at)`,
		connection)
	return err
}
