package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// finishSend stores an outcome, the link and the release of the lease, in one statement: all of it, or nothing where the
// lease is no longer ours. $5 the view: set by a success only. An update whose answer was lost makes the view uncertain
// until a success.
const finishSend = `
	WITH l AS (
		UPDATE links SET
			crm_record_id = CASE WHEN $6 THEN NULL WHEN $4 = 'succeeded' THEN $7 ELSE crm_record_id END,
			crm_url = CASE WHEN $6 THEN '' WHEN $4 = 'succeeded' THEN $8 ELSE crm_url END,
			view = CASE WHEN $6 THEN NULL ELSE coalesce($5, view) END,
			view_certain = CASE WHEN $4 = 'succeeded' OR $6 THEN true WHEN $9 THEN false ELSE view_certain END,
			last_sent_at = CASE WHEN $4 = 'succeeded' THEN clock_timestamp() ELSE last_sent_at END,
			mapping_version = CASE WHEN $4 = 'succeeded' THEN (SELECT mapping_version FROM sends WHERE id = $2) ELSE mapping_version END,
			unresolved_send_id = CASE WHEN $4 = 'unknown' THEN $2 ELSE unresolved_send_id END,
			shared = shared AND NOT $6 OR $14,
			revision = revision + 1, lease_send_id = NULL, lease_claim = NULL, lease_expires_at = NULL
		WHERE id = $1 AND lease_send_id = $2 AND lease_token = $3
		  AND EXISTS (SELECT FROM sends WHERE id = $2 AND status = 'sending')
		RETURNING id
	)
	UPDATE sends s SET status = $4, crm_record_id = $7, crm_url = $8, execution_id = $10, attempts = $11, failure = $12,
		due_at = CASE $4 WHEN 'queued' THEN clock_timestamp() + $13::interval WHEN 'unknown' THEN clock_timestamp() WHEN 'needs_review' THEN 'infinity' END,
		unknown_since = CASE WHEN $4 = 'unknown' THEN clock_timestamp() + $13::interval END, lookups = 0,
		accepted = s.accepted OR $4 IN ('queued', 'unknown', 'needs_review'),
		completed_at = CASE WHEN $4 IN ('succeeded', 'failed') THEN clock_timestamp() END
	FROM l WHERE s.id = $2 RETURNING s.completed_at`

// finishing is an outcome on its way into the ledger.
type finishing struct {
	crm.Claim
	crm.Outcome
	shared bool // another record has taken the CRM record over meanwhile
}

// finishArgs are finishSend's.
func (s *Store) finishArgs(f finishing) []any {
	var view []byte
	if f.Status == crm.Succeeded && !f.Unlink {
		view = s.sealView(f.LinkID, f.View)
	}
	return []any{
		f.LinkID, f.SendID, f.Token, string(f.Status), view, f.Unlink, f.CRMRecordID, f.CRMURL, f.Uncertain,
		f.ExecutionID, f.Attempts, s.sealFailure(f.SendID, f.Failure), f.DueIn, f.shared,
	}
}

// Finish commits the outcome, the link and the release of the lease. Where the lease was lost and the send settled as
// unknown, a success that arrives after all still counts, as long as the record waits for it: until then nothing else can
// have been created. Anything else that comes late is a Conflict, and changes nothing. Outcomes that arrive at the same
// moment share a transaction.
func (s *Store) Finish(ctx context.Context, c crm.Claim, o crm.Outcome) (crm.Finished, error) {
	f := finishing{Claim: c, Outcome: o}
	if o.Status == crm.NeedsReview || o.Undoes != uuid.Nil {
		return s.finishMore(ctx, f)
	}
	done, err := s.finishes.Do(ctx, f)
	if violates(err, oneHolder) {
		// The CRM has made this very record for us; that another one adopted it in between cannot be undone here.
		f.shared = true
		done, err = s.finishes.Do(ctx, f)
	}
	if err != nil {
		return crm.Finished{}, translate(err)
	}
	if !done.stored {
		return s.finishLate(ctx, f)
	}
	return crm.Finished{At: done.at}, nil
}

// finished is finishSend's answer. at is zero for a send that is not at its end.
type finished struct {
	stored bool
	at     time.Time
}

func (d *finished) scan(rows pgx.Rows) error {
	at, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[*time.Time])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	d.stored = err == nil
	if at != nil {
		d.at = *at
	}
	return err
}

