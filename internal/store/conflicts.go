package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
)

const conflictColumns = `k.id, k.kind, k.connection_id, k.send_id, k.object, k.record_id, k.candidates, k.created_at,
	coalesce(k.choice, ''), k.resolved_at`

func (s *Store) scanConflict(row pgx.CollectableRow) (c crm.Review, err error) {
	var candidates []byte
	if err := row.Scan(&c.ID, &c.Kind, &c.ConnectionID, &c.SendID, &c.Object, &c.RecordID, &candidates, &c.CreatedAt,
		&c.Choice, (*zeronull.Timestamptz)(&c.ResolvedAt)); err != nil {
		return c, err
	}
	return c, s.unseal(candidatesContext(c.ID), candidates, &c.Candidates, "The CRM records that match")
}

// Conflicts returns a page of the user's open conflicts, newest first.
func (s *Store) Conflicts(ctx context.Context, user string, p crm.Page) ([]crm.Review, error) {
	return collect(ctx, s.pool, s.scanConflict, `
		SELECT `+conflictColumns+` FROM conflicts k
		WHERE k.user_id = (SELECT id FROM users WHERE external_id = $1) AND k.resolved_at IS NULL
		  AND ($2::uuid = $3::uuid OR k.id < $2)
		ORDER BY k.id DESC LIMIT $4`, user, p.Cursor, uuid.Nil, p.Limit)
}

// addConflict asks a person about a send, once.
func (s *Store) addConflict(ctx context.Context, tx pgx.Tx, send uuid.UUID, kind string, candidates []crm.Candidate) error {
	id := uuid.Must(uuid.NewV7())
	_, err := tx.Exec(ctx, `
		INSERT INTO conflicts (id, user_id, connection_id, send_id, kind, object, record_id, candidates)
		SELECT $1, s.user_id, s.connection_id, s.id, $3, s.object, s.record_id, $4 FROM sends s WHERE s.id = $2
		ON CONFLICT (send_id) WHERE resolved_at IS NULL DO NOTHING`,
		id, send, kind, s.sealCandidates(id, candidates))
	return err
}

// closeConflict withdraws the question: the answer was found without the person.
func closeConflict(ctx context.Context, tx pgx.Tx, send uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		UPDATE conflicts SET choice = 'settled', resolved_at = clock_timestamp() WHERE send_id = $1 AND resolved_at IS NULL`, send)
	return err
}

// Resolve does what a person chose, in one transaction: the conflict, its send and the record's link.
func (s *Store) Resolve(ctx context.Context, user string, id uuid.UUID, r crm.Resolution) (resolved crm.Review, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT `+conflictColumns+` FROM conflicts k JOIN users u ON u.id = k.user_id
			WHERE k.id = $1 AND u.external_id = $2 FOR UPDATE OF k`, id, user)
		if err != nil {
			return err
		}
		if resolved, err = pgx.CollectExactlyOneRow(rows, s.scanConflict); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				return crm.NoSuchConflict()
			}
			return err
		}
		if resolved.Choice != "" {
			return &crm.Error{Code: crm.Conflict, Detail: "This conflict has been settled already.", SendID: resolved.SendID.String()}
		}
		resolved.Choice = r.Choice
		if err := tx.QueryRow(ctx, `
			UPDATE conflicts SET choice = $2, resolved_at = clock_timestamp() WHERE id = $1 RETURNING resolved_at`,
			id, r.Choice).Scan(&resolved.ResolvedAt); err != nil {
			return err
		}
		return s.carryOut(ctx, tx, resolved, r)
	})
	return resolved, err
}

