package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"sendtocrm/migrations"
)

var (
	// ErrNotMigrated says that the schema is older than this binary needs, or not there at all.
	ErrNotMigrated = errors.New("the database schema is not up to date")

	// ErrDirty says that a migration was begun and its end was never recorded. Only a person can tell what is really there.
	ErrDirty = errors.New("the database is marked dirty")
)

// MigrationVersion reads at which migration the database at url is, 0 for none, and whether an unfinished migration
// has left it dirty. It changes nothing, and creates nothing in an empty database.
func MigrationVersion(ctx context.Context, url string) (current uint, dirty bool, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, false, fmt.Errorf("migration version: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return readVersion(ctx, conn)
}

// CheckMigrated tells whether this binary can work with the database: nil, or ErrNotMigrated or ErrDirty with a text
// that says what to do, or the error of the database. A schema newer than the binary passes: during a rolling
// upgrade the old replicas have to stay in service while the new schema is already there.
func CheckMigrated(ctx context.Context, pool *pgxpool.Pool) error {
	return checkMigrated(ctx, pool, migrations.FS)
}

func checkMigrated(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	needed, err := latest(files)
	if err != nil {
		return err
	}
	current, dirty, err := readVersion(ctx, pool)
	switch {
	case err != nil:
		return err
	case dirty:
		return dirtyError(current)
	case current == 0 && needed > 0:
		return remediable{ErrNotMigrated, fmt.Sprintf("the database is empty, this binary needs migration %d: run `server migrate`", needed)}
	case current < needed:
		return remediable{ErrNotMigrated, fmt.Sprintf("the database is at migration %d, this binary needs %d: run `server migrate`", current, needed)}
	}
	return checkRiver(ctx, pool)
}

// rowQuerier is what a connection and a pool have in common here.
type rowQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// readVersion reads golang-migrate's table, which holds one row, none after the last migration was taken back, and
// which does not exist before the first run.
func readVersion(ctx context.Context, db rowQuerier) (uint, bool, error) {
	var version int64
	var dirty bool
	err := db.QueryRow(ctx, "SELECT version, dirty FROM schema_migrations LIMIT 1").Scan(&version, &dirty)
	var pgErr *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.As(err, &pgErr) && pgErr.Code == pgerrcode.UndefinedTable:
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("read the table schema_migrations: %w", err)
	}
	return uint(max(version, 0)), dirty, nil // -1 is golang-migrate's "none", recorded while the first is taken back
}

// dirtyError explains a dirty database. The version recorded is the one that was to be reached, up or down; as a
// file is one transaction, the database is there entirely or not at all.
func dirtyError(version uint) error {
	return remediable{ErrDirty, fmt.Sprintf("the database is marked dirty: a step to migration %d was begun and not finished. "+
		"Each migration is one transaction, so all of it or nothing is there, and only a look at the schema tells which. "+
		"Remove the cause of the failure, then record the version that is really there: "+
		"`UPDATE schema_migrations SET version = N, dirty = false`, or `TRUNCATE schema_migrations` if none is; "+
		"then run `server migrate` again", version)}
}

// remediable is an error whose text speaks to the operator and whose kind is for errors.Is.
type remediable struct {
	kind error
	text string
}

func (e remediable) Error() string { return e.text }
func (e remediable) Unwrap() error { return e.kind }