// runFinishes stores many outcomes in one transaction and one round trip, sorted as runBegins sorts.
func (s *Store) runFinishes(ctx context.Context, outcomes []finishing) ([]*finished, error) {
	order := make([]int, len(outcomes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(outcomes[a].Record, outcomes[b].Record) })
	answers := make([]*finished, len(outcomes))
	batch := &pgx.Batch{}
	for _, i := range order {
		answers[i] = &finished{}
		batch.Queue(finishSend, s.finishArgs(outcomes[i])...).Query(answers[i].scan)
	}
	return answers, s.pool.SendBatch(ctx, batch).Close()
}

// finishMore stores an outcome that concerns further rows.
func (s *Store) finishMore(ctx context.Context, f finishing) (crm.Finished, error) {
	var done finished
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		done = finished{}
		rows, err := tx.Query(ctx, finishSend, s.finishArgs(f)...)
		if err != nil {
			return err
		}
		if err := done.scan(rows); err != nil || !done.stored {
			return err
		}
		if f.Status == crm.NeedsReview {
			return s.addConflict(ctx, tx, f.SendID, crm.MatchConflict, f.Candidates)
		}
		if f.Status == crm.Succeeded {
			_, err = tx.Exec(ctx, `UPDATE sends SET undone_at = clock_timestamp() WHERE id = $1`, f.Undoes)
		}
		return err
	})
	if err == nil && !done.stored {
		return s.finishLate(ctx, f)
	}
	return crm.Finished{At: done.at}, err
}

// finishLate takes a success of which the record still waits to hear.
func (s *Store) finishLate(ctx context.Context, f finishing) (done crm.Finished, err error) {
	lost := &crm.Error{Code: crm.Conflict, Detail: "The lease on this record was lost."}
	if f.Status != crm.Succeeded || f.Unlink {
		return done, lost
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE links SET crm_record_id = $3, crm_url = $4, view = $5, view_certain = true, last_sent_at = clock_timestamp(),
				unresolved_send_id = NULL, revision = revision + 1
			WHERE id = $1 AND unresolved_send_id = $2 AND crm_record_id IS NULL AND lease_send_id IS NULL`,
			f.LinkID, f.SendID, f.CRMRecordID, f.CRMURL, s.sealView(f.LinkID, f.View))
		if err == nil && tag.RowsAffected() != 1 {
			err = lost
		}
		if err != nil {
			return err
		}
		if err := closeConflict(ctx, tx, f.SendID); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			UPDATE sends SET status = 'succeeded', crm_record_id = $2, crm_url = $3, execution_id = $4, attempts = $5,
				failure = NULL, due_at = NULL, completed_at = clock_timestamp()
			WHERE id = $1 AND status = 'unknown' RETURNING completed_at`,
			f.SendID, f.CRMRecordID, f.CRMURL, f.ExecutionID, f.Attempts).Scan(&done.At)
		if errors.Is(err, pgx.ErrNoRows) {
			return lost
		}
		return err
	})
	done.Late = true
	return done, err
}

// oneHolder is the index that keeps a CRM record to one record.
const oneHolder = "links_one_holder"

// Amend commits, before the call, that a send will do something else than it began with.
func (s *Store) Amend(ctx context.Context, c crm.Claim, a crm.Amendment) error {
	touched, err := s.exec(ctx, `
		WITH l AS (
			UPDATE links SET crm_record_id = nullif($4, ''), crm_url = $5, view = NULL, view_certain = ($4 = ''), revision = revision + 1
			WHERE id = $1 AND lease_send_id = $2 AND lease_token = $3 RETURNING id
		)
		UPDATE sends s SET operation = $6, action = $7, digest = $8, crm_record_id = $4, crm_url = $5, before = NULL
		FROM l WHERE s.id = $2 AND s.status = 'sending'`,
		c.LinkID, c.SendID, c.Token, a.CRMRecordID, a.CRMURL, string(a.Operation), a.Action, a.Digest)
	if violates(err, oneHolder) {
		return &crm.Error{Code: crm.CRMDuplicate, Detail: "The CRM record belongs to another record.", Err: err}
	}
	if err == nil && touched != 1 {
		return &crm.Error{Code: crm.Conflict, Detail: "The lease on this record was lost."}
	}
	return err
}
