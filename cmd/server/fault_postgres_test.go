//go:build unix

package main

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sendtocrm/internal/devdb"
	"sendtocrm/internal/store"
)

// postgres is a server of one test's own, durable as in production (fsync and synchronous_commit are on), that can be
// killed and comes back with the same data.
type postgres struct {
	t      *testing.T
	dir    string
	server *devdb.Server
}

func newPostgres(t *testing.T) *postgres {
	t.Helper()
	p := &postgres{t: t, dir: filepath.Join(devDir(t), "postgres")}
	p.start()
	t.Cleanup(func() { _ = p.server.Stop() })
	if err := store.MigrateUp(t.Context(), p.server.URL()); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *postgres) start() {
	p.t.Helper()
	server, err := devdb.Start(p.t.Context(), devdb.Options{Dir: p.dir})
	if err != nil {
		p.t.Fatal(err)
	}
	p.server = server
}

// address is the server's host and port; they change with a restart.
func (p *postgres) address() string {
	u, err := url.Parse(p.server.URL())
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Host
}

// kill is kill -9 of the postmaster; its other processes end when they notice.
func (p *postgres) kill() {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid < 2 {
		p.t.Fatalf("postmaster.pid begins with %q", first)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
	if err := p.server.Stop(); err != nil {
		p.t.Fatal(err)
	}
}

// restart brings the killed server back: it recovers from its log.
func (p *postgres) restart() {
	p.t.Helper()
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		var server *devdb.Server
		if server, err = devdb.Start(p.t.Context(), devdb.Options{Dir: p.dir}); err == nil {
			p.server = server
			return
		}
		if errors.Is(err, p.t.Context().Err()) {
			break
		}
	}
	p.t.Fatalf("Postgres does not come back: %v", err) // a process of the old one still holds its shared memory
}
