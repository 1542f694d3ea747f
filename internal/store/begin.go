package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
)

// beginSend takes a record's lease and writes the send's row, in one statement, if the record is free: nobody has the
// lease, no create of it is unresolved, nothing was queued before, and the plan was made from the link as it is. The row
// that comes back tells the link's state either way; claimed says that the lease is ours. No row: the connection may not
// be used. The key is written last, so that a key that is taken fails the whole statement.
const beginSend = `
	WITH c AS (
		SELECT id, user_id FROM connections WHERE id = $2 AND status = 'active'
	), ahead AS (
		SELECT id FROM sends WHERE connection_id = $2 AND object = $3 AND record_id = $4 AND due_at IS NOT NULL AND status = 'queued'
		  AND (NOT $6 OR (created_at, id) < (SELECT created_at, id FROM sends WHERE id = $5))
		ORDER BY created_at, id LIMIT 1
	), fit AS (
		SELECT NOT EXISTS (SELECT FROM ahead) AND (NOT $6 OR EXISTS (SELECT FROM sends WHERE id = $5 AND status = 'queued')) AS ok
	), l AS (
		INSERT INTO links AS l (id, connection_id, object, record_id, lease_send_id, lease_claim, lease_token, lease_expires_at)
		SELECT $1, c.id, $3, $4, CASE WHEN g THEN $5 END, CASE WHEN g THEN $7::uuid END, g::int,
			CASE WHEN g THEN clock_timestamp() + $8::interval END
		FROM c, (SELECT ok AND $9 = 0 AS g FROM fit) f
		ON CONFLICT (connection_id, object, record_id) DO UPDATE SET
			(lease_send_id, lease_claim, lease_token, lease_expires_at) = (
				SELECT CASE WHEN g THEN $5 ELSE l.lease_send_id END, CASE WHEN g THEN $7::uuid ELSE l.lease_claim END,
					l.lease_token + g::int, CASE WHEN g THEN clock_timestamp() + $8::interval ELSE l.lease_expires_at END
				FROM (SELECT ok AND l.lease_send_id IS NULL AND l.unresolved_send_id IS NULL AND l.revision = $9 AS g FROM fit) f)
		RETURNING l.*
	), s AS (
		INSERT INTO sends AS s (id, user_id, connection_id, connector, object, record_id, status, operation, action, digest,
			crm_record_id, crm_url, mapping_version, draft, expect, before, warnings, ruled_out, undoes, claim, created_at)
		SELECT $5, c.user_id, c.id, $10, $3, $4, 'sending', $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $7, clock_timestamp()
		FROM l, c WHERE l.lease_claim = $7
		ON CONFLICT (id) DO UPDATE SET status = 'sending', operation = excluded.operation, action = excluded.action,
			digest = excluded.digest, crm_record_id = excluded.crm_record_id, crm_url = excluded.crm_url,
			mapping_version = excluded.mapping_version, before = excluded.before, warnings = excluded.warnings,
			claim = excluded.claim, due_at = NULL, rounds = s.rounds + 1
		WHERE s.status = 'queued'
		RETURNING s.created_at, s.attempts, s.rounds
	), k AS (
		INSERT INTO idempotency_keys (user_id, key, fingerprint, send_id)
		SELECT c.user_id, $23, $24, $5 FROM l, c WHERE l.lease_claim = $7 AND $23 <> ''
	)
	SELECT l.id, l.revision, l.lease_token, l.unresolved_send_id, l.lease_send_id,
		coalesce(l.lease_expires_at > clock_timestamp(), false), coalesce(l.lease_claim = $7, false), (SELECT id FROM ahead),
		s.created_at, coalesce(s.attempts, 0), coalesce(s.rounds, 0), coalesce((
			SELECT make_interval(secs => greatest(0, extract(epoch FROM nullif(blocked_until, '-infinity') - clock_timestamp())))
			FROM paces WHERE connection_id = $2), '0')
	FROM l LEFT JOIN s ON true`

// standing is how a link stands after beginSend.
type standing struct {
	link       uuid.UUID
	revision   int64
	token      int64
	unresolved uuid.UUID
	holder     uuid.UUID
	held       bool      // the holder's lease has not run out
	claimed    bool      // by us
	ahead      uuid.UUID // a send of the record that was queued before
	createdAt  time.Time // zero: no row was written
	attempts   int
	rounds     int
	paused     time.Duration // by the CRM
	wait       time.Duration // for the connection's turn
	crowded    bool
	found      bool
}

func (st *standing) scan(row pgx.CollectableRow) (*standing, error) {
	st.found = true
	return st, row.Scan(&st.link, &st.revision, &st.token, (*zeronull.UUID)(&st.unresolved), (*zeronull.UUID)(&st.holder),
		&st.held, &st.claimed, (*zeronull.UUID)(&st.ahead), (*zeronull.Timestamptz)(&st.createdAt), &st.attempts, &st.rounds,
		&st.paused)
}

