package testdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/devdb"
)

// private starts a server for one test, which other tests do not disturb.
func private(t *testing.T) *devdb.Server {
	t.Helper()
	srv, err := devdb.Start(t.Context(), devdb.Options{Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Stop() })
	return srv
}

func TestOrderOfSources(t *testing.T) {
	t.Parallel()
	adminURL := private(t).AdminURL()
	absent := &unavailable{errors.New("not here")}
	broken := errors.New("connection refused")

	for _, tc := range []struct {
		name    string
		results []error // of the sources, in their order
		tried   []string
		log     string
		err     string
	}{
		{"the first", []error{nil, nil, nil}, []string{"a"}, "testdb: databases come from a", ""},
		{"past one", []error{absent, nil, nil}, []string{"a", "b"}, "testdb: databases come from b\n\t(a: not here)", ""},
		{"the last", []error{absent, absent, nil}, []string{"a", "b", "c"}, "testdb: databases come from c\n\t(a: not here)\n\t(b: not here)", ""},
		{"none", []error{absent, absent, absent}, []string{"a", "b", "c"}, "", "a: not here\nb: not here\nc: not here"},
		{"asked for and broken", []error{broken, nil, nil}, []string{"a"}, "", "a: connection refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var tried []string
			var log strings.Builder
			stopped := 0
			var sources []source
			for i, result := range tc.results {
				name := string(rune('a' + i))
				sources = append(sources, source{name, func(context.Context) (string, func() error, error) {
					tried = append(tried, name)
					return adminURL, func() error { stopped++; return nil }, result
				}})
			}
			h := newHarness(sources)
			for range 2 { // the second time must change nothing
				server, err := h.open(t.Context(), func(format string, args ...any) { fmt.Fprintf(&log, format, args...) })
				if got := fmt.Sprint(err); tc.err != "" && got != tc.err || tc.err == "" && err != nil {
					t.Fatalf("error %q, want %q", got, tc.err)
				}
				if (server != nil) != (tc.err == "") {
					t.Errorf("server %v", server)
				}
			}
			h.close()
			if diff := cmp.Diff(tc.tried, tried); diff != "" {
				t.Errorf("tried (-want +got):\n%s", diff)
			}
			if log.String() != tc.log {
				t.Errorf("log %q, want %q", log.String(), tc.log)
			}
			if want := map[bool]int{true: 1, false: 0}[tc.err == ""]; stopped != want {
				t.Errorf("stopped %d times, want %d", stopped, want)
			}
		})
	}
}

func TestGivenServer(t *testing.T) {
	t.Parallel()
	const password = "hunter2"
	for given, want := range map[string]string{
		"mysql://root:" + password + "@127.0.0.1/x": "it must be a URL like postgres://",
		"127.0.0.1": "it must be a URL like postgres://",
		"postgres://me:" + password + "@127.0.0.1:1/db": "connection refused",
	} {
		_, _, err := openGiven(t.Context(), given)
		if err == nil || errors.As(err, new(*unavailable)) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", given, err)
		}
	}
	if _, _, err := openGiven(t.Context(), ""); !errors.As(err, new(*unavailable)) {
		t.Errorf("unset: %v", err)
	}
}

func databases(t *testing.T, adminURL string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), adminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), "SELECT datname::text FROM pg_database WHERE datname LIKE 'sendtocrm\\_%' ORDER BY datname COLLATE \"C\"")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Several test processes that share a server make one template between them and clear up after the dead.
func TestSharedServer(t *testing.T) {
	t.Parallel()
	adminURL := private(t).AdminURL()
	now := time.Now()
	dead, living := testName(now.Add(-2*abandonedAfter)), testName(now.Add(-abandonedAfter/2))
	conn, err := pgx.Connect(t.Context(), adminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, name := range []string{dead, living, testPrefix + "by_hand"} {
		if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name+" STRATEGY file_copy"); err != nil {
			t.Fatal(err)
		}
	}

	var wg sync.WaitGroup
	servers, errs := make([]*server, 4), make([]error, 4)
	for i := range servers {
		wg.Go(func() { servers[i], errs[i] = newServer(t.Context(), adminURL) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	template := servers[0].template
	want := []string{template, living, testPrefix + "by_hand"}
	slices.Sort(want)
	if diff := cmp.Diff(want, databases(t, adminURL)); diff != "" {
		t.Errorf("databases (-want +got):\n%s", diff)
	}
	if c, err := pgx.Connect(t.Context(), servers[0].urlOf(template)); err == nil {
		_ = c.Close(t.Context())
		t.Error("the template admits connections, which would stop it from being copied")
	}

	name, url, err := servers[3].createMigrated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := pgx.Connect(t.Context(), url); err != nil {
		t.Errorf("a copy of the template: %v", err)
	} else {
		_ = c.Close(t.Context())
	}
	if err := servers[0].drop(t.Context(), name); err != nil {
		t.Error(err)
	}
}
