package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
)

const linkColumns = `l.id, coalesce(l.crm_record_id, ''), l.crm_url, l.view, l.view_certain, l.revision, l.mapping_version,
	l.last_sent_at, l.unresolved_send_id`

// link is a stored link with what only the store needs of it.
type link struct {
	crm.Link
	id     uuid.UUID
	view   []byte
	paused time.Duration
	busy   time.Duration
}

// maybeTargets are those of a link that may not be there, without its id, and of the connection's pause.
func (l *link) maybeTargets() []any { return append(l.targets()[1:], &l.paused, &l.busy) }

func (l *link) targets() []any {
	return []any{
		&l.id, &l.CRMRecordID, &l.CRMURL, &l.view, &l.ViewCertain, &l.Revision, &l.MappingVersion,
		(*zeronull.Timestamptz)(&l.LastSentAt), (*zeronull.UUID)(&l.Unresolved),
	}
}

// Link returns what is remembered of a record on a connection; the zero Link for one that was never sent.
func (s *Store) Link(ctx context.Context, connection uuid.UUID, object, recordID string) (crm.Link, error) {
	found, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (l link, err error) {
		err = row.Scan(l.targets()...)
		return l, err
	}, `SELECT `+linkColumns+` FROM links l WHERE l.connection_id = $1 AND l.object = $2 AND l.record_id = $3`,
		connection, object, recordID)
	if err != nil || len(found) == 0 {
		return crm.Link{}, err
	}
	return s.openLink(found[0])
}

// RecordLinks returns the links of one record of the user: those with a CRM record, a send under way, or an open question.
func (s *Store) RecordLinks(ctx context.Context, user, object, recordID string) ([]crm.RecordLink, error) {
	type row struct {
		link
		crm.RecordLink
	}
	found, err := collect(ctx, s.pool, func(r pgx.CollectableRow) (f row, err error) {
		err = r.Scan(append(f.targets(), &f.ConnectionID, &f.Connector, &f.Sending)...)
		return f, err
	}, `
		SELECT `+linkColumns+`, c.id, c.connector, coalesce(l.lease_expires_at > clock_timestamp(), false)
		FROM links l JOIN connections c ON c.id = l.connection_id JOIN users u ON u.id = c.user_id
		WHERE u.external_id = $1 AND l.object = $2 AND l.record_id = $3
		  AND (l.crm_record_id IS NOT NULL OR l.lease_send_id IS NOT NULL OR l.unresolved_send_id IS NOT NULL)
		ORDER BY l.id DESC LIMIT 200`, user, object, recordID)
	if err != nil {
		return nil, err
	}
	links := make([]crm.RecordLink, len(found))
	for i, f := range found {
		links[i] = f.RecordLink
		if links[i].Link, err = s.openLink(f.link); err != nil {
			return nil, err
		}
	}
	return links, nil
}

func (s *Store) openLink(l link) (crm.Link, error) {
	err := s.unseal(viewContext(l.id), l.view, &l.View, "What was last sent of this record")
	return l.Link, err
}

// Subject returns one of the user's connections with what is remembered of a record on it, and how long
// the CRM may not be called: all that a plan starts from, in one round trip.
func (s *Store) Subject(ctx context.Context, user string, connection uuid.UUID, object, recordID string) (crm.Connection, crm.Link, error) {
	var l link
	c, err := one(ctx, s.pool, func(row pgx.CollectableRow) (c crm.Connection, err error) {
		err = row.Scan(append(connectionTargets(&c), append([]any{(*zeronull.UUID)(&l.id)}, l.maybeTargets()...)...)...)
		return c, err
	}, `
		SELECT `+connectionColumns+`, l.id, coalesce(l.crm_record_id, ''), coalesce(l.crm_url, ''), l.view,
			coalesce(l.view_certain, false), coalesce(l.revision, 0), coalesce(l.mapping_version, 0), l.last_sent_at, l.unresolved_send_id,
			make_interval(secs => greatest(0, coalesce(extract(epoch FROM nullif(p.blocked_until, '-infinity') - clock_timestamp()), 0))),
			make_interval(secs => greatest(0, coalesce(extract(epoch FROM p.next_slot - clock_timestamp()), 0)))
		FROM connections c JOIN users u ON u.id = c.user_id
		LEFT JOIN links l ON l.connection_id = c.id AND l.object = $3 AND l.record_id = $4
		LEFT JOIN paces p ON p.connection_id = c.id
		WHERE c.id = $1 AND u.external_id = $2`, connection, user, object, recordID)
	if crm.CodeOf(err) == crm.NotFound {
		return c, crm.Link{}, crm.NoSuchConnection()
	}
	if err != nil {
		return c, crm.Link{}, err
	}
	c.PausedFor, c.BusyFor = l.paused, l.busy
	opened, err := s.openLink(l)
	return c, opened, err
}

// Holder is the record that is linked to a CRM record; empty: none is.
func (s *Store) Holder(ctx context.Context, connection uuid.UUID, object, crmRecordID string) (string, error) {
	found, err := collect(ctx, s.pool, pgx.RowTo[string], `
		SELECT record_id FROM links WHERE connection_id = $1 AND object = $2 AND crm_record_id = $3 ORDER BY id LIMIT 1`,
		connection, object, crmRecordID)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
