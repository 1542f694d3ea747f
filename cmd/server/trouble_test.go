package main

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

func contact(id string) (body map[string]any) {
	return map[string]any{"connectionId": id, "object": "contact", "record": record("r1", john())}
}

// settled waits until a send has come to its end, or needs a person.
func (c client) settled(send string) (a answer) {
	c.w.t.Helper()
	c.w.eventually("the send "+send+" is settled", func() bool {
		a = c.get("/v1/sends/"+send).want(c.w.t, http.StatusOK)
		return !slices.Contains([]string{"queued", "sending", "unknown"}, a.str("status"))
	})
	return a
}

// What the CRM says becomes a code of the vocabulary, on the host's own field names, with a remedy.
func TestUpstreamTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  map[string]any
		status int
		code   string
		check  func(*testing.T, answer)
	}{
		"refused": {
			map[string]any{"kind": "status", "status": 400}, 422, "crm_rejected",
			func(t *testing.T, a answer) {
				if a.body["retryable"] != false {
					t.Errorf("%v", a)
				}
			},
		},
		"revoked":                 {map[string]any{"kind": "invalid_credential"}, 409, "reconnect_required", nil},
		"500":                     {map[string]any{"kind": "status", "status": 500}, 202, "", nil},
		"502":                     {map[string]any{"kind": "status", "status": 502}, 202, "", nil},
		"504":                     {map[string]any{"kind": "status", "status": 504}, 202, "", nil},
		"garbage":                 {map[string]any{"kind": "garbage"}, 202, "", nil},
		"cut off after the write": {map[string]any{"kind": "cut_after"}, 202, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, env{"LOOKUP_LAG": "300ms"})
			caller := w.service("user-1")
			body := contact(caller.connected("hubspot"))
			fault := map[string]any{"match": map[string]any{"operation": "create"}, "times": 1}
			for key, value := range c.fault {
				fault[key] = value
			}
			w.fault(fault)
			a := caller.post("/v1/sends", body)
			if c.status != http.StatusAccepted {
				a.want(t, c.status, c.code)
				if a.str("sendId") == "" {
					t.Errorf("a failed send has an id: %v", a)
				}
				stored := caller.get("/v1/sends/"+a.str("sendId")).want(t, 200)
				if stored.str("status") != "failed" || stored.str("error", "code") != c.code || stored.str("error", "remedy") == "" {
					t.Errorf("as stored: %v", stored)
				}
				if c.check != nil {
					c.check(t, a)
				}
				return
			}
			// It may have happened: 202, and nothing is created blindly after it.
			a.want(t, http.StatusAccepted)
			if a.str("status") != "unknown" || a.str("error", "code") != "outcome_unknown" || a.header.Get("Location") != "/v1/sends/"+a.str("id") {
				t.Errorf("an unknown outcome: %v", a)
			}
			again := caller.post("/v1/sends", body)
			if again.str("id") != a.str("id") && again.str("operation") != "unchanged" {
				t.Errorf("the same once more was not answered as the first: %v", again)
			}
			// The service looks in the CRM: the record is there, or it is certainly not and is created once more.
			settled := caller.settled(a.str("id"))
			if settled.str("status") != "succeeded" || settled.str("operation") != "create" {
				t.Errorf("the unknown send was not settled: %v", settled)
			}
			records := w.records("hubspot", "contact")
			if len(records) != 1 || records[0]["id"] != settled.str("crmRecord", "id") {
				t.Errorf("the CRM has %v, the send says %v", records, settled)
			}
			caller.post("/v1/sends", body).want(t, http.StatusOK)
		})
	}
}

// A pause that the CRM asks for is kept: short ones while the caller waits, long ones in the queue.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "status", "status": 429, "retryAfter": "1", "times": 1})
	start := time.Now()
	a := caller.post("/v1/sends", body).want(t, 201)
	if a.body["attempts"] != 2.0 || time.Since(start) < time.Second {
		t.Errorf("after %v: %v", time.Since(start), a)
	}
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "status", "status": 429, "retryAfter": "6", "times": 1})
	body["record"] = record("r2", changed(john(), "contact_email", "other@acme.example"))
	queued := caller.post("/v1/sends", body).want(t, 202)
	if queued.str("status") != "queued" || queued.str("error", "code") != "rate_limited" || queued.header.Get("Location") == "" {
		t.Errorf("%v", queued)
	}
	if again := caller.post("/v1/sends", body).want(t, 202); again.str("id") != queued.str("id") {
		t.Errorf("the same once more: %v", again)
	}
	settled := caller.settled(queued.str("id"))
	if settled.str("status") != "succeeded" || settled.body["attempts"] != 2.0 {
		t.Errorf("%v", settled)
	}
}

