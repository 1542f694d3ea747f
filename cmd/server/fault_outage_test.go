//go:build unix

package main

import (
	"slices"
	"testing"
	"time"
)

// R9: one CRM is down. Soon it is only asked now and then whether it is back, the other CRM's senders notice nothing, and
// what was queued goes out by itself once it is back.
func TestFaultOutage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.serve()
	targets := r.targets("user-1", "hubspot/contact", "salesforceCRM/contact")
	broken, sound := targets[:1], targets[1:]

	const pace = 20 * time.Millisecond
	warm := (&load{t: t, targets: targets, sends: 8, clients: 4, url: only(r.url), prefix: "warm-"}).run(t.Context())
	normal := (&load{t: t, targets: sound, sends: 100, clients: 4, pace: pace, url: only(r.url), prefix: "before-"}).run(t.Context())
	r.fault(map[string]any{"kind": "status", "status": 503, "match": map[string]any{"connector": "hubspot"}})
	began := time.Now()
	over := make(chan struct{})
	down := (&load{t: t, targets: broken, clients: 4, pace: 5 * pace, more: over, url: only(r.url), patience: time.Second, prefix: "down-"}).start(t.Context())
	beside := (&load{t: t, targets: sound, clients: 4, pace: pace, more: over, url: only(r.url), prefix: "beside-"}).start(t.Context())
	for quiet := time.Second; r.arrivals("hubspot", time.Now().Add(-quiet)) > 0 || time.Since(began) < quiet; time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Error("a CRM that has been down for 10 s is still called all the time")
			break
		}
	}
	quiet := time.Now()
	time.Sleep(scale.outage)
	if probes, allowed := r.arrivals("hubspot", quiet), 1+int(scale.outage/(5*time.Second)); probes > allowed {
		t.Errorf("%d calls in %s to a CRM that is known to be down; %d allowed", probes, scale.outage, allowed)
	}
	close(over)
	attempts := slices.Concat(warm, normal, <-down)
	others := <-beside

	usual, then := quantile(normal, 0.99, attempt.acknowledged), quantile(others, 0.99, attempt.acknowledged)
	t.Logf("p99 of the other CRM: %s before, %s during the outage", usual, then)
	limit := 3*usual + 100*time.Millisecond // other tests run on the same two cores
	if scale.full {
		limit = usual * 12 / 10
	}
	if then > limit {
		t.Errorf("the other CRM's p99 went from %s to %s, more than %s", usual, then, limit)
	}
	if good := share(others, attempt.acknowledged); good < 1 {
		t.Errorf("the other CRM: %s", outcomes(others))
	}

	r.manage("DELETE", "/faults", nil)
	back := time.Now()
	resumed := (&load{t: t, targets: broken, sends: 1, clients: 1, url: only(r.url), patience: 30 * time.Second, prefix: "after-"}).run(t.Context())
	if !resumed[len(resumed)-1].acknowledged() {
		r.settle(30*time.Second - time.Since(back))
	}
	h := r.verdict(slices.Concat(attempts, others, resumed))
	held := map[subject]bool{}
	for _, record := range h.Records {
		held[record.subject] = true
	}
	var lost complaints
	for _, s := range h.Sends {
		if s.Status == "succeeded" && !held[s.subject] {
			lost.add("%v succeeded, and the CRM does not have it", s.subject)
		}
	}
	for _, a := range attempts {
		if a.Status == 202 && !held[a.subject] {
			lost.add("%v was taken (202) during the outage and never arrived", a.subject)
		}
	}
	lost.report(t)
}

// arrivals counts the calls of any sort for a connector since a time.
func (r *rig) arrivals(connector string, since time.Time) (n int) {
	r.t.Helper()
	var answer struct{ Entries []struct{ Time time.Time } }
	r.decode("/ledger?connector="+connector, &answer)
	for _, e := range answer.Entries {
		if !e.Time.Before(since) {
			n++
		}
	}
	return n
}
