//go:build unix

package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// volley makes the same request many times at once, through each process in turn, each once.
func volley(t *testing.T, a attempt, n int, urls ...string) []attempt {
	t.Helper()
	l := &load{t: t, url: inTurn(urls...)}
	l.http = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	defer l.http.CloseIdleConnections()
	answers := make([]attempt, n)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = l.ask(t.Context(), a) })
	}
	group.Wait()
	return answers
}

// R10: one key, many callers at once, two replicas. The CRM is called once for it; whoever does not get the answer is told
// to come again; and afterwards all get the same bytes.
func TestFaultOneKeyManyCallers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.serve()
	targets := r.targets("user-1", "hubspot/contact", "salesforceCRM/contact", "hubspot/deal")
	other := r.replica()
	var all []attempt
	var bad complaints
	for i := range scale.keys {
		to := targets[i%len(targets)]
		a := attempt{
			subject: subject{to.connection, to.object, fmt.Sprintf("k%d", i)}, User: to.user,
			Key: fmt.Sprintf("one-key-%d", i), Digest: fmt.Sprintf("v%d", i+1),
		}
		during := volley(t, a, scale.callersPerKey, first.url, other.url)
		for _, b := range during {
			if b.Status != 201 && (b.Status != 409 || b.Code != "request_in_progress" || b.RetryAfter == "") {
				bad.add("key %d: %d %s, Retry-After %q", i, b.Status, b.Code, b.RetryAfter)
			}
		}
		afterwards := volley(t, a, scale.callersPerKey, first.url, other.url)
		for _, b := range afterwards {
			if b.Status != 201 || b.Body != afterwards[0].Body {
				t.Fatalf("key %d, afterwards: %d %s\nand %d %s", i, b.Status, b.Body, afterwards[0].Status, afterwards[0].Body)
			}
		}
		all = append(append(all, during...), afterwards...)
	}
	bad.report(t)
	h := r.verdict(all)
	if n := len(h.Sends); n != scale.keys {
		t.Errorf("%d sends for %d keys", n, scale.keys)
	}
	executions := map[subject]int{}
	for _, c := range h.Calls {
		if c.Operation == "create" || c.Operation == "update" {
			executions[c.subject]++
		}
	}
	for s, n := range executions {
		if n != 1 {
			t.Errorf("%v: executed %d times", s, n)
		}
	}
}

// R11: a key belongs to one request of one user.
func TestFaultKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.serve()
	mine, theirs := r.targets("user-1", "hubspot/contact")[0], r.targets("user-2", "hubspot/contact")[0]
	request := func(to target, record, key, digest string) attempt {
		return attempt{subject: subject{to.connection, to.object, record}, User: to.user, Key: key, Digest: digest}
	}
	ask := func(a attempt) attempt { return volley(t, a, 1, r.url)[0] }
	var all []attempt
	for i := range scale.foreignKeys {
		key := fmt.Sprintf("shared-%d", i)
		own := ask(request(mine, fmt.Sprintf("m%d", i), key, "v1"))
		reused := ask(request(mine, fmt.Sprintf("m%d", i), key, "v2"))
		elsewhere := ask(request(theirs, fmt.Sprintf("t%d", i), key, "v3"))
		if own.Status != 201 || reused.Status != 422 || reused.Code != "idempotency_key_reused" || elsewhere.Status != 201 {
			t.Errorf("key %d: own %d, with another body %d %s, another user's %d %s", i, own.Status, reused.Status, reused.Code, elsewhere.Status, elsewhere.Code)
		}
		all = append(all, own, elsewhere)
	}
	for name, c := range map[string]struct {
		key    string
		status int
		code   string
	}{
		"255 bytes":              {strings.Repeat("k", 255), 201, ""},
		"256 bytes":              {strings.Repeat("k", 256), 400, "invalid_request"},
		"a quoted key":           {`"8e03978e-40d5-43dd-bc93-6894a57f9324"`, 201, ""},
		"bytes that are no text": {"\xff\xfe", 400, "invalid_request"},
	} {
		if got := ask(request(mine, strings.ReplaceAll(name, " ", "-"), c.key, "v9")); got.Status != c.status || got.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, got.Status, got.Code, c.status, c.code)
		} else if got.Status == 201 {
			all = append(all, got)
		}
	}
	// A refusal for a faulty record burns no key: corrected, the same key is good.
	faulty := contact(mine.connection)
	faulty["record"] = record("faulty", map[string]any{"contact_email": "not an address"})
	withKey := r.service("user-1").with("Idempotency-Key", "burns-nothing")
	withKey.post("/v1/sends", faulty).want(t, 422, "invalid_record")
	fields := maps.Clone(fieldsOf(subject{mine.connection, "contact", "mended"}, "v1"))
	faulty["record"] = record("mended", fields)
	withKey.post("/v1/sends", faulty).want(t, 201)
	r.verdict(all)
}
