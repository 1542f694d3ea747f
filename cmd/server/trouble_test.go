package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func contact(id string) (body map[string]any) {
	return map[string]any{"connectionId": id, "object": "contact", "record": record("r1", john())}
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
		"too many requests": {
			map[string]any{"kind": "status", "status": 429, "retryAfter": "7"}, 429, "rate_limited",
			func(t *testing.T, a answer) {
				if a.header.Get("Retry-After") != "7" || a.body["retryable"] != true {
					t.Errorf("%v %v", a.header, a)
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
			w := newWorld(t)
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
			before := len(w.executions("hubspot"))
			again := caller.post("/v1/sends", body).want(t, 409, "outcome_unknown")
			if again.str("sendId") != a.str("id") || len(w.executions("hubspot")) != before {
				t.Errorf("a second create was not refused as it should be: %v", again)
			}
			explained := caller.get("/v1/records/contact/r1").want(t, 200)
			if !strings.Contains(string(explained.raw), "may be in the CRM") {
				t.Errorf("explain: %v", explained)
			}
		})
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

// The answer to an update is lost: no blind alley, the next send brings every field.
func TestLostUpdateIsRepeatedInFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	created := caller.post("/v1/sends", body).want(t, 201)
	body["record"] = record("r1", changed(john(), "contact_phone", "1"))
	w.fault(map[string]any{"match": map[string]any{"operation": "update"}, "kind": "cut_before", "times": 1})
	a := caller.post("/v1/sends", body)
	if a.status != 502 && a.status != 503 && a.status != 504 || a.str("code") != "upstream_unavailable" {
		t.Fatalf("%v", a)
	}
	body["record"] = record("r1", john()) // back to what was sent first: the CRM may hold either
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
	caller.post("/v1/sends", body).want(t, 409, "crm_record_gone")
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
	caller.post("/v1/sends", twin).want(t, 409, "crm_duplicate")

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
