//go:build unix

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

var (
	markPattern   = regexp.MustCompile(`([A-Za-z0-9_-]+)` + markDomain)
	digestPattern = regexp.MustCompile(`\bv[0-9]+\b`)
)

// settle waits until nothing is under way any more and what can be looked up has been. It does not fail: what is left
// then is for the checker, and for the test, to name. It returns since when each send that is under way has been so.
func (r *rig) settle(limit time.Duration) (sending map[string]time.Time) {
	r.t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		now := map[string]time.Time{}
		ids, waiting := r.underWay()
		for _, id := range ids {
			now[id] = time.Now()
			if since, before := sending[id]; before {
				now[id] = since
			}
		}
		sending = now
		if len(sending) == 0 && waiting == 0 || time.Now().After(deadline) {
			return sending
		}
	}
}

// underWay are the ids of the sends that are sending, and how many more wait for something that will come by itself. It is
// one look: a send that goes from one state to the other between two would be in neither.
func (r *rig) underWay() (ids []string, waiting int) {
	r.t.Helper()
	r.sql(func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `
			SELECT coalesce(array_agg(id::text) FILTER (WHERE status = 'sending'), '{}'),
				count(*) FILTER (WHERE status = 'queued' OR (status = 'unknown' AND object = 'contact'))
			FROM sends WHERE status IN ('sending', 'queued', 'unknown')`).Scan(&ids, &waiting)
	})
	return ids, waiting
}

// open counts the sends in these states.
func (r *rig) open(states ...string) int {
	r.t.Helper()
	return r.count(`SELECT count(*) FROM sends WHERE status = ANY ($1)`, states)
}

// unknownContacts counts the sends that a look-up could settle and has not.
func (r *rig) unknownContacts() int {
	r.t.Helper()
	return r.count(`SELECT count(*) FROM sends WHERE status = 'unknown' AND object = 'contact'`)
}

// verdict settles, gathers, checks, and fails the test with what is broken.
func (r *rig) verdict(attempts []attempt) history {
	r.t.Helper()
	sending := r.settle(scale.settle)
	h := r.gather(attempts)
	for i := range h.Sends {
		h.Sends[i].Sending = h.Taken
		if since, ok := sending[h.Sends[i].ID]; ok {
			h.Sends[i].Sending = since
		}
	}
	r.t.Log(h.summary())
	if violations := h.check(); len(violations) > 0 {
		r.t.Errorf("%d violations:\n%s", len(violations), report(violations))
	}
	if n := r.unknownContacts(); n > 0 {
		r.t.Errorf("%d contacts are unknown %s after the last request, and can be looked up", n, scale.settle)
	}
	if n := r.open("queued"); n > 0 {
		r.t.Errorf("%d sends are queued %s after the last request", n, scale.settle)
	}
	return h
}

// gather puts the three sides together.
func (r *rig) gather(attempts []attempt) history {
	r.t.Helper()
	h := history{Attempts: attempts, Pauses: r.pauses.all(), Searchless: map[kind]bool{}}
	byCredential, byAccount := r.gatherRows(&h)
	r.gatherRecords(&h, byAccount)
	r.gatherCalls(&h, byCredential)
	return h
}

// account is a user's account at a CRM.
type account struct{ alloyUser, connector string }

