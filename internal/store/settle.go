package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// Settle stores what a look-up found out about an unknown send, if it is still unknown.
func (s *Store) Settle(ctx context.Context, id uuid.UUID, found crm.Settlement) error {
	err := s.settleAs(ctx, id, found)
	if violates(err, oneHolder) { // another record has taken it over since the look-up: look again
		found.Status, found.AskPerson, found.LookAgainIn = crm.Unknown, false, attention
		return s.settleAs(ctx, id, found)
	}
	return err
}

func (s *Store) settleAs(ctx context.Context, id uuid.UUID, found crm.Settlement) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		link, err := unresolvedLink(ctx, tx, id)
		if err != nil {
			return ignoreNone(err)
		}
		switch found.Status {
		case crm.Succeeded:
			return s.settleFound(ctx, tx, link, id, found)
		case crm.Queued:
			return s.settleAgain(ctx, tx, link, id, found)
		case crm.NeedsReview:
			if _, err := tx.Exec(ctx, `UPDATE sends SET status = 'needs_review', due_at = 'infinity' WHERE id = $1`, id); err != nil {
				return err
			}
			return s.addConflict(ctx, tx, id, crm.MatchConflict, found.Candidates)
		}
		if found.AskPerson {
			if err := s.addConflict(ctx, tx, id, crm.OutcomeConflict, nil); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `
			UPDATE sends SET lookups = lookups + 1, rounds = 0, due_at = CASE WHEN $3 THEN 'infinity' ELSE clock_timestamp() + $2::interval END
			WHERE id = $1`, id, found.LookAgainIn, found.AskPerson)
		return err
	})
}

// unresolvedLink locks the link that waits for the send, then the send. No row: it waits no longer.
func unresolvedLink(ctx context.Context, tx pgx.Tx, send uuid.UUID) (link uuid.UUID, err error) {
	if err := tx.QueryRow(ctx, `
		SELECT l.id FROM links l JOIN sends s ON s.connection_id = l.connection_id AND s.object = l.object AND s.record_id = l.record_id
		WHERE s.id = $1 AND l.unresolved_send_id = s.id FOR UPDATE OF l`, send).Scan(&link); err != nil {
		return link, err
	}
	return link, tx.QueryRow(ctx, `SELECT id FROM sends WHERE id = $1 AND status = 'unknown' FOR UPDATE`, send).Scan(&send)
}

// settleFound: the record is there, and holds what was sent.
func (s *Store) settleFound(ctx context.Context, tx pgx.Tx, link, send uuid.UUID, found crm.Settlement) error {
	if _, err := tx.Exec(ctx, `
		UPDATE links SET crm_record_id = $2, crm_url = $3, view = $4, view_certain = true, last_sent_at = clock_timestamp(),
			unresolved_send_id = NULL, revision = revision + 1 WHERE id = $1`,
		link, found.CRMRecordID, found.CRMURL, s.sealView(link, found.View)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE sends SET status = 'succeeded', crm_record_id = $2, crm_url = $3, failure = NULL, due_at = NULL, found = true,
			completed_at = clock_timestamp() WHERE id = $1`, send, found.CRMRecordID, found.CRMURL); err != nil {
		return err
	}
	return closeConflict(ctx, tx, send)
}

// settleAgain: the record is there and has to be updated, or it is certainly not there and may be created once more. What
// the caller expected was decided when the send was first made.
func (s *Store) settleAgain(ctx context.Context, tx pgx.Tx, link, send uuid.UUID, found crm.Settlement) error {
	if err := free(ctx, tx, link, send, found.CRMRecordID, found.CRMURL); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE sends SET status = 'queued', due_at = clock_timestamp() + $3::interval, lookups = 0, expect = '',
			recreated = recreated + ($2 = '')::int WHERE id = $1`, send, found.CRMRecordID, attention); err != nil {
		return err
	}
	if err := closeConflict(ctx, tx, send); err != nil {
		return err
	}
	return s.enqueue(ctx, tx, send)
}

// free takes the send's open question off a link; with a CRM record, that is the answer to it, and what it holds is not known.
func free(ctx context.Context, tx pgx.Tx, link, send uuid.UUID, crmRecordID, url string) error {
	_, err := tx.Exec(ctx, `
		UPDATE links SET unresolved_send_id = nullif(unresolved_send_id, $4), revision = revision + 1,
			crm_record_id = coalesce(nullif($2, ''), crm_record_id), crm_url = CASE WHEN $2 = '' THEN crm_url ELSE $3 END,
			view = CASE WHEN $2 = '' THEN view END, view_certain = view_certain AND $2 = ''
		WHERE id = $1`, link, crmRecordID, url, send)
	return err
}
