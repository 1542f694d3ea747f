package testdb_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for range 12 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			p := pool(t, testdb.New(t))
			if err := store.CheckMigrated(t.Context(), p); err != nil {
				t.Error(err)
			}
			if _, err := p.Exec(t.Context(), "CREATE TABLE mine (id int)"); err != nil {
				t.Errorf("it is there already, so another test's database is this one's: %v", err)
			}
		})
	}
}

func TestEmptyHasNoTables(t *testing.T) {
	t.Parallel()
	p := pool(t, testdb.Empty(t))
	var n int
	if err := p.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d tables, %v", n, err)
	}
}

// A test that leaves connections open loses its database all the same.
func TestDatabaseGoesWithTheTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("a test", func(t *testing.T) {
		url = testdb.New(t)
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	_, err := pgx.Connect(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("connect after the test: %v", err)
	}
}
