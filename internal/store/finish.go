package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sendtocrm/internal/crm"
)

// Finish commits the outcome, the link and the release of the lease. Where the lease was lost and the send settled as
// unknown, a success that arrives after all still counts, as long as the record waits for it: until then nothing else can
// have been created. Anything else that comes late is a Conflict, and changes nothing.
func (s *Store) Finish(ctx context.Context, c crm.Claim, o crm.Outcome) (done crm.Send, err error) {
	var view []byte
	if o.Status == crm.Succeeded {
		plain, err := json.Marshal(o.View)
		if err != nil {
			return done, &crm.Error{Code: crm.Internal, Detail: "What was sent cannot be stored.", Err: err}
		}
		view = s.sealer.seal(viewContext(c.LinkID), plain)
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		batch := &pgx.Batch{}
		var released int64
		// $5 the view: set by a success only. An update whose answer was lost makes the view uncertain until a success.
		batch.Queue(`
			UPDATE links SET
				crm_record_id = CASE WHEN $6 THEN NULL WHEN $4 = 'succeeded' THEN $7 ELSE crm_record_id END,
				crm_url = CASE WHEN $6 THEN '' WHEN $4 = 'succeeded' THEN $8 ELSE crm_url END,
				view = CASE WHEN $6 THEN NULL ELSE coalesce($5, view) END,
				view_certain = CASE WHEN $4 = 'succeeded' OR $6 THEN true WHEN $9 THEN false ELSE view_certain END,
				last_sent_at = CASE WHEN $4 = 'succeeded' THEN clock_timestamp() ELSE last_sent_at END,
				unresolved_send_id = CASE WHEN $4 = 'unknown' THEN $2 ELSE unresolved_send_id END,
				revision = revision + 1, lease_send_id = NULL, lease_expires_at = NULL
			WHERE id = $1 AND lease_send_id = $2 AND lease_token = $3`,
			c.LinkID, c.SendID, c.Token, string(o.Status), view, o.Unlink, o.CRMRecordID, o.CRMURL, o.Uncertain,
		).Exec(func(tag pgconn.CommandTag) error {
			released = tag.RowsAffected()
			return nil
		})
		batch.Queue(`
			UPDATE sends s SET status = $2, crm_record_id = $3, crm_url = $4, execution_id = $5, attempts = $6, failure = $7,
				completed_at = CASE WHEN $2 = 'unknown' THEN NULL ELSE clock_timestamp() END
			WHERE s.id = $1 AND s.status = 'sending' RETURNING `+sendColumns,
			c.SendID, string(o.Status), o.CRMRecordID, o.CRMURL, o.ExecutionID, o.Attempts, s.sealFailure(c.SendID, o.Failure),
		).Query(func(rows pgx.Rows) error {
			done, err = pgx.CollectExactlyOneRow(rows, s.scanSend)
			return err
		})
		err := tx.SendBatch(ctx, batch).Close()
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && released != 1) {
			done, err = s.finishLate(ctx, tx, c, o, view)
		}
		return err
	})
	return done, err
}

func (s *Store) finishLate(ctx context.Context, tx pgx.Tx, c crm.Claim, o crm.Outcome, view []byte) (crm.Send, error) {
	lost := &crm.Error{Code: crm.Conflict, Detail: "The lease on this record was lost."}
	if o.Status != crm.Succeeded {
		return crm.Send{}, lost
	}
	tag, err := tx.Exec(ctx, `
		UPDATE links SET crm_record_id = $3, crm_url = $4, view = $5, view_certain = true, last_sent_at = clock_timestamp(),
			unresolved_send_id = NULL, revision = revision + 1
		WHERE id = $1 AND unresolved_send_id = $2 AND crm_record_id IS NULL AND lease_send_id IS NULL`,
		c.LinkID, c.SendID, o.CRMRecordID, o.CRMURL, view)
	if err != nil {
		return crm.Send{}, err
	}
	if tag.RowsAffected() != 1 {
		return crm.Send{}, lost
	}
	rows, err := tx.Query(ctx, `
		UPDATE sends s SET status = 'succeeded', crm_record_id = $2, crm_url = $3, execution_id = $4, attempts = $5,
			failure = NULL, completed_at = clock_timestamp()
		WHERE s.id = $1 AND s.status = 'unknown' RETURNING `+sendColumns,
		c.SendID, o.CRMRecordID, o.CRMURL, o.ExecutionID, o.Attempts)
	if err != nil {
		return crm.Send{}, err
	}
	return pgx.CollectExactlyOneRow(rows, s.scanSend)
}

// interrupted is the failure of a send whose process died, or came too late, while the CRM was being called.
func interrupted(operation crm.Operation) *crm.Failure {
	if operation == crm.Create {
		return &crm.Failure{Code: crm.OutcomeUnknown, Detail: "The record may have been created in the CRM: the send was interrupted."}
	}
	return &crm.Failure{Code: crm.UpstreamUnavailable, Detail: "The send was interrupted; it can be repeated."}
}

// settle ends a send whose lease has run out. A create becomes unknown and blocks further creates of its record; an
// update failed and is safe to repeat, in full.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, link, send uuid.UUID) error {
	var operation crm.Operation
	if err := tx.QueryRow(ctx, `SELECT operation FROM sends WHERE id = $1 FOR UPDATE`, send).Scan(&operation); err != nil {
		return err
	}
	status := crm.Failed
	if operation == crm.Create {
		status = crm.Unknown
	}
	if _, err := tx.Exec(ctx, `
		UPDATE sends SET status = $2, failure = $3, attempts = greatest(attempts, 1),
			completed_at = CASE WHEN $2 = 'unknown' THEN NULL ELSE clock_timestamp() END
		WHERE id = $1 AND status = 'sending'`, send, string(status), s.sealFailure(send, interrupted(operation))); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE links SET revision = revision + 1, lease_send_id = NULL, lease_expires_at = NULL,
			unresolved_send_id = CASE WHEN $3 = 'unknown' THEN $2 ELSE unresolved_send_id END,
			view_certain = view_certain AND $3 = 'unknown'
		WHERE id = $1 AND lease_send_id = $2`, link, send, string(status))
	return err
}

// Withdraw takes back a send that has certainly made no call: it failed, and its record is free.
func (s *Store) Withdraw(ctx context.Context, send uuid.UUID) (found bool, err error) {
	failure := &crm.Failure{Code: crm.StorageUnavailable, Detail: "The database did not answer in time; the CRM was not called."}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE links l SET revision = l.revision + 1,
				lease_send_id = nullif(l.lease_send_id, $1),
				lease_expires_at = CASE WHEN l.lease_send_id = $1 THEN NULL ELSE l.lease_expires_at END,
				unresolved_send_id = nullif(l.unresolved_send_id, $1)
			FROM sends s
			WHERE s.id = $1 AND l.connection_id = s.connection_id AND l.object = s.object AND l.record_id = s.record_id
			  AND (l.lease_send_id = $1 OR l.unresolved_send_id = $1)`, send); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			UPDATE sends SET status = 'failed', failure = $2, attempts = 0, completed_at = clock_timestamp()
			WHERE id = $1 AND status IN ('sending', 'unknown')`, send, s.sealFailure(send, failure))
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT $2::bigint > 0 OR EXISTS (SELECT FROM sends WHERE id = $1)`, send, tag.RowsAffected()).Scan(&found)
	})
	return found, err
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
