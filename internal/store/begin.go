package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
)

// lock is a link's row, locked, as Begin judges it.
type lock struct {
	id         uuid.UUID
	revision   int64
	token      int64
	unresolved uuid.UUID
	holder     uuid.UUID
	held       bool // the holder's lease has not run out
}

// Begin commits a `sending` row and takes the record's lease, or says why it did not.
func (s *Store) Begin(ctx context.Context, in crm.Intent) (begun crm.Begun, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		begun = crm.Begun{}
		l, err := lockLink(ctx, tx, in.Send)
		if errors.Is(err, pgx.ErrNoRows) {
			begun.State = crm.Stale // the connection is no longer active
			return nil
		}
		if err != nil {
			return err
		}
		if l.holder != uuid.Nil && !l.held {
			if err := s.settle(ctx, tx, l.id, l.holder); err != nil {
				return err
			}
			begun.State, begun.Holder = crm.Stale, l.holder
			return nil
		}
		switch {
		case l.holder != uuid.Nil:
			begun.State, begun.Holder = crm.Busy, l.holder
			// A statement of its own: the one that waited for the lock may not see the row that the lock was held for.
			return tx.QueryRow(ctx, `SELECT digest FROM sends WHERE id = $1`, l.holder).Scan(&begun.HolderDigest)
		case l.unresolved != uuid.Nil:
			begun.State, begun.Holder = crm.Blocked, l.unresolved
			return nil
		case l.revision != in.Revision:
			begun.State = crm.Stale
			return nil
		}
		if in.Send.Operation == crm.Unchanged {
			rows, err := tx.Query(ctx, insertSend, s.insertArgs(in.Send, in.Request)...)
			if err != nil {
				return err
			}
			begun.Send, err = pgx.CollectExactlyOneRow(rows, s.scanSend)
			return err
		}
		begun.Claim = crm.Claim{SendID: in.Send.ID, LinkID: l.id, Token: l.token + 1}
		begun.Send, err = s.grant(ctx, tx, begun.Claim, in)
		return err
	})
	return begun, err
}

// lockLink locks the record's link, made if need be. No row: the connection may not be used.
func lockLink(ctx context.Context, tx pgx.Tx, send crm.Send) (l lock, err error) {
	err = tx.QueryRow(ctx, `
		INSERT INTO links AS l (id, connection_id, object, record_id)
		SELECT $1, c.id, $3, $4 FROM connections c WHERE c.id = $2 AND c.status = 'active'
		ON CONFLICT (connection_id, object, record_id) DO UPDATE SET object = excluded.object
		RETURNING id, revision, lease_token, unresolved_send_id, lease_send_id,
			coalesce(lease_expires_at > clock_timestamp(), false)`,
		uuid.Must(uuid.NewV7()), send.ConnectionID, send.Object, send.RecordID,
	).Scan(&l.id, &l.revision, &l.token, (*zeronull.UUID)(&l.unresolved), (*zeronull.UUID)(&l.holder), &l.held)
	return l, err
}

func (s *Store) grant(ctx context.Context, tx pgx.Tx, claim crm.Claim, in crm.Intent) (sending crm.Send, err error) {
	batch := &pgx.Batch{}
	batch.Queue(insertSend, s.insertArgs(in.Send, in.Request)...).Query(func(rows pgx.Rows) error {
		sending, err = pgx.CollectExactlyOneRow(rows, s.scanSend)
		return err
	})
	batch.Queue(`
		UPDATE links SET lease_send_id = $2, lease_token = $3, lease_expires_at = clock_timestamp() + $4::interval
		WHERE id = $1`, claim.LinkID, claim.SendID, claim.Token, in.LeaseTTL)
	err = tx.SendBatch(ctx, batch).Close()
	return sending, err
}

// Renew prolongs the claim's lease; false: it was lost.
func (s *Store) Renew(ctx context.Context, c crm.Claim, ttl time.Duration) (bool, error) {
	touched, err := s.exec(ctx, `
		UPDATE links SET lease_expires_at = clock_timestamp() + $4::interval
		WHERE id = $1 AND lease_send_id = $2 AND lease_token = $3`, c.LinkID, c.SendID, c.Token, ttl)
	return touched == 1, err
}