// Begin commits a `sending` row and takes the record's lease, or says why it did not. Sends that begin at the same moment
// share a transaction.
func (s *Store) Begin(ctx context.Context, in crm.Intent) (crm.Begun, error) {
	if in.Send.Operation == crm.Unchanged {
		return s.beginUnchanged(ctx, in)
	}
	access, done := crm.StorageContext(ctx, operationLimit)
	defer done()
	st, err := s.begins.Do(access, in)
	if err != nil {
		return crm.Begun{}, translate(err)
	}
	return s.judge(ctx, in, st)
}

// runBegins begins many sends in one transaction and one round trip. They are sorted, so that transactions that meet lock
// the same rows in the same order.
func (s *Store) runBegins(ctx context.Context, intents []crm.Intent) ([]*standing, error) {
	order := make([]int, len(intents))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(recordKey(intents[a].Send), recordKey(intents[b].Send)) })
	standings := make([]*standing, len(intents))
	batch := &pgx.Batch{}
	for _, i := range order {
		s.queueBegin(batch, intents[i], &standings[i])
	}
	for _, i := range order { // after the links, and sorted too: every group locks in one order
		queueReserve(batch, intents[i], standings[i])
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, keyTaken(err)
	}
	return standings, nil
}

// recordKey is what groups are sorted by.
func recordKey(s crm.Send) string { return s.ConnectionID.String() + s.Object + "\x00" + s.RecordID }

func (s *Store) queueBegin(batch *pgx.Batch, in crm.Intent, into **standing) {
	st := &standing{}
	*into = st
	key, fingerprint := keyArgs(in.Key)
	send := in.Send
	batch.Queue(beginSend,
		uuid.Must(uuid.NewV7()), send.ConnectionID, send.Object, send.RecordID, send.ID, in.Resume, in.Claim, in.LeaseTTL,
		in.Revision, send.Connector, string(send.Operation), send.Action, send.Digest, send.CRMRecordID, send.CRMURL,
		send.MappingVersion, s.sealDraft(send.ID, in.Draft), in.Expect, s.sealBefore(send.ID, in.Before),
		s.sealWarnings(send), append([]string{}, in.RuledOut...), zeronull.UUID(send.Undoes), key, fingerprint,
	).Query(func(rows pgx.Rows) error {
		_, err := pgx.CollectExactlyOneRow(rows, st.scan)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
}

// queueReserve takes the connection's turn for a send that has got its record.
func queueReserve(batch *pgx.Batch, in crm.Intent, st *standing) {
	send := in.Send
	if in.Pace.Interval > 0 {
		batch.Queue(reserveSlot, send.ConnectionID, in.Pace.Interval, in.Pace.Burst, in.Pace.MaxWait, in.Claim, send.Object, send.RecordID).
			Query(func(rows pgx.Rows) error {
				err := st.scanWait(rows)
				st.crowded = st.wait > in.Pace.MaxWait
				return err
			})
	}
}

// judge turns the link's state into Begin's answer.
func (s *Store) judge(ctx context.Context, in crm.Intent, st *standing) (crm.Begun, error) {
	switch {
	case !st.found: // the connection is no longer active
		return crm.Begun{State: crm.Stale}, nil
	case st.claimed && st.createdAt.IsZero(): // the send is no longer queued
		_, err := s.exec(ctx, `
			UPDATE links SET lease_send_id = NULL, lease_claim = NULL, lease_expires_at = NULL
			WHERE id = $1 AND lease_send_id = $2 AND lease_token = $3`, st.link, in.Send.ID, st.token)
		return crm.Begun{State: crm.Stale}, err
	case st.claimed:
		begun := crm.Begun{
			State: crm.Granted, Claim: crm.Claim{ID: in.Claim, SendID: in.Send.ID, LinkID: st.link, Token: st.token, Record: recordKey(in.Send)}, Send: in.Send,
			Wait: max(st.wait, st.paused), Crowded: st.crowded, Rounds: st.rounds,
		}
		begun.Send.CreatedAt, begun.Send.Attempts, begun.Send.Status = st.createdAt, st.attempts, crm.Sending
		return begun, nil
	case st.holder != uuid.Nil && !st.held:
		return crm.Begun{State: crm.Stale, Holder: st.holder}, s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
			return s.settle(ctx, tx, st.link, st.holder)
		})
	case st.holder != uuid.Nil:
		return s.held(ctx, crm.Busy, st.holder)
	case st.unresolved != uuid.Nil:
		return s.held(ctx, crm.Blocked, st.unresolved)
	case st.ahead != uuid.Nil:
		return s.held(ctx, crm.Busy, st.ahead)
	}
	return crm.Begun{State: crm.Stale}, nil
}

