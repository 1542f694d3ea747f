package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/golang-migrate/migrate/v4"
	pgxmigrate "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"sendtocrm/migrations"
)

const (
	// migrationLock is the key of the session advisory lock under which the schema is changed: "SendToCR" in ASCII.
	// It is taken before golang-migrate's own lock because that one cannot be given up when the context ends, and
	// because everything that changes the schema, not only the SQL files, has to happen under one lock.
	migrationLock int64 = 0x53656e64546f4352

	// ddlLockTimeout bounds the wait of a migration for a table lock. A waiting ALTER TABLE stops every query that
	// queues behind it, so a migration that meets a long transaction should fail rather than stop the service.
	ddlLockTimeout = "30s"

	unlockTimeout = 5 * time.Second
)

// MigrateUp brings the database at url (postgres:// or postgresql://) to the newest schema that this binary has: our
// migration files, then the tables of the queue.
// Nothing to do is success, and so is a database that a newer binary has already taken further: that is the normal
// sight of a rolling upgrade and of a rolled back release.
//
// It is safe to call from several starting processes at once: one migrates, the others wait. ctx bounds the
// connection and that wait and is looked at between two migrations; a running migration is never cut off.
// A database that an earlier failure left dirty is reported as ErrDirty and never repaired by guess.
func MigrateUp(ctx context.Context, url string) error {
	return migrateUp(ctx, url, migrations.FS)
}

// MigrateDown takes the last n migrations back, newest first, and stops early, without an error, when none is left.
// The tables of the queue stay until the first of our migrations goes, and then go with it, jobs and all.
func MigrateDown(ctx context.Context, url string, n int) error {
	return migrateDown(ctx, url, migrations.FS, n)
}

// LatestMigration is the version that MigrateUp leads to: the number of the newest migration file, 0 without any.
func LatestMigration() (uint, error) {
	return latest(migrations.FS)
}

// SchemaDigest identifies the schema that MigrateUp builds in an empty database: equal digests, equal schemas.
// Test databases are cloned from a template that is named by it.
func SchemaDigest() (string, error) {
	return digest(migrations.FS)
}

func migrateUp(ctx context.Context, url string, files fs.FS) error {
	return underMigrationLock(ctx, url, func(conn *pgx.Conn) error {
		if err := applyFiles(ctx, conn, files, up); err != nil {
			return err
		}
		return raiseRiver(ctx, conn)
	})
}

func migrateDown(ctx context.Context, url string, files fs.FS, n int) error {
	if n < 1 {
		return fmt.Errorf("migrate down: the number of migrations to take back must be 1 or more, not %d", n)
	}
	return underMigrationLock(ctx, url, func(conn *pgx.Conn) error {
		if err := applyFiles(ctx, conn, files, down(n)); err != nil {
			return err
		}
		if left, _, err := readVersion(ctx, conn); err != nil || left > 0 {
			return err
		}
		return dropRiver(ctx, conn)
	})
}

// underMigrationLock connects to url and runs change while this process alone may change the schema.
func underMigrationLock(ctx context.Context, url string, change func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer func() {
		// Closing the session gives the lock back; it must happen even when ctx has ended.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("migrate: wait for another process that is migrating this database: %w", err)
	}
	return change(conn)
}

// plan says how many steps to take from the current version, 0 for an empty database: upwards if positive.
// known are the versions of the files, ascending.
type plan func(current uint, known []uint) (steps int, err error)

func up(current uint, known []uint) (int, error) {
	next, found := slices.BinarySearch(known, current)
	if found {
		next++
	}
	return len(known) - next, nil
}

func down(n int) plan {
	return func(current uint, known []uint) (int, error) {
		if current == 0 {
			return 0, nil
		}
		at, found := slices.BinarySearch(known, current)
		if !found {
			return 0, fmt.Errorf("migrate down: the database is at migration %d, which this binary does not have: "+
				"use the binary that applied it", current)
		}
		return -min(n, at+1), nil
	}
}

// applyFiles walks the SQL files with golang-migrate as planned, a step at a time so that ctx is obeyed in between.
func applyFiles(ctx context.Context, conn *pgx.Conn, files fs.FS, planned plan) error {
	known, err := versions(files)
	if err != nil {
		return err
	}
	current, dirty, err := readVersion(ctx, conn)
	if err != nil {
		return err
	}
	if dirty {
		return dirtyError(current)
	}
	steps, err := planned(current, known)
	if err != nil || steps == 0 {
		return err
	}
	direction := steps / max(steps, -steps)

	src, err := iofs.New(files, ".")
	if err != nil {
		return fmt.Errorf("migrate: read the migration files: %w", err)
	}
	cfg := conn.Config().Copy()
	cfg.RuntimeParams["lock_timeout"] = ddlLockTimeout
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	driver, err := pgxmigrate.WithInstance(db, &pgxmigrate.Config{})
	if err != nil {
		return fmt.Errorf("migrate: prepare the table schema_migrations: %w", err)
	}
	m, err := migrate.NewWithInstance("embedded", src, cfg.Database, driver)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer m.Close()

	for ; steps != 0; steps -= direction {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("migrate: stopped with %d migrations left to do: %w", max(steps, -steps), err)
		}
		if err := m.Steps(direction); err != nil {
			return stepError(ctx, conn, err)
		}
	}
	return nil
}

// stepError adds to the failure of one step what it means for the database.
func stepError(ctx context.Context, conn *pgx.Conn, failure error) error {
	version, dirty, err := readVersion(ctx, conn)
	if err != nil || !dirty {
		return fmt.Errorf("migrate: %w", failure)
	}
	return fmt.Errorf("migrate: %w\n%w", failure, dirtyError(version))
}

// versions lists the versions of the migration files in ascending order.
func versions(files fs.FS) ([]uint, error) {
	src, err := iofs.New(files, ".")
	if err != nil {
		return nil, fmt.Errorf("migrate: read the migration files: %w", err)
	}
	defer src.Close()
	var known []uint
	for v, err := src.First(); ; v, err = src.Next(v) {
		if errors.Is(err, fs.ErrNotExist) {
			return known, nil
		}
		if err != nil {
			return nil, fmt.Errorf("migrate: list the migration files: %w", err)
		}
		known = append(known, v)
	}
}

func latest(files fs.FS) (uint, error) {
	known, err := versions(files)
	if err != nil || len(known) == 0 {
		return 0, err
	}
	return known[len(known)-1], nil
}

// digest hashes the names and the contents of the migration files, in the order of their names, and River's version.
func digest(files fs.FS) (string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", fmt.Errorf("migrate: list the migration files: %w", err)
	}
	sum := sha256.New()
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return "", fmt.Errorf("migrate: read the migration files: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(body), body)
	}
	river, err := riverVersion()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "river %d\n", river)
	return hex.EncodeToString(sum.Sum(nil)), nil
}
