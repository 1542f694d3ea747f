// Package devdb runs a private Postgres from the binaries that are installed on this machine: for `server dev`, where
// the data stays, and for tests, where all of it goes. It is never used to serve.
//
//	Start ── FindBinaries ── lock the directory ── leftover server? ── initdb (first time) ── postgres ── wait ── URL
//	                            lock.go              leftover.go          initdb.go           process.go
//
//	Dir/            0700, belongs to the account that the server runs as
//	  lock          held (flock) for as long as a process uses the directory; the kernel lets go of it on any death
//	  password      0600, of the role "sendtocrm"
//	  data/         the database cluster; renamed into place when initdb is through, so it is whole or not there
//
// The server listens on 127.0.0.1 only, over TCP only (no Unix socket, hence no limit on the length of Dir), and asks
// for the password (scram-sha-256). Postgres refuses to run as root, so a process of root runs it as the owner of an
// existing data directory, else as the user postgres, else as nobody.
//
// A dead parent leaves no server behind: the kernel does that on Linux (orphan_linux.go), a watching shell on the
// other Unix systems (orphan_unix.go). What a killed process leaves of a throw-away directory, the next one sweeps.
//
// The package knows nothing of the service: no schema, no migrations.
package devdb
