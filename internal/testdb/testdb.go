package testdb

import (
	"context"
	"os"
	"testing"
	"time"
)

const (
	// openTimeout bounds the choice and start of the server; pulling an image is the longest part of it.
	openTimeout = 5 * time.Minute
	opTimeout   = time.Minute
)

// shared is the one server of this test process: packages under test cannot hand it to one another.
var shared = newHarness(sources())

// New returns the URL of a fresh database with the current schema. It is dropped when the test ends, with any
// connections left to it. Safe in parallel tests.
func New(t testing.TB) (url string) {
	t.Helper()
	return shared.create(t, true)
}

// Empty returns the URL of a fresh database without a schema, dropped like New's.
func Empty(t testing.TB) (url string) {
	t.Helper()
	return shared.create(t, false)
}

// Run runs the tests of a package and then stops the server that they used. It returns the code for os.Exit.
func Run(m *testing.M) int {
	defer shared.close()
	return m.Run()
}

// Main is a whole TestMain.
func Main(m *testing.M) {
	os.Exit(Run(m))
}

func (h *harness) create(t testing.TB, migrated bool) string {
	t.Helper()
	opening, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	server, err := h.open(opening, t.Logf)
	if err != nil {
		t.Fatalf("no database for this test:\n%v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
	defer cancel()
	create := server.createEmpty
	if migrated {
		create = server.createMigrated
	}
	name, url, err := create(ctx)
	if err != nil {
		t.Fatalf("make a database for this test: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
		defer cancel()
		if err := server.drop(ctx, name); err != nil {
			t.Errorf("drop the database of this test: %v", err)
		}
	})
	return url
}
