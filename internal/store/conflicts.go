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

// carryOut moves the send and its link as the person chose. What another send of the record is doing, or does not know, is
// not touched; and where a newer version was sent since, the older one does not go out any more.
func (s *Store) carryOut(ctx context.Context, tx pgx.Tx, c crm.Review, r crm.Resolution) error {
	var link uuid.UUID
	var elsewhere, overtaken bool
	if err := tx.QueryRow(ctx, `
		SELECT l.id, coalesce(l.lease_expires_at > clock_timestamp(), false) OR coalesce(l.unresolved_send_id <> $4, false)
		FROM links l WHERE l.connection_id = $1 AND l.object = $2 AND l.record_id = $3 FOR UPDATE`,
		c.ConnectionID, c.Object, c.RecordID, c.SendID).Scan(&link, &elsewhere); err != nil {
		return err
	}
	if elsewhere && r.Choice != crm.SkipChoice {
		return &crm.Error{Code: crm.RequestInProgress, Detail: "Another send of this record is under way, or waits for an answer of its own.", SendID: c.SendID.String()}
	}
	if err := tx.QueryRow(ctx, `SELECT `+newerSend+` FROM sends s WHERE s.id = $1`, c.SendID).Scan(&overtaken); err != nil {
		return err
	}
	if !elsewhere {
		if err := s.answerLink(ctx, tx, link, c, r); err != nil {
			return err
		}
	}
	end := r.Choice == crm.SkipChoice || overtaken
	var status string
	if err := tx.QueryRow(ctx, `
		UPDATE sends SET
			status = CASE WHEN $2 THEN 'canceled' WHEN draft IS NULL THEN 'succeeded' ELSE 'queued' END,
			ruled_out = CASE WHEN $5 THEN ruled_out || $6::text[] ELSE ruled_out END,
			expect = '', crm_record_id = $3, crm_url = '', lookups = 0, rounds = 0, recreated = 0,
			failure = CASE WHEN $2 THEN failure END, trying_since = clock_timestamp(),
			due_at = CASE WHEN NOT $2 AND draft IS NOT NULL THEN clock_timestamp() + $4::interval END,
			completed_at = CASE WHEN $2 OR draft IS NULL THEN clock_timestamp() END
		WHERE id = $1 AND status IN ('unknown', 'needs_review') AND ($2 OR NOT $5 OR draft IS NOT NULL)
		RETURNING status`, c.SendID, end, r.CRMRecordID, attention, r.Choice == crm.CreateChoice, candidateIDs(c)).Scan(&status); err != nil {
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

// answerLink writes the person's answer to the link. A CRM record that belongs to another record is shared from now on:
// the person was asked, and said so.
func (s *Store) answerLink(ctx context.Context, tx pgx.Tx, link uuid.UUID, c crm.Review, r crm.Resolution) error {
	if r.CRMRecordID != "" {
		if _, err := tx.Exec(ctx, `
			UPDATE links SET shared = EXISTS (
				SELECT FROM links o WHERE o.connection_id = $2 AND o.object = $3 AND o.crm_record_id = $4 AND o.id <> $1)
			WHERE id = $1`, link, c.ConnectionID, c.Object, r.CRMRecordID); err != nil {
			return err
		}
	}
	return free(ctx, tx, link, c.SendID, r.CRMRecordID, "")
}

func candidateIDs(c crm.Review) []string {
	ids := []string{}
	for _, candidate := range c.Candidates {
		ids = append(ids, candidate.CRMRecordID)
	}
	return ids
}

// newerSend is true for a send s of whose record a newer one was sent, or waits.
const newerSend = `EXISTS (
	SELECT FROM sends n WHERE n.user_id = s.user_id AND n.object = s.object AND n.record_id = s.record_id
	  AND n.connection_id = s.connection_id AND (n.created_at, n.id) > (s.created_at, s.id)
	  AND n.operation <> 'unchanged' AND n.status NOT IN ('failed', 'canceled'))`

// Requeue sets a send that has ended without success on its way again, or has a waiting one attended to now. The record's
// link is locked and changed, so that a send that was planned meanwhile plans anew and waits behind this one.
func (s *Store) Requeue(ctx context.Context, user string, id uuid.UUID) (requeued crm.Send, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var leased bool
		if err := tx.QueryRow(ctx, `
			UPDATE links l SET revision = l.revision + 1 FROM sends s JOIN users u ON u.id = s.user_id
			WHERE s.id = $1 AND u.external_id = $2 AND l.connection_id = s.connection_id AND l.object = s.object
			  AND l.record_id = s.record_id
			RETURNING coalesce(l.lease_expires_at > clock_timestamp(), false)`, id, user).Scan(&leased); ignoreNone(err) != nil {
			return err
		}
		var status crm.SendStatus
		var undo, kept, overtaken bool
		if err := tx.QueryRow(ctx, `
			SELECT s.status, s.undoes IS NOT NULL, s.draft IS NOT NULL, `+newerSend+`
			FROM sends s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND u.external_id = $2 FOR UPDATE OF s`, id, user,
		).Scan(&status, &undo, &kept, &overtaken); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				return crm.NoSuchSend()
			}
			return err
		}
		objection := againstRetry(status, undo, kept, overtaken)
		if objection == nil && leased && status != crm.Queued && status != crm.Unknown {
			objection = &crm.Error{Code: crm.RequestInProgress, Detail: "Another send of this record is under way."}
		}
		if objection != nil {
			objection.SendID = id.String()
			return objection
		}
		rows, err := tx.Query(ctx, `
			UPDATE sends s SET status = CASE WHEN status = 'unknown' THEN status ELSE 'queued' END, accepted = true,
				due_at = clock_timestamp() + $2::interval, rounds = 0, completed_at = NULL, trying_since = clock_timestamp(),
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
