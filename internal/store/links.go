package store

import (
	"context"
	"encoding/json"

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
	id   uuid.UUID
	view []byte
}

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
	plain, err := s.sealer.open(viewContext(l.id), l.view)
	if err != nil {
		return crm.Link{}, &crm.Error{Code: crm.Internal, Detail: "What was last sent of this record cannot be read.", Err: err}
	}
	if plain != nil {
		if err := json.Unmarshal(plain, &l.View); err != nil {
			return crm.Link{}, &crm.Error{Code: crm.Internal, Detail: "What was last sent of this record cannot be read.", Err: err}
		}
	}
	return l.Link, nil
}

func viewContext(link uuid.UUID) string { return "links.view:" + link.String() }
