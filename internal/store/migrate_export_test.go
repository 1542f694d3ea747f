package store

import (
	"context"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
)

// The tests bring their own migration files.

func MigrateUpFrom(ctx context.Context, url string, files fs.FS) error {
	return migrateUp(ctx, url, files)
}

func MigrateDownFrom(ctx context.Context, url string, files fs.FS, n int) error {
	return migrateDown(ctx, url, files, n)
}

func CheckMigratedFrom(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	return checkMigrated(ctx, pool, files)
}

func LatestOf(files fs.FS) (uint, error) { return latest(files) }

func DigestOf(files fs.FS) (string, error) { return digest(files) }
