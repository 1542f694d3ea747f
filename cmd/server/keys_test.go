package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func (c client) key(key string) client { return c.with("Idempotency-Key", key) }

// repeats fails the test unless the answer is the first one again, byte for byte.
func (a answer) repeats(t *testing.T, first answer) {
	t.Helper()
	if a.status != first.status || !bytes.Equal(a.raw, first.raw) {
		t.Errorf("the repetition was answered\n%v\nand the first request\n%v", a, first)
	}
	for _, name := range []string{"Content-Type", "Location"} {
		if a.header.Get(name) != first.header.Get(name) {
			t.Errorf("%s: %q, and first %q", name, a.header.Get(name), first.header.Get(name))
		}
	}
	if a.header.Get("Idempotent-Replayed") != "true" {
		t.Error("the repetition does not say that it is one")
	}
}

func deal(connection, id, stage string) map[string]any {
	return map[string]any{
		"connectionId": connection, "object": "deal",
		"record": record(id, map[string]any{"deal_name": "Renewal " + id, "deal_stage": stage}),
	}
}

// Whatever the first answer was: the same request with the same key gets it again, and does nothing.
func TestKeyRepeatsTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	changedPhone := contact(connection)
	changedPhone["record"] = record("r1", changed(john(), "contact_phone", "1"))
	lost := map[string]any{"match": map[string]any{"object": "deal", "operation": "create"}, "kind": "cut_after", "times": 1}

	for i, c := range []struct {
		name   string
		fault  map[string]any
		body   map[string]any
		prefer string
		status int
		code   string
	}{
		{"created", nil, contact(connection), "", 201, ""},
		{"unchanged", nil, contact(connection), "", 200, ""},
		{"updated", nil, changedPhone, "", 200, ""},
		{"refused by the CRM", nil, deal(connection, "d1", "no such stage"), "", 422, "crm_rejected"},
		{"answer lost", lost, deal(connection, "d2", "contractsent"), "", 202, ""},
		{"queued", nil, deal(connection, "d3", "contractsent"), "respond-async", 202, ""},
	} {
		if c.fault != nil {
			w.fault(c.fault)
		}
		keyed := caller.key(fmt.Sprintf("key-%d", i))
		if c.prefer != "" {
			keyed = keyed.with("Prefer", c.prefer)
		}
		first := keyed.post("/v1/sends", c.body).want(t, c.status, c.code)
		if first.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: the first answer says that it is a repetition", c.name)
		}
		id := first.str("id") + first.str("sendId")
		w.eventually("the send has ended", func() bool {
			status := caller.get("/v1/sends/"+id).want(t, 200).str("status")
			return status != "queued" && status != "sending"
		})
		before := len(w.executions("hubspot"))
		for range 2 {
			keyed.post("/v1/sends", c.body).want(t, c.status, c.code).repeats(t, first)
		}
		if after := len(w.executions("hubspot")); after != before {
			t.Errorf("%s: the repetitions made %d calls", c.name, after-before)
		}
		if t.Failed() {
			t.Fatalf("%s", c.name)
		}
	}
}

// What happens to a send later does not change the answer that was given for it.
func TestKeyRepeatsTheAnswerAfterAnUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	keyed, body := caller.key("k"), contact(caller.connected("hubspot"))
	first := keyed.post("/v1/sends", body).want(t, 201)
	caller.post("/v1/sends/"+first.str("id")+"/undo", nil).want(t, 200)
	if caller.get("/v1/sends/"+first.str("id")).want(t, 200).str("undoneAt") == "" {
		t.Error("the send does not say that it was taken back")
	}
	keyed.post("/v1/sends", body).want(t, 201).repeats(t, first)
}

// A key stands for one request of one user, however that is written.
func TestKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller, other := w.service("user-1"), w.service("user-2")
	connection := caller.connected("hubspot")
	body := contact(connection)
	first := caller.key("k").post("/v1/sends", body).want(t, 201)

	spaced := strings.ReplaceAll(toJSON(t, body), `,"`, ",\n\t\"")
	caller.key("k").post("/v1/sends", spaced).want(t, 201).repeats(t, first)
	caller.key(`"k"`).post("/v1/sends", body).want(t, 201).repeats(t, first)

	body["record"] = record("r1", changed(john(), "contact_phone", "1"))
	reused := caller.key("k").post("/v1/sends", body).want(t, 422, "idempotency_key_reused")
	if reused.str("sendId") != first.str("id") || reused.body["retryable"] != false {
		t.Errorf("%v", reused)
	}
	caller.key("K").post("/v1/sends", body).want(t, 200) // case matters
	theirs := other.key("k").post("/v1/sends", contact(other.connected("hubspot"))).want(t, 201)
	if theirs.str("id") == first.str("id") {
		t.Errorf("another user got %v", theirs)
	}
}

func TestUnusableKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	for _, key := range []string{"", " ", `""`, `"open`, strings.Repeat("k", 256), strings.Repeat("k", 2000), "tab\tinside", "schlüssel", "\xff"} {
		a := caller.key(key).post("/v1/sends", body).want(t, 400, "invalid_request")
		if !strings.Contains(string(a.raw), "Idempotency-Key") {
			t.Errorf("%q: the problem does not name the header: %v", key, a)
		}
	}
	twice := caller.key("a")
	twice.header["Idempotency-Key"] = []string{"a", "b"}
	if a := twice.post("/v1/sends", body).want(t, 400, "invalid_request"); !strings.Contains(string(a.raw), "Idempotency-Key") {
		t.Errorf("%v", a)
	}
	if n := len(w.executions("hubspot")); n != 0 {
		t.Errorf("the CRM was called %d times", n)
	}
	caller.key(strings.Repeat("k", 255)).post("/v1/sends", body).want(t, 201)
}

// A request that comes to no send leaves its key free.
func TestRefusalsBurnNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	keyed := caller.key("k")
	invalid := contact(connection)
	invalid["record"] = record("r1", changed(john(), "contact_email", "nobody"))
	keyed.post("/v1/sends", invalid).want(t, 422, "invalid_record")
	keyed.post("/v1/sends", "{").want(t, 400, "invalid_request")
	outdated := contact(connection)
	outdated["expect"] = "sha256:0"
	keyed.post("/v1/sends", outdated).want(t, 409, "preview_outdated")
	absent := contact("nonsense")
	keyed.post("/v1/sends", absent).want(t, 404, "not_found")
	keyed.post("/v1/sends", contact(connection)).want(t, 201)
}

// Many callers with the same request at the same moment: one execution per key, one answer for all.
func TestKeyAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("salesforceCRM")
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 200})
	const keys, callers = 5, 20
	var mu sync.Mutex
	answers := map[int][]answer{}
	var group sync.WaitGroup
	for i := range keys {
		body := contact(connection)
		body["record"] = record(fmt.Sprintf("r%d", i), changed(john(), "contact_email", fmt.Sprintf("john%d@acme.com", i)))
		for range callers {
			group.Go(func() {
				a := caller.key(fmt.Sprintf("key-%d", i)).post("/v1/sends", body)
				mu.Lock()
				defer mu.Unlock()
				answers[i] = append(answers[i], a)
			})
		}
	}
	group.Wait()
	for i, of := range answers {
		var given []byte
		for _, a := range of {
			if a.status == http.StatusConflict && a.str("code") == "request_in_progress" && a.header.Get("Retry-After") != "" {
				continue
			}
			if a.status != http.StatusCreated || (given != nil && !bytes.Equal(given, a.raw)) {
				t.Errorf("key %d: %v, another got %s", i, a, given)
			}
			given = a.raw
		}
		if given == nil {
			t.Errorf("key %d: nobody got an answer", i)
		}
	}
	if n := len(w.records("salesforceCRM", "contact")); n != keys {
		t.Errorf("the CRM has %d records for %d keys", n, keys)
	}
	creates := 0
	for _, call := range w.executions("salesforceCRM") {
		if call["operation"] == "create" {
			creates++
		}
	}
	if creates != keys {
		t.Errorf("%d creates for %d keys", creates, keys)
	}
}

// A caller who prefers not to wait gets 202 at once; a worker makes the send.
func TestRespondAsync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	several := caller.with("Prefer", "wait=5")
	several.header["Prefer"] = append(several.header["Prefer"], "Respond-Async; x=y")
	queued := several.post("/v1/sends", body).want(t, 202)
	if queued.str("status") != "queued" || queued.header.Get("Preference-Applied") != "respond-async" ||
		queued.header.Get("Location") != "/v1/sends/"+queued.str("id") {
		t.Fatalf("%v %v", queued.header, queued)
	}
	w.eventually("the send succeeds", func() bool {
		return caller.get(queued.header.Get("Location")).want(t, 200).str("status") == "succeeded"
	})
	if n := len(w.records("hubspot", "contact")); n != 1 {
		t.Errorf("the CRM has %d records", n)
	}
	// There is nothing to wait for where nothing has changed, and what a caller does not prefer is not done.
	unchanged := several.post("/v1/sends", body).want(t, 200)
	body["record"] = record("r1", changed(john(), "contact_phone", "1"))
	updated := caller.with("Prefer", "return=minimal").post("/v1/sends", body).want(t, 200)
	for _, a := range []answer{unchanged, updated} {
		if a.header.Get("Preference-Applied") != "" {
			t.Errorf("%v %v", a.header, a)
		}
	}
}
