package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
)

const sendColumns = `s.id, s.connection_id, s.connector, s.object, s.record_id, s.status, s.operation, s.action,
	s.crm_record_id, s.crm_url, s.execution_id, s.attempts, s.failure, s.mapping_version, s.digest, s.warnings, s.undoes,
	s.created_at, s.completed_at, s.undone_at`

func (s *Store) scanSend(row pgx.CollectableRow) (crm.Send, error) { return s.scanSendAnd(row) }

// scanSendAnd scans sendColumns and what comes after them.
func (s *Store) scanSendAnd(row pgx.CollectableRow, more ...any) (crm.Send, error) {
	var send crm.Send
	var failure, warnings []byte
	if err := row.Scan(append([]any{
		&send.ID, &send.ConnectionID, &send.Connector, &send.Object, &send.RecordID, &send.Status, &send.Operation,
		&send.Action, &send.CRMRecordID, &send.CRMURL, &send.ExecutionID, &send.Attempts, &failure, &send.MappingVersion,
		&send.Digest, &warnings, (*zeronull.UUID)(&send.Undoes), &send.CreatedAt, (*zeronull.Timestamptz)(&send.CompletedAt),
		(*zeronull.Timestamptz)(&send.UndoneAt),
	}, more...)...); err != nil {
		return send, err
	}
	if err := s.unseal(warningsContext(send.ID), warnings, &send.Warnings, "What was noted about this send"); err != nil {
		return send, err
	}
	return send, s.unseal(failureContext(send.ID), failure, &send.Failure, "Why this send failed")
}

// Send returns one of the user's sends.
func (s *Store) Send(ctx context.Context, user string, id uuid.UUID) (crm.Send, error) {
	found, err := one(ctx, s.pool, s.scanSend, `
		SELECT `+sendColumns+` FROM sends s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND u.external_id = $2`, id, user)
	if crm.CodeOf(err) == crm.NotFound {
		return found, crm.NoSuchSend()
	}
	return found, err
}

// Sends returns a page of the user's sends, newest first.
func (s *Store) Sends(ctx context.Context, user string, f crm.SendFilter, p crm.Page) ([]crm.Send, error) {
	// Only the conditions that are asked for, so that each statement has the index that fits it.
	where, args := `s.user_id = (SELECT id FROM users WHERE external_id = $1)`, []any{user}
	and := func(condition string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if f.Status != "" {
		and("s.status = $%d", f.Status)
	}
	if f.Status == crm.Queued || f.Status == crm.Unknown || f.Status == crm.NeedsReview {
		where += " AND s.due_at IS NOT NULL"
	}
	if f.Object != "" {
		and("s.object = $%d", f.Object)
	}
	if f.RecordID != "" {
		and("s.record_id = $%d", f.RecordID)
	}
	if f.ConnectionID != uuid.Nil {
		and("s.connection_id = $%d", f.ConnectionID)
	}
	if p.Cursor != uuid.Nil {
		and("s.id < $%d", p.Cursor)
	}
	args = append(args, p.Limit)
	return collect(ctx, s.pool, s.scanSend,
		fmt.Sprintf(`SELECT %s FROM sends s WHERE %s ORDER BY s.id DESC LIMIT $%d`, sendColumns, where, len(args)), args...)
}

// Undoable returns a send with what taking it back depends on.
func (s *Store) Undoable(ctx context.Context, user string, id uuid.UUID) (crm.Undoable, error) {
	found, err := one(ctx, s.pool, func(row pgx.CollectableRow) (u crm.Undoable, err error) {
		var before []byte
		var l link
		if u.Send, err = s.scanSendAnd(row, append([]any{&before, &u.Latest, &u.Made, &u.Shared}, l.targets()...)...); err != nil {
			return u, err
		}
		if u.Link, err = s.openLink(l); err != nil {
			return u, err
		}
		return u, s.unseal(beforeContext(u.ID), before, &u.Before, "What stood in the record before")
	}, `
		SELECT `+sendColumns+`, s.before, NOT `+newerSend+`, NOT s.found, l.shared, `+linkColumns+`
		FROM sends s JOIN users u ON u.id = s.user_id
		JOIN links l ON l.connection_id = s.connection_id AND l.object = s.object AND l.record_id = s.record_id
		WHERE s.id = $1 AND u.external_id = $2`, id, user)
	if crm.CodeOf(err) == crm.NotFound {
		return found, crm.NoSuchSend()
	}
	return found, err
}

// LastDraft is a record's fields as they were given last; nil: never, or forgotten.
func (s *Store) LastDraft(ctx context.Context, user, object, recordID string) (json.RawMessage, error) {
	type row struct {
		id    uuid.UUID
		draft []byte
	}
	found, err := collect(ctx, s.pool, func(r pgx.CollectableRow) (f row, err error) {
		err = r.Scan(&f.id, &f.draft)
		return f, err
	}, `
		SELECT s.id, s.draft FROM sends s JOIN users u ON u.id = s.user_id
		WHERE u.external_id = $1 AND s.object = $2 AND s.record_id = $3 AND s.draft IS NOT NULL ORDER BY s.id DESC LIMIT 1`,
		user, object, recordID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return s.sealer.open(draftContext(found[0].id), found[0].draft)
}
