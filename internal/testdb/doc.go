// Package testdb gives every test a Postgres database of its own: real, migrated, empty, and gone after the test.
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
//	func TestX(t *testing.T) {
//		t.Parallel()
//		url := testdb.New(t) // postgres://…
//
// One server serves a test process. It is chosen once, at the first use, and named in that test's log:
//
//	TEST_DATABASE_URL ── set ──> that server; an error if it does not answer
//	Docker            ── an engine answers, the image can be had ──> a container (testcontainers-go)
//	internal/devdb    ── Postgres binaries are installed ──> a throw-away cluster
//	none of them      ──> the test FAILS and says what to install; it is never skipped
//
// In the server, one template database is migrated once and each test gets a copy of it (CREATE DATABASE … TEMPLATE),
// which takes a fraction of the time of the migrations. The template is named by the digest of the schema, is made
// under an advisory lock and admits no connection, so that several test processes can share a server.
//
// Main stops the server and deletes it. A process that dies without it leaves nothing running either: the container
// is ended by its reaper, the cluster by the kernel, and the next test process sweeps its directory. On a shared
// server the databases of dead processes are dropped by the next process an hour later.
package testdb
