package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// interrupted is the failure of a send whose process died, or came too late, while the CRM was being called.
func interrupted(status crm.SendStatus) *crm.Failure {
	switch status {
	case crm.Unknown:
		return &crm.Failure{Code: crm.OutcomeUnknown, Detail: "The record may have been created in the CRM: the send was interrupted."}
	case crm.Queued:
		return &crm.Failure{Code: crm.UpstreamUnavailable, Detail: "The send was interrupted; it is repeated."}
	default:
		return &crm.Failure{Code: crm.UpstreamUnavailable, Detail: "The send was interrupted; it can be repeated."}
	}
}

// settle ends the claim of a send whose lease has run out. A create becomes unknown and blocks further creates of its
// record; an update is safe to repeat, in full, and is queued for that.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, link, send uuid.UUID) error {
	var operation crm.Operation
	var repeatable bool
	err := tx.QueryRow(ctx, `
		SELECT s.operation, s.draft IS NOT NULL FROM sends s JOIN links l ON l.lease_send_id = s.id
		WHERE s.id = $1 AND l.id = $2 AND l.lease_expires_at < clock_timestamp() FOR UPDATE`, send, link).Scan(&operation, &repeatable)
	if err != nil {
		return ignoreNone(err) // settled by another meanwhile, or renewed after all
	}
	status := crm.Failed
	switch {
	case operation == crm.Create:
		status = crm.Unknown
	case operation == crm.Update && repeatable:
		status = crm.Queued
	}
	// The call may have begun at the very end of the lease: until its time is over too, it may still happen.
	tag, err := tx.Exec(ctx, `
		UPDATE sends SET status = $2, failure = $3, attempts = greatest(attempts, 1), lookups = 0,
			due_at = CASE WHEN $2 = 'failed' THEN NULL ELSE clock_timestamp() END,
			unknown_since = CASE WHEN $2 = 'unknown' THEN clock_timestamp() + $4::interval END,
			completed_at = CASE WHEN $2 = 'failed' THEN clock_timestamp() END
		WHERE id = $1 AND status = 'sending'`, send, string(status), s.sealFailure(send, interrupted(status)), s.callLimit)
	if err != nil {
		return err
	}
	called := tag.RowsAffected() == 1 // else it ended before its claim was given up, and called nothing
	_, err = tx.Exec(ctx, `
		UPDATE links SET revision = revision + 1, lease_send_id = NULL, lease_claim = NULL, lease_expires_at = NULL,
			unresolved_send_id = CASE WHEN $4 AND $3 = 'unknown' THEN $2 ELSE unresolved_send_id END,
			view_certain = view_certain AND ($3 = 'unknown' OR NOT $4)
		WHERE id = $1 AND lease_send_id = $2`, link, send, string(status), called)
	return err
}

// SettleExpired settles the sends whose lease has run out, up to a hundred, and returns how many.
func (s *Store) SettleExpired(ctx context.Context) (settled int, err error) {
	type expired struct{ link, send uuid.UUID }
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id, lease_send_id FROM links WHERE lease_send_id IS NOT NULL AND lease_expires_at < clock_timestamp()
			ORDER BY lease_expires_at LIMIT 100 FOR UPDATE SKIP LOCKED`)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e expired, err error) {
			err = row.Scan(&e.link, &e.send)
			return e, err
		})
		if err != nil {
			return err
		}
		for _, e := range found {
			if err := s.settle(ctx, tx, e.link, e.send); err != nil {
				return err
			}
		}
		settled = len(found)
		return nil
	})
	return settled, err
}

// Withdraw takes back a claim that has certainly made no call: its send failed, or is queued again if it came from there,
// and the record is free. A send that has since been taken up by another claim is left alone.
func (s *Store) Withdraw(ctx context.Context, send, claim uuid.UUID) (found bool, err error) {
	failure := &crm.Failure{Code: crm.StorageUnavailable, Detail: "The database did not answer in time; the CRM was not called."}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			WITH l AS (
				UPDATE links l SET revision = l.revision + 1, lease_send_id = NULL, lease_claim = NULL, lease_expires_at = NULL,
					unresolved_send_id = nullif(l.unresolved_send_id, $1)
				FROM sends s
				WHERE s.id = $1 AND l.connection_id = s.connection_id AND l.object = s.object AND l.record_id = s.record_id
				  AND (l.lease_send_id = $1 AND l.lease_claim = $2
				       -- Settled meanwhile, and nobody has claimed it since.
				       OR l.unresolved_send_id = $1 AND l.lease_send_id IS NULL AND s.claim = $2)
				RETURNING l.id
			)
			UPDATE sends s SET failure = $3, status = CASE WHEN accepted THEN 'queued' ELSE 'failed' END,
				attempts = CASE WHEN accepted THEN attempts ELSE 0 END,
				due_at = CASE WHEN accepted THEN clock_timestamp() END,
				completed_at = CASE WHEN accepted THEN NULL ELSE clock_timestamp() END
			FROM l WHERE s.id = $1 AND s.status IN ('sending', 'unknown')`, send, claim, s.sealFailure(send, failure)); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sends WHERE id = $1 AND claim = $2)`, send, claim).Scan(&found)
	})
	return found, err
}
