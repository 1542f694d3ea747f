package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

const versionColumns = `m.version, m.overrides, m.actions, coalesce(m.restored_from, 0), m.created_at`

func versionTargets(v *tailor.Version) []any {
	return []any{&v.Number, &v.Overrides, &v.Actions, &v.RestoredFrom, &v.CreatedAt}
}

func scanVersion(row pgx.CollectableRow) (v tailor.Version, err error) {
	err = row.Scan(versionTargets(&v)...)
	return v, err
}

// Tailoring returns a connection's newest mapping versions and its settings, by object.
func (s *Store) Tailoring(ctx context.Context, connection uuid.UUID) (tailor.Tailoring, error) {
	type row struct {
		object string
		tailor.Version
		settings []byte
	}
	found, err := collect(ctx, s.pool, func(r pgx.CollectableRow) (f row, err error) {
		err = r.Scan(append([]any{&f.object, &f.settings}, versionTargets(&f.Version)...)...)
		return f, err
	}, `
		WITH m AS (
			SELECT DISTINCT ON (object) * FROM mappings WHERE connection_id = $1 ORDER BY object, version DESC
		), s AS (SELECT object, settings FROM sync_settings WHERE connection_id = $1)
		SELECT coalesce(m.object, s.object), s.settings, coalesce(m.version, 0), coalesce(m.overrides, '[]'),
			coalesce(m.actions, '{}'), coalesce(m.restored_from, 0), coalesce(m.created_at, now())
		FROM m FULL JOIN s ON s.object = m.object`, connection)
	if err != nil {
		return tailor.Tailoring{}, err
	}
	t := tailor.Tailoring{Versions: map[string]tailor.Version{}, Settings: map[string]tailor.Settings{}}
	for _, f := range found {
		t.Versions[f.object] = f.Version
		if f.settings == nil {
			continue
		}
		var settings tailor.Settings
		if err := json.Unmarshal(f.settings, &settings); err != nil {
			return t, &crm.Error{Code: crm.Internal, Detail: "The connection's stored settings cannot be read.", Err: err}
		}
		t.Settings[f.object] = settings
	}
	return t, nil
}

// keptVersions is how many versions of a mapping are kept.
const keptVersions = 200

// SaveVersion stores the version after base, and makes every process read the tailoring anew. Conflict where base is not
// the newest.
func (s *Store) SaveVersion(ctx context.Context, connection uuid.UUID, object string, base int, v tailor.Version, watches []tailor.Watch) (saved tailor.Version, err error) {
	overrides, actions := v.Overrides, v.Actions
	if overrides == nil {
		overrides = []mapping.Override{}
	}
	if actions == nil {
		actions = map[string]string{}
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := touch(ctx, tx, connection); err != nil {
			return err
		}
		var newest int
		if err := tx.QueryRow(ctx, `
			SELECT coalesce(max(version), 0) FROM mappings WHERE connection_id = $1 AND object = $2`, connection, object).Scan(&newest); err != nil {
			return err
		}
		if newest != base {
			return &crm.Error{
				Code:   crm.Conflict,
				Detail: fmt.Sprintf("The mapping is at version %d by now; this change was made to version %d.", newest, base),
				Remedy: "GET the mapping, make the change to that, and PUT it with its version as baseVersion.",
			}
		}
		var restored *int
		if v.RestoredFrom > 0 {
			restored = &v.RestoredFrom
		}
		saved, err = one(ctx, tx, scanVersion, `
			INSERT INTO mappings AS m (connection_id, object, version, overrides, actions, restored_from)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING `+versionColumns,
			connection, object, base+1, overrides, actions, restored)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			DELETE FROM mappings WHERE connection_id = $1 AND object = $2 AND version <= $3`, connection, object, base+1-keptVersions); err != nil {
			return err
		}
		return acceptSchemas(ctx, tx, connection, object, base+1, watches)
	})
	return saved, err
}

// touch locks a connection and counts a change to its tailoring.
func touch(ctx context.Context, tx pgx.Tx, connection uuid.UUID) error {
	_, err := tx.Exec(ctx, `UPDATE connections SET tailored = tailored + 1, updated_at = now() WHERE id = $1`, connection)
	return err
}

// pageBytes is how much of overrides a page of versions holds; one version is always there.
const pageBytes = 1 << 20

// Versions returns a page of an object's mapping versions, newest first.
func (s *Store) Versions(ctx context.Context, connection uuid.UUID, object string, below, limit int) (page []tailor.Version, more bool, err error) {
	page, err = collect(ctx, s.pool, scanVersion, `
		SELECT `+versionColumns+` FROM (
			SELECT *, sum(octet_length(overrides::text)) OVER (ORDER BY version DESC) - octet_length(overrides::text) AS before
			FROM mappings WHERE connection_id = $1 AND object = $2 AND ($3 = 0 OR version < $3) ORDER BY version DESC LIMIT $4
		) m WHERE m.before < $5 ORDER BY m.version DESC`,
		connection, object, below, limit, pageBytes)
	if err != nil || len(page) == 0 {
		return page, false, err
	}
	more, err = one(ctx, s.pool, pgx.RowTo[bool], `
		SELECT EXISTS (SELECT FROM mappings WHERE connection_id = $1 AND object = $2 AND version < $3)`,
		connection, object, page[len(page)-1].Number)
	return page, more, err
}

// Version returns one of an object's mapping versions.
func (s *Store) Version(ctx context.Context, connection uuid.UUID, object string, number int) (tailor.Version, error) {
	v, err := one(ctx, s.pool, scanVersion, `
		SELECT `+versionColumns+` FROM mappings m WHERE m.connection_id = $1 AND m.object = $2 AND m.version = $3`,
		connection, object, number)
	if crm.CodeOf(err) == crm.NotFound {
		return v, &crm.Error{Code: crm.NotFound, Detail: "The mapping has no such version.", Remedy: "GET …/versions lists them."}
	}
	return v, err
}

// SaveSettings replaces the settings of the given objects.
func (s *Store) SaveSettings(ctx context.Context, connection uuid.UUID, settings map[string]tailor.Settings) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		changed := int64(0)
		for _, object := range slices.Sorted(maps.Keys(settings)) { // in one order, so that two requests do not wait for each other
			tag, err := tx.Exec(ctx, `
				INSERT INTO sync_settings AS s (connection_id, object, settings) VALUES ($1, $2, $3)
				ON CONFLICT (connection_id, object) DO UPDATE SET settings = excluded.settings, updated_at = now()
				WHERE s.settings::text <> excluded.settings::text`,
				connection, object, settings[object])
			if err != nil {
				return err
			}
			changed += tag.RowsAffected()
		}
		if changed == 0 {
			return nil
		}
		return touch(ctx, tx, connection)
	})
}

// LastLinked is the CRM record that a connection's object was sent to last; empty: none was.
func (s *Store) LastLinked(ctx context.Context, connection uuid.UUID, object string) (string, error) {
	found, err := collect(ctx, s.pool, pgx.RowTo[string], `
		SELECT crm_record_id FROM links
		WHERE connection_id = $1 AND object = $2 AND crm_record_id IS NOT NULL ORDER BY id DESC LIMIT 1`, connection, object)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
