package testdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/store"
)

const (
	// testPrefix begins the name of every test's database; the Unix time of its creation and a random part follow.
	testPrefix = "sendtocrm_test_"
	// templatePrefix begins the name of a template; the digest of its schema follows.
	templatePrefix = "sendtocrm_template_"
	// templateLock is the advisory lock for making templates and for sweeping ("TESTDB" in ASCII).
	templateLock int64 = 0x544553544442
	// abandonedAfter is the age at which a test's database must have been left behind by a killed process.
	abandonedAfter = time.Hour
	// maxClones bounds the connections that one test process spends on making and dropping databases.
	maxClones = 4
)

// server makes and drops databases over short connections of its own, so that nothing lingers between tests.
type server struct {
	admin    *url.URL
	template string
	slots    chan struct{}
}

// newServer prepares the template in the server whose maintenance database is at adminURL.
func newServer(ctx context.Context, adminURL string) (*server, error) {
	admin, err := url.Parse(adminURL)
	if err != nil {
		return nil, errors.New("the URL of the server cannot be parsed")
	}
	digest, err := store.SchemaDigest()
	if err != nil {
		return nil, err
	}
	s := &server{admin: admin, template: templatePrefix + digest[:16], slots: make(chan struct{}, maxClones)}
	return s, s.do(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil { // until conn closes
			return err
		}
		if err := sweep(ctx, conn, time.Now()); err != nil {
			return fmt.Errorf("drop abandoned test databases: %w", err)
		}
		if err := s.makeTemplate(ctx, conn); err != nil {
			return fmt.Errorf("make the template database: %w", err)
		}
		return nil
	})
}

// makeTemplate migrates a database and renames it when it is whole, so a template that exists can be used. Closed
// to connections it can always be copied: Postgres refuses to copy a database that someone is connected to.
func (s *server) makeTemplate(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.template).Scan(&exists); err != nil || exists {
		return err
	}
	draft := testName(time.Now())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+draft+" TEMPLATE template0"); err != nil {
		return err
	}
	if err := store.MigrateUp(ctx, s.urlOf(draft)); err != nil {
		return err
	}
	for _, statement := range []string{
		"ALTER DATABASE " + draft + " ALLOW_CONNECTIONS false",
		"ALTER DATABASE " + draft + " RENAME TO " + s.template,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// sweep drops the databases that killed test processes have left on a shared server.
func sweep(ctx context.Context, conn *pgx.Conn, now time.Time) error {
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", testPrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if created, ok := creation(name); ok && now.Sub(created) > abandonedAfter {
			if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *server) createMigrated(ctx context.Context) (name, url string, err error) {
	return s.createFrom(ctx, s.template)
}

func (s *server) createEmpty(ctx context.Context) (name, url string, err error) {
	return s.createFrom(ctx, "template0")
}

func (s *server) createFrom(ctx context.Context, template string) (name, url string, err error) {
	name = testName(time.Now())
	return name, s.urlOf(name), s.do(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy")
		return err
	})
}

func (s *server) drop(ctx context.Context, name string) error {
	return s.do(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		return err
	})
}

// do runs work on a connection to the maintenance database, at most maxClones at a time.
func (s *server) do(ctx context.Context, work func(*pgx.Conn) error) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return work(conn)
}

// urlOf is the server's URL with another database in it.
func (s *server) urlOf(database string) string {
	u := *s.admin
	u.Path = "/" + database
	return u.String()
}

// testName is a name that needs no quoting.
func testName(now time.Time) string {
	return testPrefix + strconv.FormatInt(now.Unix(), 10) + "_" + strings.ToLower(rand.Text()[:10])
}

// creation reads the time back from a name made by testName.
func creation(name string) (time.Time, bool) {
	stamp, _, ok := strings.Cut(strings.TrimPrefix(name, testPrefix), "_")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	return time.Unix(seconds, 0), ok && err == nil
}
