// Package migrations carries the schema of the service inside the binary: NNNN_name.up.sql brings the schema one
// version up, NNNN_name.down.sql takes that version back.
//
// golang-migrate sends each file to Postgres as one simple query, which is one implicit transaction: all of a file
// is applied or nothing of it. So a file holds no BEGIN or COMMIT, and a statement that cannot run in a transaction
// (CREATE INDEX CONCURRENTLY) stands alone in its file. A file that has been released is never edited; a new one
// follows it. Package store applies them.
package migrations

import "embed"

// FS holds the migration files, all in its root.
//
//go:embed *.sql
var FS embed.FS
