package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// exec changes what the database holds, as time and accidents do.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = conn.Close(w.t.Context()) }()
	if _, err := conn.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// row reads one row of the database.
func (w *world) row(sql string, args []any, into ...any) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = conn.Close(w.t.Context()) }()
	if err := conn.QueryRow(w.t.Context(), sql, args...).Scan(into...); err != nil {
		w.t.Fatal(err)
	}
}

// A decision about an old version does not send it over a newer one.
func TestDecisionDoesNotOverwriteNewerData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	twins(t, w)
	body := contact(connection)
	held := caller.post("/v1/sends", body).want(t, 202)
	body["record"] = record("r1", changed(changed(john(), "contact_email", "new@acme.com"), "contact_phone", "NEW"))
	newer := caller.post("/v1/sends", body).want(t, 201).str("crmRecord", "id")
	caller.resolve(caller.conflictOf(held.str("id")), map[string]any{"choice": "create"}).want(t, 200)
	caller.ends(held.str("id"), "canceled")
	if got := w.values("salesforceCRM", "contact", "Phone")[newer]; got != "NEW" {
		t.Errorf("the newer version was overwritten: %v", got)
	}
}

// A record that was there before is not deleted by an undo, even if a look-up took it for ours.
func TestUndoDeletesOnlyWhatWasMade(t *testing.T) {
	t.Parallel()
	w, caller, connection, crmID := stocked(t, "hubspot", "contact", john())
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "cut_before", "times": 1})
	lost := caller.post("/v1/sends", contact(connection)).want(t, 202)
	caller.ends(lost.str("id"), "succeeded")
	caller.post("/v1/sends/"+lost.str("id")+"/undo", nil).want(t, 409, "conflict")
	if _, there := w.values("hubspot", "contact", "email")[crmID]; !there {
		t.Errorf("the record %s of others was deleted", crmID)
	}
}

// An undo whose answer was lost leaves it open what the CRM holds: the next send does not take it for unchanged.
func TestLostUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"ALLOY_TIMEOUT": "2s"})
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	created := caller.post("/v1/sends", body).want(t, 201)
	w.fault(map[string]any{"match": map[string]any{"operation": "delete"}, "kind": "hang", "applied": true, "times": 1})
	caller.post("/v1/sends/"+created.str("id")+"/undo", nil)
	again := caller.post("/v1/sends", body)
	if n := len(w.records("hubspot", "contact")); again.status < 300 && n != 1 {
		t.Errorf("answered %d %s, and the CRM has %d records", again.status, again.str("operation"), n)
	}
}

// What has waited for days is not given up at the first hitch after a reconnect.
func TestLongWaitIsNoReasonToGiveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "status", "status": 429, "retryAfter": "6", "times": 1})
	queued := caller.post("/v1/sends", contact(connection)).want(t, 202)
	w.exec(`UPDATE sends SET created_at = now() - interval '2 days', trying_since = now() - interval '2 days'`)
	w.exec(`UPDATE connections SET status = 'needs_reconnect'`)
	again := caller.post("/v1/connections/"+connection+"/reconnect", map[string]any{}).want(t, 200)
	w.fault(map[string]any{"match": map[string]any{"operation": "list"}, "kind": "status", "status": 429, "retryAfter": "1", "times": 1})
	w.consent(again.str("authorizationUrl"), "Allow")
	caller.ends(queued.str("id"), "succeeded")
}

// "Create" is kept: the records that the person has ruled out are not taken, whatever goes wrong on the way.
func TestCreateChoiceIsKept(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]map[string]any{
		"503": {"kind": "status", "status": 503}, "lost": {"kind": "cut_before"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, env{"LOOKUP_LAG": "300ms", "ALLOY_TIMEOUT": "3s"})
			caller := w.service("user-1")
			connection := caller.connected("salesforceCRM")
			first, second := twins(t, w)
			body := contact(connection)
			body["record"] = record("r1", changed(john(), "contact_title", "Mine"))
			held := caller.post("/v1/sends", body).want(t, 202)
			w.manage(http.MethodDelete, "/records/salesforceCRM/contact/"+first, nil)
			fault["match"], fault["times"] = map[string]any{"operation": "create"}, 1
			w.fault(fault)
			caller.resolve(caller.conflictOf(held.str("id")), map[string]any{"choice": "create"}).want(t, 200)
			caller.ends(held.str("id"), "succeeded")
			if got := w.values("salesforceCRM", "contact", "Title")[second]; got == "Mine" {
				t.Error("a record that the person had ruled out was overwritten")
			}
		})
	}
	t.Run("gone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		caller := w.service("user-1")
		body := contact(caller.connected("salesforceCRM"))
		body["record"] = record("r1", changed(john(), "contact_email", "first@acme.com"))
		crmID := caller.post("/v1/sends", body).want(t, 201).str("crmRecord", "id")
		twins(t, w)
		w.manage(http.MethodDelete, "/records/salesforceCRM/contact/"+crmID, nil)
		body["record"] = record("r1", changed(john(), "contact_phone", "5"))
		held := caller.post("/v1/sends", body).want(t, 202)
		caller.resolve(caller.conflictOf(held.str("id")), map[string]any{"choice": "create"}).want(t, 200)
		caller.ends(held.str("id"), "succeeded")
	})
}

// The CRM's words about a search may quote the record; they stay out of the log.
func TestLogSaysNothingOfASearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "cut_before", "times": 1})
	w.fault(map[string]any{
		"match": map[string]any{"operation": "search"}, "kind": "status", "status": 400, "times": 1,
		"body": `{"error":{"code":"BAD_REQUEST","message":"Invalid value john.doe@acme.com for property email"}}`,
	})
	caller.post("/v1/sends", body).want(t, 202)
	w.eventually("the search was refused", func() bool {
		_, refused := w.logs.find(func(line map[string]any) bool {
			return line["message"] == "CRM call failed" && line["action"] == "searchContacts"
		})
		return refused
	})
	w.stop()
	if strings.Contains(w.logs.text(), "john.doe") {
		t.Error("the log quotes the record")
	}
}

// A send whose fields can no longer be read ends, and does not stand in the way of the record's later versions.
func TestUnreadableDraftEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "status", "status": 429, "retryAfter": "6", "times": 1})
	queued := caller.post("/v1/sends", body).want(t, 202)
	w.exec(`UPDATE sends SET draft = set_byte(draft, length(draft) - 1, get_byte(draft, length(draft) - 1) # 1)`)
	caller.ends(queued.str("id"), "failed")
	body["record"] = record("r1", changed(john(), "contact_phone", "7"))
	caller.post("/v1/sends", body).want(t, 201)
}
