package store_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sendtocrm/internal/crm"
)

// The database enforces the very transitions that the code knows, for every pair of states.
func TestDatabaseEnforcesTheStateMachine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	conn, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	allowed := 0
	for _, from := range crm.Statuses() {
		for _, to := range crm.Statuses() {
			if from == to {
				continue
			}
			id := uuid.Must(uuid.NewV7())
			if _, err := conn.Exec(t.Context(), `
				INSERT INTO sends (id, user_id, connection_id, connector, object, record_id, status, operation, digest, due_at)
				VALUES ($1, $2, $3, 'hubspot', 'contact', 'r', $4, 'create', '', CASE WHEN $4 IN ('queued', 'unknown', 'needs_review') THEN now() END)`, id, b.user.ID, b.connection.ID, string(from)); err != nil {
				t.Fatal(err)
			}
			_, err := conn.Exec(t.Context(), `
				UPDATE sends SET status = $2, due_at = CASE WHEN $2 IN ('queued', 'unknown', 'needs_review') THEN now() END WHERE id = $1`, id, string(to))
			var refused *pgconn.PgError
			if err != nil && (!errors.As(err, &refused) || refused.Code != "23514") {
				t.Fatal(err)
			}
			if (err == nil) != from.MayBecome(to) {
				t.Errorf("%s > %s: the database says %v, the code %t", from, to, err, from.MayBecome(to))
			}
			if err == nil {
				allowed++
			}
		}
	}
	if allowed == 0 {
		t.Error("nothing is allowed")
	}
}
