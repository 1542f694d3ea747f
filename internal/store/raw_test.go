package store_test

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5"
)

// countText counts rows, over all tables, that contain the text as text or as bytes.
func countText(t *testing.T, url, text string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, table := range []string{"users", "connections", "flows", "credential_deletions", "links", "sends"} {
		rows, err := conn.Query(t.Context(), `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			for _, raw := range rows.RawValues() {
				if bytes.Contains(raw, []byte(text)) {
					n++
				}
			}
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
	}
	return n
}