// gatherRows reads the database, and how its connections are known at the CRM's side.
func (r *rig) gatherRows(h *history) (byCredential map[string]string, byAccount map[account]string) {
	byCredential, byAccount = map[string]string{}, map[account]string{}
	r.sql(func(ctx context.Context, conn *pgx.Conn) error {
		rows, _ := conn.Query(ctx, `
			SELECT c.id::text, c.connector, c.credential_id, u.alloy_user_id
			FROM connections c JOIN users u ON u.id = c.user_id WHERE c.credential_id IS NOT NULL`) // the error comes with the rows
		var id, connector, credential, user string
		if _, err := pgx.ForEachRow(rows, []any{&id, &connector, &credential, &user}, func() error {
			byCredential[credential], byAccount[account{user, connector}] = id, id
			if connector == "hubspot" {
				h.Searchless[kind{id, "deal"}] = true // a deal has no natural key
			}
			return nil
		}); err != nil {
			return err
		}
		var s subject
		var crmID *string
		var unresolved bool
		rows, _ = conn.Query(ctx, `SELECT connection_id::text, object, record_id, crm_record_id, unresolved_send_id IS NOT NULL FROM links`)
		if _, err := pgx.ForEachRow(rows, []any{&s.Connection, &s.Object, &s.Record, &crmID, &unresolved}, func() error {
			h.Links = append(h.Links, linkRow{subject: s, Unresolved: unresolved})
			if crmID != nil {
				h.Links[len(h.Links)-1].CRMID = *crmID
			}
			return nil
		}); err != nil {
			return err
		}
		var row sendRow
		rows, _ = conn.Query(ctx, `SELECT connection_id::text, object, record_id, id::text, status, created_at FROM sends`)
		if _, err := pgx.ForEachRow(rows, []any{&row.Connection, &row.Object, &row.Record, &row.ID, &row.Status, &row.Created}, func() error {
			h.Sends = append(h.Sends, row)
			return nil
		}); err != nil {
			return err
		}
		return conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&h.Taken)
	})
	return byCredential, byAccount
}

func (r *rig) gatherRecords(h *history, byAccount map[account]string) {
	r.t.Helper()
	var answer struct {
		Records []struct {
			Connector, Object, UserID, ID string
			Fields                        json.RawMessage
		}
	}
	r.decode("/records", &answer)
	for _, one := range answer.Records {
		s := subject{byAccount[account{one.UserID, one.Connector}], one.Object, markIn(one.Fields)}
		h.Records = append(h.Records, crmRecord{s, one.ID, digestPattern.FindString(string(one.Fields))})
	}
}

// gatherCalls reads the ledger. A call that names a CRM record's id, and not the record itself, is matched by the id.
func (r *rig) gatherCalls(h *history, byCredential map[string]string) {
	r.t.Helper()
	var answer struct {
		Entries []struct {
			Time                                   time.Time
			Operation, Object, RecordID, Execution string
			RawBody                                string
			Status                                 int
			Applied, Open                          bool
			DurationMicros                         int64
		}
		Dropped uint64
	}
	r.decode("/ledger", &answer)
	if answer.Dropped > 0 {
		r.t.Fatalf("the sandbox's ledger has lost %d calls; the run is too long for it", answer.Dropped)
	}
	owner := map[recordKey]string{}
	for _, one := range h.Records {
		owner[recordKey{one.kind(), one.ID}] = one.Record
	}
	for _, e := range answer.Entries {
		var body struct {
			CredentialID string            `json:"credentialId"`
			PathParams   map[string]string `json:"pathParams"`
		}
		if json.Unmarshal([]byte(e.RawBody), &body) != nil || byCredential[body.CredentialID] == "" {
			continue // no call of a CRM's action
		}
		c := crmCall{
			subject:    subject{byCredential[body.CredentialID], e.Object, markIn([]byte(e.RawBody))},
			Credential: body.CredentialID, Operation: e.Operation, Start: e.Time,
			End: e.Time.Add(time.Duration(e.DurationMicros) * time.Microsecond), Status: e.Status, Applied: e.Applied, CRMID: e.RecordID,
		}
		if e.Open {
			c.End = time.Now()
		}
		for _, id := range append([]string{e.RecordID}, values(body.PathParams)...) {
			if c.Record == "" {
				c.Record = owner[recordKey{c.kind(), id}]
			}
		}
		h.Calls = append(h.Calls, c)
	}
}

func values(m map[string]string) (list []string) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

func markIn(raw []byte) string {
	if found := markPattern.FindSubmatch(raw); found != nil {
		return string(found[1])
	}
	return ""
}

func (r *rig) decode(path string, into any) {
	r.t.Helper()
	raw := r.manage(http.MethodGet, path, nil)
	if err := json.Unmarshal(raw, into); err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
}
