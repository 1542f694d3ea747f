package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

const watchColumns = `w.connection_id, u.external_id, w.object, w.operation, w.version, w.shape, w.drifts, w.since`

const fromWatches = ` FROM schema_watches w JOIN connections c ON c.id = w.connection_id JOIN users u ON u.id = c.user_id `

func scanWatch(row pgx.CollectableRow) (w tailor.Watch, err error) {
	err = row.Scan(&w.ConnectionID, &w.User, &w.Object, &w.Operation, &w.Version, &w.Shape, &w.Drifts, (*zeronull.Timestamptz)(&w.Since))
	return w, err
}

// Watch returns what a schema said about a mapping when that was first used.
func (s *Store) Watch(ctx context.Context, connection uuid.UUID, object, operation string) (tailor.Watch, error) {
	return one(ctx, s.pool, scanWatch, `SELECT `+watchColumns+fromWatches+`
		WHERE w.connection_id = $1 AND w.object = $2 AND w.operation = $3`, connection, object, operation)
}

// SaveWatch stores a check, with an event where the drifts are others than those stored.
func (s *Store) SaveWatch(ctx context.Context, w tailor.Watch) error {
	if w.Drifts == nil {
		w.Drifts = []mapping.Drift{}
	}
	if w.Shape == nil {
		w.Shape = mapping.Shape{}
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Locked as by a change of the mapping: a check that is older than that must not stand after it.
		var newest int
		if err := tx.QueryRow(ctx, `
			SELECT coalesce((SELECT max(version) FROM mappings WHERE connection_id = c.id AND object = $2), 0)
			FROM connections c WHERE c.id = $1 FOR UPDATE`, w.ConnectionID, w.Object).Scan(&newest); err != nil || newest > w.Version {
			return err
		}
		before, err := one(ctx, tx, scanWatch, `SELECT `+watchColumns+fromWatches+`
			WHERE w.connection_id = $1 AND w.object = $2 AND w.operation = $3 FOR UPDATE OF w`, w.ConnectionID, w.Object, w.Operation)
		if err != nil && crm.CodeOf(err) != crm.NotFound {
			return err
		}
		if err := putWatch(ctx, tx, w); err != nil {
			return err
		}
		if slices.EqualFunc(before.Drifts, w.Drifts, mapping.Drift.Equal) {
			return nil
		}
		return addDrift(ctx, tx, w)
	})
}

func putWatch(ctx context.Context, tx pgx.Tx, w tailor.Watch) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO schema_watches (connection_id, object, operation, version, shape, drifts, since)
		VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)
		ON CONFLICT (connection_id, object, operation) DO UPDATE SET version = excluded.version, shape = excluded.shape,
			drifts = excluded.drifts, since = CASE WHEN $7 THEN coalesce(schema_watches.since, now()) END, checked_at = now()`,
		w.ConnectionID, w.Object, w.Operation, w.Version, w.Shape, w.Drifts, len(w.Drifts) > 0)
	return err
}

func addDrift(ctx context.Context, tx pgx.Tx, w tailor.Watch) error {
	return addEvent(ctx, tx, w.ConnectionID, eventDrift, map[string]any{
		"connectionId": w.ConnectionID, "object": w.Object, "operation": w.Operation, "mappingVersion": w.Version, "drifts": w.Drifts,
	})
}

// acceptSchemas begins the watches of a new version with what the schemas say now; whatever had drifted is over.
func acceptSchemas(ctx context.Context, tx pgx.Tx, connection uuid.UUID, object string, version int, watches []tailor.Watch) error {
	ended, err := collect(ctx, tx, pgx.RowTo[string], `
		DELETE FROM schema_watches WHERE connection_id = $1 AND object = $2 RETURNING CASE WHEN since IS NULL THEN '' ELSE operation END`,
		connection, object)
	if err != nil {
		return err
	}
	for _, operation := range ended {
		w := tailor.Watch{ConnectionID: connection, Object: object, Operation: operation, Version: version, Drifts: []mapping.Drift{}}
		if operation == "" {
			continue
		}
		if err := addDrift(ctx, tx, w); err != nil {
			return err
		}
	}
	for _, w := range watches {
		w.Version, w.Drifts = version, []mapping.Drift{}
		if err := putWatch(ctx, tx, w); err != nil {
			return err
		}
	}
	return nil
}

// DueWatches claims watches of usable connections that were last checked before a while.
func (s *Store) DueWatches(ctx context.Context, age time.Duration, limit int) ([]tailor.Watch, error) {
	return collect(ctx, s.pool, scanWatch, `
		WITH due AS (
			SELECT w.connection_id, w.object, w.operation FROM schema_watches w
			JOIN connections c ON c.id = w.connection_id AND c.status = 'active'
			WHERE w.checked_at < now() - $1::interval ORDER BY w.checked_at LIMIT $2 FOR UPDATE OF w SKIP LOCKED
		)
		UPDATE schema_watches w SET checked_at = now()
		FROM due, connections c, users u
		WHERE w.connection_id = due.connection_id AND w.object = due.object AND w.operation = due.operation
		  AND c.id = w.connection_id AND u.id = c.user_id
		RETURNING `+watchColumns, age, limit)
}

// Drifts returns the watches of connections under which something has changed.
func (s *Store) Drifts(ctx context.Context, connections []uuid.UUID) (map[uuid.UUID][]tailor.Watch, error) {
	found, err := collect(ctx, s.pool, scanWatch, `SELECT `+watchColumns+fromWatches+`
		WHERE w.connection_id = ANY ($1) AND w.since IS NOT NULL ORDER BY w.object, w.operation`, connections)
	if err != nil {
		return nil, err
	}
	out := map[uuid.UUID][]tailor.Watch{}
	for _, w := range found {
		out[w.ConnectionID] = append(out[w.ConnectionID], w)
	}
	return out, nil
}
