package main

import (
	"context"
	"errors"
	"fmt"

	"sendtocrm/internal/store"
)

type migrateCommand struct {
	Direction string `arg:"" optional:"" default:"up" enum:"up,down,version" help:"up (the default), down, or version."`
	Steps     int    `arg:"" optional:"" default:"1" help:"With down: how many migrations to take back. With the first one go the queue and its jobs."`
}

// Run migrates the database that DATABASE_URL names.
func (m migrateCommand) Run(ctx context.Context, e env, out console) error {
	url := e["DATABASE_URL"]
	if url == "" {
		return usage{fmt.Errorf("DATABASE_URL is missing: postgres://user:password@host:5432/database")}
	}
	switch m.Direction {
	case "down":
		if m.Steps < 1 {
			return usage{fmt.Errorf("migrate down takes a number of 1 or more")}
		}
		if err := store.MigrateDown(ctx, url, m.Steps); err != nil {
			return err
		}
	case "up":
		if err := store.MigrateUp(ctx, url); err != nil {
			return err
		}
	}
	return m.report(ctx, url, out)
}

func (m migrateCommand) report(ctx context.Context, url string, out console) error {
	current, dirty, err := store.MigrationVersion(ctx, url)
	if err != nil {
		return err
	}
	needed, err := store.LatestMigration()
	if err != nil {
		return err
	}
	state := ""
	if dirty {
		state = " (dirty: the last one did not finish)"
	}
	if _, err = fmt.Fprintf(out.out, "database at migration %d of %d%s\n", current, needed, state); err != nil {
		return err
	}
	err = store.CheckQueueMigrated(ctx, url)
	if errors.Is(err, store.ErrNotMigrated) {
		_, err = fmt.Fprintln(out.out, err)
	}
	return err
}
