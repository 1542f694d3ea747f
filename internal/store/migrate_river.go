package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// QueueSchema is where River, the queue, keeps its tables. River brings their migrations with its code, and its SQL
// has to be rendered with the name of the schema, so they are applied from here and are not among our files.
const QueueSchema = "river"

// CheckQueueMigrated tells whether the database at url has the River tables that this binary needs: nil, or
// ErrNotMigrated with a text that says what to do, or the error of the database. It changes nothing.
func CheckQueueMigrated(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("migration version: %w", err)
	}
	defer pool.Close()
	return checkRiver(ctx, pool)
}

func checkRiver(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := newRiverMigrator(pool)
	if err != nil {
		return err
	}
	result, err := migrator.Validate(ctx, nil)
	if err != nil {
		return fmt.Errorf("read the table %s.river_migration: %w", QueueSchema, err)
	}
	if !result.OK {
		return remediable{ErrNotMigrated, fmt.Sprintf("the tables of the queue (schema %q) are not up to date: %s: run `server migrate`",
			QueueSchema, result.Messages)}
	}
	return nil
}

// raiseRiver brings River's tables to the version that this binary needs. The caller holds the migration lock: River
// takes none, and of several starters all but one would fail.
func raiseRiver(ctx context.Context, conn *pgx.Conn) error {
	return withRiver(ctx, conn, func(migrator *rivermigrate.Migrator[pgx.Tx]) error {
		// Postgres asks for the right to create schemas before it looks whether this one is there already, as where an
		// administrator has made it for a role that has no such right.
		var exists bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", QueueSchema).Scan(&exists); err != nil {
			return fmt.Errorf("migrate: look for the schema %q: %w", QueueSchema, err)
		}
		if !exists {
			if _, err := conn.Exec(ctx, "CREATE SCHEMA "+QueueSchema); err != nil {
				return fmt.Errorf("migrate: create the schema %q: %w", QueueSchema, err)
			}
		}
		// Not MigrateTx: a later version uses an enum value that an earlier one adds, which one transaction may not do.
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return riverError(err)
		}
		return nil
	})
}

// dropRiver removes River's tables with the jobs in them, and the schema if nothing else is there and it is ours.
func dropRiver(ctx context.Context, conn *pgx.Conn) error {
	return withRiver(ctx, conn, func(migrator *rivermigrate.Migrator[pgx.Tx]) error {
		if _, err := migrator.ExistingVersions(ctx); err != nil {
			return fmt.Errorf("migrate down: the tables of the queue come from a newer binary: use that one: %w", err)
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1}); err != nil {
			return riverError(err)
		}
		_, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+QueueSchema)
		var refused *pgconn.PgError
		if errors.As(err, &refused) &&
			(refused.Code == pgerrcode.DependentObjectsStillExist || refused.Code == pgerrcode.InsufficientPrivilege) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("migrate down: drop the schema %q: %w", QueueSchema, err)
		}
		return nil
	})
}

// withRiver runs change with connections of its own, because the one with the lock is busy keeping it.
func withRiver(ctx context.Context, conn *pgx.Conn, change func(*rivermigrate.Migrator[pgx.Tx]) error) error {
	config, err := pgxpool.ParseConfig(conn.Config().ConnString())
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	config.ConnConfig.RuntimeParams["lock_timeout"] = ddlLockTimeout
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer pool.Close()
	migrator, err := newRiverMigrator(pool)
	if err != nil {
		return err
	}
	return change(migrator)
}

// newRiverMigrator knows River's migrations; without a pool it can only list them.
func newRiverMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: QueueSchema,
		Logger: slog.New(slog.DiscardHandler), // else River writes to stdout
	})
	if err != nil {
		return nil, fmt.Errorf("the migrations of the queue: %w", err)
	}
	return migrator, nil
}

// riverVersion is the newest migration that this binary's River has.
func riverVersion() (int, error) {
	migrator, err := newRiverMigrator(nil)
	if err != nil {
		return 0, err
	}
	versions := migrator.AllVersions()
	return versions[len(versions)-1].Version, nil
}

func riverError(err error) error {
	return fmt.Errorf("migrate: the tables of the queue: %w (each of River's migrations is one transaction, so nothing is "+
		"half done: remove the cause and run `server migrate` again)", err)
}
