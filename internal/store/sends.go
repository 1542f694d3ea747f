package store

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
)

const sendColumns = `s.id, s.connection_id, s.connector, s.object, s.record_id, s.status, s.operation, s.action,
	s.crm_record_id, s.crm_url, s.execution_id, s.attempts, s.failure, s.mapping_version, s.digest, s.created_at, s.completed_at`

func (s *Store) scanSend(row pgx.CollectableRow) (crm.Send, error) {
	var send crm.Send
	var failure []byte
	if err := row.Scan(&send.ID, &send.ConnectionID, &send.Connector, &send.Object, &send.RecordID, &send.Status,
		&send.Operation, &send.Action, &send.CRMRecordID, &send.CRMURL, &send.ExecutionID, &send.Attempts, &failure,
		&send.MappingVersion, &send.Digest, &send.CreatedAt, (*zeronull.Timestamptz)(&send.CompletedAt)); err != nil {
		return send, err
	}
	plain, err := s.sealer.open(failureContext(send.ID), failure)
	if err == nil && plain != nil {
		err = json.Unmarshal(plain, &send.Failure)
	}
	if err != nil {
		return send, &crm.Error{Code: crm.Internal, Detail: "Why this send failed cannot be read.", Err: err}
	}
	return send, nil
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
	return collect(ctx, s.pool, s.scanSend, `
		SELECT `+sendColumns+` FROM sends s
		WHERE s.user_id = (SELECT id FROM users WHERE external_id = $1)
		  AND ($2::text = '' OR s.status = $2) AND ($3::text = '' OR s.object = $3) AND ($4::text = '' OR s.record_id = $4)
		  AND ($5::uuid = $6::uuid OR s.connection_id = $5) AND ($7::uuid = $6 OR s.id < $7)
		ORDER BY s.id DESC LIMIT $8`,
		user, f.Status, f.Object, f.RecordID, f.ConnectionID, uuid.Nil, p.Cursor, p.Limit)
}

// insertSend takes the user from the connection: a send cannot belong to another user than its connection does.
const insertSend = `
	INSERT INTO sends AS s (id, user_id, connection_id, connector, object, record_id, status, operation, action, request,
		digest, crm_record_id, crm_url, mapping_version, created_at, completed_at)
	SELECT $1, c.user_id, c.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp(),
		CASE WHEN $6 = 'sending' THEN NULL ELSE clock_timestamp() END
	FROM connections c WHERE c.id = $2
	RETURNING ` + sendColumns

func (s *Store) insertArgs(send crm.Send, r crm.Request) []any {
	var request []byte
	if send.Operation != crm.Unchanged {
		// Marshalling cannot fail: a body that the mapping wrote as JSON, and maps of strings.
		plain, _ := json.Marshal(r)
		request = s.sealer.seal(requestContext(send.ID), plain)
	}
	return []any{
		send.ID, send.ConnectionID, send.Connector, send.Object, send.RecordID, string(send.Status), string(send.Operation),
		send.Action, request, send.Digest, send.CRMRecordID, send.CRMURL, send.MappingVersion,
	}
}

func (s *Store) sealFailure(id uuid.UUID, f *crm.Failure) []byte {
	if f == nil {
		return nil
	}
	plain, _ := json.Marshal(f) // strings and numbers
	return s.sealer.seal(failureContext(id), plain)
}

func requestContext(send uuid.UUID) string { return "sends.request:" + send.String() }
func failureContext(send uuid.UUID) string { return "sends.failure:" + send.String() }
