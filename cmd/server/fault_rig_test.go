//go:build unix

package main

import (
	"context"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"sendtocrm/internal/sandbox"
	"sendtocrm/internal/testdb"
)

// rig is a world whose parts can be broken one by one:
//
//	clients ─▶ process 1 … n ─▶ database hop ─▶ Postgres
//	                         └▶ alloy hop ────▶ sandbox (in this process: it outlives them all, and keeps the ledger)
type rig struct {
	*world
	postgres *postgres // nil: a database in the server of all tests
	database *hop
	upstream *hop
	pauses   *pauses
}

// lookupLag is what the service is told of the CRMs' index lag; the sandbox's own is shorter.
const (
	lookupLag  = 500 * time.Millisecond
	searchLag  = 300 * time.Millisecond
	callLimit  = 2 * time.Second // ALLOY_TIMEOUT
	leaseLimit = 2 * time.Second // LEASE_TTL
)

// newRig has everything but processes; serve starts those.
func newRig(t *testing.T, overrides ...env) *rig {
	t.Helper()
	return newRigOn(t, nil, testdb.New(t), overrides...)
}

// newCrashRig is a rig with a Postgres that can be killed.
func newCrashRig(t *testing.T, overrides ...env) *rig {
	t.Helper()
	p := newPostgres(t)
	return newRigOn(t, p, p.server.URL(), overrides...)
}

func newRigOn(t *testing.T, p *postgres, db string, overrides ...env) *rig {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{APIKey: testAlloyKey, Now: time.Now, Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{world: &world{t: t, db: db}, postgres: p, pauses: &pauses{}}
	r.alloy = httptest.NewServer(r.pauses.watch(box.Handler()))
	t.Cleanup(func() { r.alloy.CloseClientConnections(); r.alloy.Close() })
	box.SetPublicURL(r.alloy.URL)
	r.management = httptest.NewServer(box.Management())
	t.Cleanup(r.management.Close)
	r.manage(http.MethodPut, "/settings", map[string]any{"searchLagMs": map[string]any{"hubspot": searchLag.Milliseconds()}})

	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	r.database = newHop(t, u.Host)
	r.upstream = newHop(t, strings.TrimPrefix(r.alloy.URL, "http://"))
	addr := freeAddr(t)
	r.url = "http://" + addr
	r.settings = env{
		"DATABASE_URL": r.database.through(db), "DB_MAX_CONNS": "12",
		"ALLOY_API_KEY": testAlloyKey, "ALLOY_BASE_URL": r.upstream.through(r.alloy.URL), "ALLOY_TIMEOUT": callLimit.String(),
		"LISTEN_ADDR": addr, "ADMIN_ADDR": "127.0.0.1:0", "PUBLIC_URL": r.url, "RETURN_URLS": testReturnURL,
		"SERVICE_KEYS": "back-end:" + testServiceKey, "SESSION_SECRETS": "a-session-secret-of-32-bytes-0000",
		"ENCRYPTION_KEYS": "k1:" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef")),
		"LEASE_TTL":       leaseLimit.String(), "LOOKUP_LAG": lookupLag.String(),
		"CONNECTION_RATE": "off", "CALLER_RATE": "off", "LOG_LEVEL": "info",
	}
	for _, o := range overrides {
		maps.Copy(r.settings, o)
	}
	return r
}

// serve starts the process that listens on r.url, again and again if need be.
func (r *rig) serve(overrides ...env) *process {
	r.t.Helper()
	p, err := launch(r.t, append([]env{r.settings}, overrides...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// replica starts a further process on an address of its own.
func (r *rig) replica(overrides ...env) *process {
	r.t.Helper()
	return r.serve(append([]env{{"LISTEN_ADDR": freeAddr(r.t)}}, overrides...)...)
}

// targets connects a user to the CRMs: "hubspot/contact", "salesforceCRM/contact", "hubspot/deal".
func (r *rig) targets(user string, names ...string) (list []target) {
	r.t.Helper()
	connections := map[string]string{}
	for _, name := range names {
		connector, object, _ := strings.Cut(name, "/")
		if connections[connector] == "" {
			connections[connector] = r.service(user).connected(connector)
		}
		list = append(list, target{user: user, connection: connections[connector], connector: connector, object: object})
	}
	return list
}

var everyKind = []string{"hubspot/contact", "salesforceCRM/contact", "hubspot/deal"}

// directURL leads to the database past the hop.
func (r *rig) directURL() string {
	if r.postgres != nil {
		return r.postgres.server.URL()
	}
	return r.db
}

// sql asks the database itself.
func (r *rig) sql(do func(context.Context, *pgx.Conn) error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, r.directURL())
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := do(ctx, conn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) exec(statement string) {
	r.t.Helper()
	r.sql(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// count runs a query for one number.
func (r *rig) count(query string, args ...any) (n int) {
	r.t.Helper()
	r.sql(func(ctx context.Context, conn *pgx.Conn) error { return conn.QueryRow(ctx, query, args...).Scan(&n) })
	return n
}