// carryOut moves the send and its link as the person chose.
func (s *Store) carryOut(ctx context.Context, tx pgx.Tx, c crm.Review, r crm.Resolution) error {
	var link uuid.UUID
	if err := tx.QueryRow(ctx, `
		SELECT id FROM links WHERE connection_id = $1 AND object = $2 AND record_id = $3 FOR UPDATE`,
		c.ConnectionID, c.Object, c.RecordID).Scan(&link); err != nil {
		return err
	}
	if err := free(ctx, tx, link, r.CRMRecordID, ""); err != nil {
		return err
	}
	var status string
	if err := tx.QueryRow(ctx, `
		UPDATE sends SET
			status = CASE WHEN $2 = 'skip' THEN 'canceled' WHEN draft IS NULL THEN 'succeeded' ELSE 'queued' END,
			assume_absent = $2 = 'create', expect = '', crm_record_id = $3, crm_url = '', lookups = 0, recreated = 0,
			failure = CASE WHEN $2 = 'skip' THEN failure END,
			due_at = CASE WHEN $2 <> 'skip' AND draft IS NOT NULL THEN clock_timestamp() + $4::interval END,
			completed_at = CASE WHEN $2 = 'skip' OR draft IS NULL THEN clock_timestamp() END
		WHERE id = $1 AND status IN ('unknown', 'needs_review') AND ($2 <> 'create' OR draft IS NOT NULL)
		RETURNING status`, c.SendID, r.Choice, r.CRMRecordID, attention).Scan(&status); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return &crm.Error{Code: crm.Conflict, Detail: "The send can no longer go on; send the record again.", SendID: c.SendID.String()}
		}
		return err
	}
	if status != string(crm.Queued) {
		return nil
	}
	return s.enqueue(ctx, tx, c.SendID)
}

// Requeue sets a send that has ended without success on its way again, or has a waiting one attended to now.
func (s *Store) Requeue(ctx context.Context, user string, id uuid.UUID) (requeued crm.Send, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var status crm.SendStatus
		var undo, kept, overtaken bool
		if err := tx.QueryRow(ctx, `
			SELECT s.status, s.undoes IS NOT NULL, s.draft IS NOT NULL, EXISTS (
				SELECT FROM sends n WHERE n.connection_id = s.connection_id AND n.object = s.object AND n.record_id = s.record_id
				  AND n.user_id = s.user_id AND n.id > s.id AND n.status NOT IN ('failed', 'canceled'))
			FROM sends s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND u.external_id = $2 FOR UPDATE OF s`, id, user,
		).Scan(&status, &undo, &kept, &overtaken); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				return crm.NoSuchSend()
			}
			return err
		}
		if objection := againstRetry(status, undo, kept, overtaken); objection != nil {
			objection.SendID = id.String()
			return objection
		}
		rows, err := tx.Query(ctx, `
			UPDATE sends s SET status = CASE WHEN status = 'unknown' THEN status ELSE 'queued' END,
				due_at = clock_timestamp() + $2::interval, rounds = 0, completed_at = NULL,
				failure = CASE WHEN status = 'unknown' THEN failure END
			WHERE id = $1 RETURNING `+sendColumns, id, attention)
		if err != nil {
			return err
		}
		if requeued, err = pgx.CollectExactlyOneRow(rows, s.scanSend); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, id)
	})
	return requeued, err
}

func againstRetry(status crm.SendStatus, undo, kept, overtaken bool) *crm.Error {
	switch {
	case status == crm.Sending:
		return &crm.Error{Code: crm.RequestInProgress, Detail: "This send is under way."}
	case status == crm.Queued, status == crm.Unknown:
		return nil
	case status == crm.NeedsReview:
		return &crm.Error{Code: crm.Conflict, Detail: "This send waits for a decision.", Remedy: "Settle it under GET /v1/conflicts."}
	case !status.MayBecome(crm.Queued):
		return &crm.Error{Code: crm.Conflict, Detail: "This send has succeeded; there is nothing to repeat."}
	case undo:
		return &crm.Error{Code: crm.Conflict, Detail: "This send took another one back.", Remedy: "Undo that one again."}
	case overtaken:
		return &crm.Error{Code: crm.Conflict, Detail: "A newer version of the record was sent since.", Remedy: "Send the record as it is now."}
	case !kept:
		return &crm.Error{Code: crm.Conflict, Detail: "The record's fields are no longer kept.", Remedy: "Send the record again."}
	}
	return nil
}