func TestHangingCRM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"ALLOY_TIMEOUT": "2s"})
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "hang", "applied": true, "times": 1})
	start := time.Now()
	a := caller.post("/v1/sends", body).want(t, 202)
	if a.str("status") != "unknown" || time.Since(start) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(start), a)
	}
	if n := len(w.records("hubspot", "contact")); n != 1 {
		t.Errorf("the CRM has %d records", n)
	}
}

// The answer to an update is lost: it is safe to repeat, while the caller waits and after.
func TestLostUpdateIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	created := caller.post("/v1/sends", body).want(t, 201)
	body["record"] = record("r1", changed(john(), "contact_phone", "1"))
	w.fault(map[string]any{"match": map[string]any{"operation": "update"}, "kind": "cut_before", "times": 1})
	a := caller.post("/v1/sends", body)
	if a.want(t, 200); a.body["attempts"] != 2.0 {
		t.Errorf("a lost update was not repeated: %v", a)
	}
	w.fault(map[string]any{"match": map[string]any{"operation": "update"}, "kind": "cut_after"})
	body["record"] = record("r1", changed(john(), "contact_phone", "2"))
	queued := caller.post("/v1/sends", body).want(t, 202)
	if queued.str("status") != "queued" || queued.str("error", "code") != "upstream_unavailable" {
		t.Errorf("%v", queued)
	}
	w.manage(http.MethodDelete, "/faults", nil)
	if settled := caller.settled(queued.str("id")); settled.str("status") != "succeeded" {
		t.Errorf("%v", settled)
	}
	body["record"] = record("r1", john())
	repeated := caller.post("/v1/sends", body).want(t, 200)
	if repeated.str("operation") != "update" || repeated.str("crmRecord", "id") != created.str("crmRecord", "id") {
		t.Errorf("%v", repeated)
	}
	caller.post("/v1/sends", body).want(t, 200)
}

func TestRecordDeletedInTheCRM(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	created := caller.post("/v1/sends", body).want(t, 201)
	w.manage(http.MethodDelete, "/records/hubspot/contact/"+created.str("crmRecord", "id"), nil)
	body["record"] = record("r1", changed(john(), "contact_phone", "1"))
	anew := caller.post("/v1/sends", body).want(t, 201)
	if anew.str("crmRecord", "id") == created.str("crmRecord", "id") {
		t.Errorf("%v", anew)
	}
}

func TestDuplicateAndRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	id := caller.connected("hubspot")
	caller.post("/v1/sends", contact(id)).want(t, 201)
	twin := contact(id)
	twin["record"] = record("r2", john())
	if shared := caller.post("/v1/sends", twin).want(t, 202); shared.str("status") != "needs_review" {
		t.Errorf("the CRM record of another record was taken: %v", shared)
	}

	deal := map[string]any{"connectionId": id, "object": "deal", "record": record("d1", map[string]any{"deal_name": "A", "deal_stage": "no such stage"})}
	refused := caller.post("/v1/sends", deal).want(t, 422, "crm_rejected")
	errors, _ := refused.body["errors"].([]any)
	if len(errors) != 1 || errors[0].(map[string]any)["field"] != "deal_stage" {
		t.Errorf("the CRM's complaint has to name the host's field: %v", refused)
	}
}

// The same record many times at once, in two versions: one CRM record, and everybody gets an answer.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	active := caller.connected("salesforceCRM")
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 300})
	var mu sync.Mutex
	var ids []string
	var statuses []int
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			fields := john()
			if i%2 == 1 {
				fields = changed(fields, "contact_phone", "2")
			}
			a := caller.post("/v1/sends", map[string]any{"connectionId": active, "object": "contact", "record": record("r1", fields)})
			mu.Lock()
			defer mu.Unlock()
			ids, statuses = append(ids, a.str("crmRecord", "id")), append(statuses, a.status)
		})
	}
	group.Wait()
	slices.Sort(ids)
	if distinct := slices.Compact(ids); len(distinct) != 1 || distinct[0] == "" {
		t.Errorf("CRM ids %v, statuses %v", distinct, statuses)
	}
	if n := len(w.records("salesforceCRM", "contact")); n != 1 {
		t.Errorf("the CRM has %d records", n)
	}
}