// held tells who stands in the way.
func (s *Store) held(ctx context.Context, state crm.BeginState, holder uuid.UUID) (crm.Begun, error) {
	begun := crm.Begun{State: state, Holder: holder}
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	err := s.pool.QueryRow(ctx, `
		SELECT digest, status, due_at IS NOT NULL AND NOT isfinite(due_at) FROM sends WHERE id = $1`, holder,
	).Scan(&begun.HolderDigest, &begun.HolderStatus, &begun.Open)
	return begun, translate(err)
}

// beginUnchanged commits a send that has nothing to do, under the conditions of one that has.
func (s *Store) beginUnchanged(ctx context.Context, in crm.Intent) (crm.Begun, error) {
	send := in.Send
	key, fingerprint := keyArgs(in.Key)
	found, err := collect(ctx, s.pool, s.scanSend, `
		WITH ahead AS (
			SELECT FROM sends WHERE connection_id = $2 AND object = $3 AND record_id = $4 AND due_at IS NOT NULL AND status = 'queued'
			  AND id <> $1 AND (created_at, id) < (coalesce((SELECT created_at FROM sends WHERE id = $1), 'infinity'), $1)
		), s AS (
			INSERT INTO sends AS s (id, user_id, connection_id, connector, object, record_id, status, operation, digest,
				crm_record_id, crm_url, mapping_version, warnings, created_at, completed_at)
			SELECT $1, c.user_id, c.id, $6, $3, $4, 'succeeded', 'unchanged', $7, $8, $9, $10, $11, t, t
			FROM connections c JOIN links l ON l.connection_id = c.id, clock_timestamp() t
			WHERE c.id = $2 AND c.status = 'active' AND l.object = $3 AND l.record_id = $4 AND l.revision = $5
			  AND l.lease_send_id IS NULL AND l.unresolved_send_id IS NULL AND NOT EXISTS (SELECT FROM ahead)
			ON CONFLICT (id) DO UPDATE SET status = 'succeeded', operation = 'unchanged', action = '', digest = excluded.digest,
				crm_record_id = excluded.crm_record_id, crm_url = excluded.crm_url, failure = NULL, due_at = NULL,
				completed_at = excluded.completed_at
			WHERE s.status = 'queued'
			RETURNING *
		), k AS (
			INSERT INTO idempotency_keys (user_id, key, fingerprint, send_id)
			SELECT s.user_id, $12, $13, s.id FROM s WHERE $12 <> ''
		)
		SELECT `+sendColumns+` FROM s`,
		send.ID, send.ConnectionID, send.Object, send.RecordID, in.Revision, send.Connector, send.Digest, send.CRMRecordID,
		send.CRMURL, send.MappingVersion, s.sealWarnings(send), key, fingerprint)
	if err != nil {
		return crm.Begun{}, keyTaken(err)
	}
	if len(found) == 1 {
		return crm.Begun{State: crm.Granted, Send: found[0]}, nil
	}
	return s.standingInTheWay(ctx, in)
}

// standingInTheWay says why beginUnchanged wrote nothing.
func (s *Store) standingInTheWay(ctx context.Context, in crm.Intent) (crm.Begun, error) {
	found, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (*standing, error) {
		st := &standing{found: true}
		err := row.Scan(&st.link, (*zeronull.UUID)(&st.unresolved), (*zeronull.UUID)(&st.holder), &st.held, (*zeronull.UUID)(&st.ahead))
		return st, err
	}, `
		SELECT l.id, l.unresolved_send_id, l.lease_send_id, coalesce(l.lease_expires_at > clock_timestamp(), false), (
			SELECT id FROM sends WHERE connection_id = $1 AND object = $2 AND record_id = $3 AND due_at IS NOT NULL AND status = 'queued'
			  AND id <> $4 AND (created_at, id) < (coalesce((SELECT created_at FROM sends WHERE id = $4), 'infinity'), $4)
			ORDER BY created_at, id LIMIT 1)
		FROM links l WHERE l.connection_id = $1 AND l.object = $2 AND l.record_id = $3`,
		in.Send.ConnectionID, in.Send.Object, in.Send.RecordID, in.Send.ID)
	if err != nil || len(found) == 0 {
		return crm.Begun{State: crm.Stale}, err
	}
	return s.judge(ctx, in, found[0])
}

// Renew prolongs the claim's lease; false: it was lost.
func (s *Store) Renew(ctx context.Context, c crm.Claim, ttl time.Duration) (bool, error) {
	touched, err := s.exec(ctx, `
		UPDATE links SET lease_expires_at = clock_timestamp() + $4::interval
		WHERE id = $1 AND lease_send_id = $2 AND lease_token = $3`, c.LinkID, c.SendID, c.Token, ttl)
	return touched == 1, err
}
