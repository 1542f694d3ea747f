package main

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/testdb"
)

// The queue's tables are brought by the same command, and their absence is told by the same one.
func TestMigrateTellsOfTheQueue(t *testing.T) {
	t.Parallel()
	e := env{"DATABASE_URL": testdb.New(t)}
	migrate := func(args ...string) string {
		t.Helper()
		var out strings.Builder
		if code := run(t.Context(), append([]string{"migrate"}, args...), e, &out, &out); code != 0 {
			t.Fatalf("migrate %v: %d\n%s", args, code, out.String())
		}
		return out.String()
	}
	if said := migrate("version"); strings.Contains(said, "queue") {
		t.Errorf("up to date: %s", said)
	}
	conn, err := pgx.Connect(t.Context(), e["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "DROP SCHEMA river CASCADE"); err != nil {
		t.Fatal(err)
	}
	if said := migrate("version"); !strings.Contains(said, "queue") || !strings.Contains(said, "run `server migrate`") {
		t.Errorf("without the queue's tables: %s", said)
	}
	if said := migrate(); strings.Contains(said, "queue") {
		t.Errorf("after migrate: %s", said)
	}
}
