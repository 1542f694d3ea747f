package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
	"sendtocrm/migrations"
)

// file makes the entries of a fstest.MapFS legible.
func file(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(sql)} }

// two migrations, each of several statements.
func two() fstest.MapFS {
	return fstest.MapFS{
		"0001_a.up.sql":   file("CREATE TABLE a (id int); INSERT INTO a VALUES (1);"),
		"0001_a.down.sql": file("DROP TABLE a;"),
		"0002_b.up.sql":   file("CREATE TABLE b (id int); INSERT INTO b SELECT id FROM a;"),
		"0002_b.down.sql": file("DROP TABLE b;"),
	}
}

func one() fstest.MapFS {
	files := two()
	delete(files, "0002_b.up.sql")
	delete(files, "0002_b.down.sql")
	return files
}

func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// tables lists the tables of the schema public, without golang-migrate's own.
func tables(t *testing.T, p *pgxpool.Pool) []string {
	t.Helper()
	rows, err := p.Query(t.Context(), `SELECT table_name::text FROM information_schema.tables
		WHERE table_schema = 'public' AND table_name <> 'schema_migrations' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.AppendRows([]string(nil), rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func wantVersion(t *testing.T, url string, want uint, wantDirty bool) {
	t.Helper()
	got, dirty, err := store.MigrationVersion(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if got != want || dirty != wantDirty {
		t.Errorf("at migration %d, dirty %t; want %d, %t", got, dirty, want, wantDirty)
	}
}

func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)
	for _, step := range []struct {
		name   string
		run    func(ctx context.Context) error
		want   uint
		tables []string
	}{
		{"nothing yet", func(context.Context) error { return nil }, 0, nil},
		{"up", func(ctx context.Context) error { return store.MigrateUpFrom(ctx, url, two()) }, 2, []string{"a", "b"}},
		{"up again", func(ctx context.Context) error { return store.MigrateUpFrom(ctx, url, two()) }, 2, []string{"a", "b"}},
		{"up with an older binary", func(ctx context.Context) error { return store.MigrateUpFrom(ctx, url, one()) }, 2, []string{"a", "b"}},
		{"down 1", func(ctx context.Context) error { return store.MigrateDownFrom(ctx, url, two(), 1) }, 1, []string{"a"}},
		{"up from the middle", func(ctx context.Context) error { return store.MigrateUpFrom(ctx, url, two()) }, 2, []string{"a", "b"}},
		{"down 9", func(ctx context.Context) error { return store.MigrateDownFrom(ctx, url, two(), 9) }, 0, nil},
		{"down from nothing", func(ctx context.Context) error { return store.MigrateDownFrom(ctx, url, two(), 1) }, 0, nil},
		{"up once more", func(ctx context.Context) error { return store.MigrateUpFrom(ctx, url, two()) }, 2, []string{"a", "b"}},
	} {
		if err := step.run(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		wantVersion(t, url, step.want, false)
		if diff := cmp.Diff(step.tables, tables(t, p)); diff != "" {
			t.Fatalf("%s: tables (-want +got):\n%s", step.name, diff)
		}
	}
}

// The released migrations themselves: all the way up, down to nothing, and up again to the same schema.
func TestReleasedMigrationsAreReversible(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)
	newest, err := store.LatestMigration()
	if err != nil {
		t.Fatal(err)
	}
	if err := store.MigrateUp(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, newest, false)
	first := tables(t, p)
	if err := store.MigrateDown(t.Context(), url, int(newest)); err != nil {
		t.Fatal(err)
	}
	if left := tables(t, p); len(left) > 0 {
		t.Errorf("down leaves the tables %v", left)
	}
	if err := store.MigrateUp(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, tables(t, p)); diff != "" {
		t.Errorf("second time up (-first +second):\n%s", diff)
	}
	if err := store.CheckMigrated(t.Context(), p); err != nil {
		t.Errorf("CheckMigrated: %v", err)
	}
}

func TestMigrateUpByManyAtOnce(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	files := two()
	// Slow enough that the starters meet, and not repeatable.
	files["0001_a.up.sql"] = file("SELECT pg_sleep(0.2); CREATE TABLE a (id int); INSERT INTO a VALUES (1);")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = store.MigrateUpFrom(t.Context(), url, files) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, 2, false)
}

func TestMigrateUpGivesUpWaitingWithItsContext(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	slow := fstest.MapFS{"0001_a.up.sql": file("SELECT pg_sleep(4)")}
	done := make(chan error, 1)
	go func() { done <- store.MigrateUpFrom(context.WithoutCancel(t.Context()), url, slow) }()
	p := pool(t, url)
	until := func(granted bool) {
		for seen := false; !seen; time.Sleep(10 * time.Millisecond) {
			if err := p.QueryRow(context.WithoutCancel(t.Context()), `
				SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
				WHERE l.locktype = 'advisory' AND l.granted = $1 AND d.datname = current_database())`, granted).Scan(&seen); err != nil {
				t.Error(err)
				return
			}
		}
	}
	until(true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { until(false); cancel() }() // it waits: no longer, then
	err := store.MigrateUpFrom(ctx, url, two())
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("MigrateUp while another migrates: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("the one that was waited for: %v", err)
	}
}

func TestFailedMigration(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)
	files := two()
	files["0002_b.up.sql"] = file("CREATE TABLE b (id int);\nINSERT INTO b VALUES ('one');")

	err := store.MigrateUpFrom(t.Context(), url, files)
	wantText(t, err, `invalid input syntax for type integer: "one"`, "line 2", "marked dirty: a step to migration 2", "UPDATE schema_migrations SET version = N")
	if !errors.Is(err, store.ErrDirty) {
		t.Errorf("it is no ErrDirty: %v", err)
	}
	if diff := cmp.Diff([]string{"a"}, tables(t, p)); diff != "" {
		t.Errorf("a failed file must leave nothing (-want +got):\n%s", diff)
	}

	// It stays dirty until a person has looked, also for those who come with a repaired file.
	wantVersion(t, url, 2, true)
	for name, err := range map[string]error{
		"up":    store.MigrateUpFrom(t.Context(), url, two()),
		"down":  store.MigrateDownFrom(t.Context(), url, two(), 1),
		"check": store.CheckMigratedFrom(t.Context(), p, two()),
	} {
		if !errors.Is(err, store.ErrDirty) {
			t.Errorf("%s: %v, want ErrDirty", name, err)
		}
	}

	// And the advice works.
	if _, err := p.Exec(t.Context(), "UPDATE schema_migrations SET version = 1, dirty = false"); err != nil {
		t.Fatal(err)
	}
	if err := store.MigrateUpFrom(t.Context(), url, two()); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, 2, false)
}

func TestMigrateDownRefuses(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	if err := store.MigrateUpFrom(t.Context(), url, two()); err != nil {
		t.Fatal(err)
	}
	wantText(t, store.MigrateDownFrom(t.Context(), url, one(), 1), "at migration 2, which this binary does not have")
	wantText(t, store.MigrateDownFrom(t.Context(), url, two(), 0), "must be 1 or more, not 0")
	wantVersion(t, url, 2, false)
}

func TestCheckMigrated(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)

	err := store.CheckMigratedFrom(t.Context(), p, two())
	wantText(t, err, "the database is empty, this binary needs migration 2: run `server migrate`")
	if !errors.Is(err, store.ErrNotMigrated) {
		t.Errorf("it is no ErrNotMigrated: %v", err)
	}
	if err := store.MigrateUpFrom(t.Context(), url, one()); err != nil {
		t.Fatal(err)
	}
	err = store.CheckMigratedFrom(t.Context(), p, two())
	wantText(t, err, "the database is at migration 1, this binary needs 2: run `server migrate`")
	if !errors.Is(err, store.ErrNotMigrated) {
		t.Errorf("it is no ErrNotMigrated: %v", err)
	}
	if err := store.MigrateUpFrom(t.Context(), url, two()); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string]fstest.MapFS{"equal": two(), "an older binary": one(), "no migrations": {}} {
		if err := store.CheckMigratedFrom(t.Context(), p, files); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.Close()
	if err := store.CheckMigratedFrom(t.Context(), p, two()); err == nil || errors.Is(err, store.ErrNotMigrated) {
		t.Errorf("a database that does not answer: %v", err)
	}
}

func TestMigrateNeverShowsThePassword(t *testing.T) {
	t.Parallel()
	const password = "hunter2"
	for _, url := range []string{
		"postgres://me:" + password + "@127.0.0.1:1/db",
		"postgres://me:" + password + "@127.0.0.1:1/db?sslmode=perhaps",
		"postgres://me:" + password + "@127.0.0.1:port/db",
		"postgres://me:" + password + "@[::1/db",
		"postgres://me:" + password + "@%zz/db",
		"host=127.0.0.1 port=1 user=me password=" + password + " dbname=db connect_timeout=x",
		"postgres//me:" + password + "@127.0.0.1/db",
	} {
		_, _, errVersion := store.MigrationVersion(t.Context(), url)
		for _, err := range []error{store.MigrateUp(t.Context(), url), store.MigrateDown(t.Context(), url, 1), errVersion} {
			if err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("%s: %v", url, err)
			}
		}
	}
}

func TestLatestAndDigest(t *testing.T) {
	t.Parallel()
	for want, files := range map[uint]fstest.MapFS{0: {}, 1: one(), 2: two()} {
		if got, err := store.LatestOf(files); err != nil || got != want {
			t.Errorf("latest = %d, %v; want %d", got, err, want)
		}
	}
	digests := map[string]string{}
	changed, renamed := two(), two()
	changed["0002_b.up.sql"] = file("CREATE TABLE b (id bigint);")
	renamed["0003_b.up.sql"] = renamed["0002_b.up.sql"]
	delete(renamed, "0002_b.up.sql")
	for name, files := range map[string]fstest.MapFS{"one": one(), "two": two(), "changed": changed, "renamed": renamed} {
		d, err := store.DigestOf(files)
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := digests[d]; taken {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		digests[d] = name
	}
	if newest, err := store.LatestMigration(); err != nil || newest < 1 {
		t.Errorf("LatestMigration() = %d, %v", newest, err)
	}
	if files, err := migrations.FS.ReadDir("."); err != nil || len(files)%2 != 0 {
		t.Errorf("%d migration files, %v: each up needs its down", len(files), err)
	}
}

func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error\n\t%v\nlacks %q", err, part)
		}
	}
}
