package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
)

// riverTables lists the tables of the schema river; none if the schema is not there.
func riverTables(t *testing.T, p *pgxpool.Pool) []string {
	t.Helper()
	rows, err := p.Query(t.Context(), "SELECT tablename::text FROM pg_tables WHERE schemaname = 'river' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func exec(t *testing.T, p *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := p.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func wantSchema(t *testing.T, p *pgxpool.Pool, name string, want bool) {
	t.Helper()
	var is bool
	if err := p.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", name).Scan(&is); err != nil || is != want {
		t.Errorf("schema %s is there: %t, %v; want %t", name, is, err, want)
	}
}

func TestTheQueueComesWithTheFirstMigrationAndGoesWithIt(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)
	for range 2 { // and again, as it was
		if err := store.MigrateUpFrom(t.Context(), url, two()); err != nil {
			t.Fatal(err)
		}
		whole := riverTables(t, p)
		if !slices.Contains(whole, "river_job") {
			t.Fatalf("up makes the tables %v", whole)
		}
		exec(t, p, "INSERT INTO river.river_job (kind, queue, args, max_attempts) VALUES ('send', 'sends', '{}', 1)")
		if err := store.MigrateDownFrom(t.Context(), url, two(), 1); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, riverTables(t, p)); diff != "" {
			t.Errorf("down 1 of 2 touches the queue (-want +got):\n%s", diff)
		}
		if err := store.MigrateDownFrom(t.Context(), url, two(), 1); err != nil {
			t.Fatal(err)
		}
		if left := riverTables(t, p); len(left) > 0 {
			t.Errorf("the last down leaves the tables %v", left)
		}
		wantSchema(t, p, "river", false)
	}
}

// The migrations of River know nothing of each other; ours come first, so both are met by several starters.
func TestManyStartersOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { errs[i] = store.MigrateUp(t.Context(), url) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckMigrated(t.Context(), pool(t, url)); err != nil {
		t.Error(err)
	}
}

func TestMissingQueueIsNoticed(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"no schema":   "DROP SCHEMA river CASCADE",
		"no tables":   "DROP SCHEMA river CASCADE; CREATE SCHEMA river",
		"one is left": "DELETE FROM river.river_migration WHERE version = (SELECT max(version) FROM river.river_migration)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			p := pool(t, url)
			if err := store.CheckQueueMigrated(t.Context(), url); err != nil {
				t.Fatalf("before: %v", err)
			}
			exec(t, p, spoil)
			for check, err := range map[string]error{
				"CheckMigrated":      store.CheckMigrated(t.Context(), p),
				"CheckQueueMigrated": store.CheckQueueMigrated(t.Context(), url),
			} {
				wantText(t, err, `schema "river"`, "Unapplied migrations", "run `server migrate`")
				if !errors.Is(err, store.ErrNotMigrated) {
					t.Errorf("%s is no ErrNotMigrated: %v", check, err)
				}
			}
		})
	}
}

// A newer River than this binary's is the sight of a rolling upgrade; only down must leave it to the newer binary.
func TestANewerQueuePasses(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)
	if err := store.MigrateUpFrom(t.Context(), url, one()); err != nil {
		t.Fatal(err)
	}
	exec(t, p, "INSERT INTO river.river_migration (line, version) VALUES ('main', 999)")
	if err := store.MigrateUpFrom(t.Context(), url, one()); err != nil {
		t.Errorf("up: %v", err)
	}
	if err := store.CheckMigratedFrom(t.Context(), p, one()); err != nil {
		t.Errorf("check: %v", err)
	}
	whole := riverTables(t, p)
	wantText(t, store.MigrateDownFrom(t.Context(), url, one(), 1), "a newer binary", "999")
	if diff := cmp.Diff(whole, riverTables(t, p)); diff != "" {
		t.Errorf("down touches a newer queue (-want +got):\n%s", diff)
	}
}

// Where the service's role may not create schemas, an administrator makes this one; and it may hold more than River.
func TestTheSchemaMayBeSomebodyElses(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	p := pool(t, url)
	exec(t, p, "CREATE SCHEMA river; CREATE TABLE river.theirs (id int)")
	if err := store.MigrateUpFrom(t.Context(), url, one()); err != nil {
		t.Fatal(err)
	}
	if err := store.MigrateDownFrom(t.Context(), url, one(), 1); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"theirs"}, riverTables(t, p)); diff != "" {
		t.Errorf("tables left (-want +got):\n%s", diff)
	}
}
