package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/testdb"
)

const pipedriveSecret = "pipedrive-canary-key-0123456789abcdef0123"

var pipedriveKey = map[string]any{"apiToken": pipedriveSecret}

// listed are the sandbox's credentials for a connector.
func (w *world) listed(connector string) (ids []string) {
	w.t.Helper()
	var list struct {
		Credentials []struct {
			CredentialID string `json:"credentialId"`
			Connector    string `json:"connector"`
		} `json:"credentials"`
	}
	raw := w.manage(http.MethodGet, "/credentials", nil)
	if err := json.Unmarshal(raw, &list); err != nil {
		w.t.Fatalf("%v\n%s", err, raw)
	}
	for _, c := range list.Credentials {
		if c.Connector == connector {
			ids = append(ids, c.CredentialID)
		}
	}
	return ids
}

func (w *world) credentials(connector string) int { w.t.Helper(); return len(w.listed(connector)) }

// revoke makes the CRM refuse every credential that it has given out.
func (w *world) revoke(connector string) {
	w.t.Helper()
	for _, id := range w.listed(connector) {
		w.manage(http.MethodPost, "/credentials/"+url.PathEscape(id)+"/revoke", nil)
	}
}

// records are what the CRM holds.
func (w *world) records(connector, object string) (list []map[string]any) {
	w.t.Helper()
	var answer struct {
		Records []map[string]any `json:"records"`
	}
	raw := w.manage(http.MethodGet, "/records?connector="+connector+"&object="+object, nil)
	if err := json.Unmarshal(raw, &answer); err != nil {
		w.t.Fatalf("%v\n%s", err, raw)
	}
	return answer.Records
}

func (w *world) fault(fault map[string]any) {
	w.t.Helper()
	w.manage(http.MethodPost, "/faults", fault)
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			w.t.Fatalf("it never came true that %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// newWorldOn is another installation, with a database of its own, on the same Alloy account.
func newWorldOn(t *testing.T, w *world) *world {
	t.Helper()
	addr := freeAddr(t)
	other := &world{t: t, db: testdb.New(t), url: "http://" + addr, alloy: w.alloy, management: w.management, settings: env{}}
	for name, value := range w.settings {
		other.settings[name] = value
	}
	other.settings["DATABASE_URL"], other.settings["LISTEN_ADDR"], other.settings["PUBLIC_URL"] = other.db, addr, other.url
	other.start()
	return other
}

// dump is everything that the database holds, as text.
func dump(t *testing.T, w *world) (all string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.db)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, table := range []string{"users", "connections", "flows", "credential_deletions", "links", "sends", "idempotency_keys", "conflicts", "paces"} {
		var rows string
		err := conn.QueryRow(t.Context(), fmt.Sprintf(`SELECT coalesce(string_agg(x::text, chr(10)), '') FROM %s x`, table)).Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		all += rows
	}
	return all
}
