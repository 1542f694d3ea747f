package devdb_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/devdb"
)

func TestDataSurvivesStopAndReopen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "postgres")

	first := start(t, devdb.Options{Dir: dir})
	query(t, first.URL(), "CREATE TABLE kept AS SELECT 'still here' AS value")
	for range 2 {
		if err := first.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if conn, err := pgx.Connect(t.Context(), first.URL()); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the server answers after Stop")
	}

	second := start(t, devdb.Options{Dir: dir})
	if got := query(t, second.URL(), "SELECT value FROM kept"); got != "still here" {
		t.Errorf("after the restart the table holds %q", got)
	}
	if got := query(t, second.AdminURL(), "SELECT current_database()"); got != "postgres" {
		t.Errorf("AdminURL leads to the database %q", got)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "password"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
	}

	t.Run("one process at a time", func(t *testing.T) {
		_, err := devdb.Start(t.Context(), devdb.Options{Dir: dir})
		wantError(t, err, dir+" is in use by another process (pid "+strconv.Itoa(os.Getpid())+")")
	})
	t.Run("only with the password", func(t *testing.T) {
		u, _ := url.Parse(second.URL())
		u.User = url.UserPassword(u.User.Username(), "guess")
		conn, err := pgx.Connect(t.Context(), u.String())
		if err == nil {
			_ = conn.Close(t.Context())
		}
		wantError(t, err, "password authentication failed")
	})
	t.Run("only on the loopback address", func(t *testing.T) {
		if got := query(t, second.URL(), "SHOW listen_addresses"); got != "127.0.0.1" {
			t.Errorf("listens on %q", got)
		}
		if got := query(t, second.URL(), "SHOW unix_socket_directories"); got != "" {
			t.Errorf("has a socket in %q", got)
		}
	})
	t.Run("letters of all languages", func(t *testing.T) {
		if got := query(t, second.URL(), "SELECT lower('ÄÉØ')"); got != "äéø" {
			t.Errorf("lower('ÄÉØ') = %q", got)
		}
	})
}

func TestThrowawayIsDeletedAtStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "gone")
	srv := start(t, devdb.Options{Dir: dir, Throwaway: true})
	if got := query(t, srv.URL(), "SHOW fsync"); got != "off" {
		t.Errorf("fsync is %s", got)
	}
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory is still there (%v)", err)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = busy.Close() })
	port := busy.Addr().(*net.TCPAddr).Port

	full := filepath.Join(openDir(t), "full")
	if err := os.MkdirAll(filepath.Join(full, "photos"), 0o755); err != nil {
		t.Fatal(err)
	}
	expired, cancel := context.WithCancel(t.Context())
	cancel()

	for _, tc := range []struct {
		name string
		ctx  context.Context
		opts devdb.Options
		want string
	}{
		{"no directory", t.Context(), devdb.Options{}, "no directory is given"},
		{"a busy port", t.Context(), devdb.Options{Throwaway: true, Port: port}, fmt.Sprintf("port %d is not free", port)},
		{"a directory of other things", t.Context(), devdb.Options{Dir: full}, full + " holds no database but other things (photos)"},
		{"to throw away what is not its own", t.Context(), devdb.Options{Dir: full, Throwaway: true}, full + " is not empty"},
		{"when the time is up", expired, devdb.Options{Dir: filepath.Join(openDir(t), "x"), Throwaway: true}, "context canceled"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv, err := devdb.Start(tc.ctx, tc.opts)
			if err == nil {
				t.Fatal(srv.Stop())
			}
			wantError(t, err, tc.want)
			if tc.opts.Dir == full {
				if _, err := os.Stat(filepath.Join(full, "photos")); err != nil {
					t.Error(err)
				}
			} else if tc.opts.Dir != "" {
				if _, err := os.Stat(tc.opts.Dir); !os.IsNotExist(err) {
					t.Errorf("%s is left behind (%v)", tc.opts.Dir, err)
				}
			}
		})
	}
}

// Variables that are meant for psql must not reach initdb and the server.
func TestEnvironmentOfClientsIsIgnored(t *testing.T) {
	for key, value := range map[string]string{"PGPORT": "", "PGDATA": "/nowhere", "PGHOST": "/nowhere", "LC_ALL": "xx_XX"} {
		t.Setenv(key, value)
	}
	srv := start(t, devdb.Options{Throwaway: true})
	if got := query(t, srv.URL(), "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("encoding %s", got)
	}
}

// The data directory of a stopped server is made to look in turn like what accidents leave.
func TestRestartAfterAccidents(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "postgres")
	if err := start(t, devdb.Options{Dir: dir}).Stop(); err != nil {
		t.Fatal(err)
	}

	t.Run("a process id that another process has by now", func(t *testing.T) {
		stale := fmt.Sprintf("%d\n%s/data\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready\n", os.Getpid(), dir)
		if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(stale), 0o600); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := start(t, devdb.Options{Dir: dir}).Stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 8*time.Second {
			t.Errorf("it took %s: it waited for a process that has nothing to do with it", took)
		}
	})
	t.Run("an initdb that was cut off", func(t *testing.T) {
		if err := os.MkdirAll(filepath.Join(dir, "data.unfinished", "base"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := start(t, devdb.Options{Dir: dir}).Stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "data.unfinished")); !os.IsNotExist(err) {
			t.Errorf("it is still there (%v)", err)
		}
	})
	t.Run("a server that refuses its settings", func(t *testing.T) {
		conf := filepath.Join(dir, "data", "postgresql.auto.conf")
		if err := os.WriteFile(conf, []byte("work_mem = 'plenty'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := devdb.Start(t.Context(), devdb.Options{Dir: dir})
		wantError(t, err, "the server ended at its start", "work_mem")
		if err := os.Truncate(conf, 0); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a lost password", func(t *testing.T) {
		if err := os.Remove(filepath.Join(dir, "password")); err != nil {
			t.Fatal(err)
		}
		_, err := devdb.Start(t.Context(), devdb.Options{Dir: dir})
		wantError(t, err, "the password of the existing data cannot be read", "move "+dir+" away")
	})
	t.Run("data of another major version", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := devdb.Start(t.Context(), devdb.Options{Dir: dir})
		wantError(t, err, "was made by PostgreSQL 9, and installed is", "DEVPG_BIN", "move "+dir+" away")
	})
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error\n\t%v\nlacks %q", err, part)
		}
	}
}
