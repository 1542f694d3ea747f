//go:build unix

package main

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// R5: the CRM carries the call out and its answer is lost. What can be looked up is found again, the rest is shown as
// unknown; nothing is created blindly.
func TestFaultLostAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.serve()
	targets := r.targets("user-1", everyKind...)
	for _, operation := range writing {
		r.fault(map[string]any{"kind": "cut_after", "probability": scale.lost, "match": map[string]any{"operation": operation}})
	}
	r.fault(map[string]any{"kind": "cut_after", "times": 1, "match": map[string]any{"operation": "create", "object": "deal"}}) // one at least
	crowd := &load{t: t, targets: targets, sends: scale.lostSends, clients: scale.clients, url: only(r.url)}
	h := r.verdict(crowd.run(t.Context()))
	lost, unknown := map[subject]bool{}, map[subject]bool{}
	for _, c := range h.Calls {
		if c.Operation == "create" && c.Status == 0 && c.Object == "deal" {
			lost[c.subject] = true
		}
	}
	for _, s := range h.Sends {
		if s.Status == "unknown" && s.Object == "deal" {
			unknown[s.subject] = true
		}
	}
	if len(lost) == 0 || len(lost) != len(unknown) {
		t.Errorf("%d deals have lost their answer, %d are unknown", len(lost), len(unknown))
	}
	for _, a := range h.Attempts {
		if a.Status == 202 && a.State == "unknown" && a.SendID == "" {
			t.Errorf("%v: an unknown outcome whose send is not named: %s", a.subject, a.Body)
		}
	}
}

// R6: the CRM carries the call out and holds its answer back. The caller gets an answer at the deadline, and what came of
// the call is found out.
func TestFaultStalls(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.serve()
	targets := r.targets("user-1", "hubspot/contact", "salesforceCRM/contact")
	r.fault(map[string]any{"kind": "hang", "applied": true, "probability": scale.stalled, "match": map[string]any{"operation": "create"}})
	r.fault(map[string]any{"kind": "hang", "applied": true, "times": 1, "match": map[string]any{"operation": "create"}})
	crowd := &load{t: t, targets: targets, sends: scale.stallSends, clients: scale.clients, url: only(r.url)}
	attempts := crowd.run(t.Context())
	slack := busy
	if scale.full {
		slack = 250 * time.Millisecond
	}
	var late complaints
	for _, a := range attempts {
		if took := a.End.Sub(a.Start); a.Status == 0 || took > callLimit+slack {
			late.add("%v: answered %d after %s", a.subject, a.Status, took)
		}
	}
	late.report(t)
	h := r.verdict(attempts)
	if h.cutCalls() == 0 {
		t.Error("no call was held back")
	}
	if n := len(r.records("hubspot", "contact")) + len(r.records("salesforceCRM", "contact")); n != scale.stallSends {
		t.Errorf("the CRMs have %d records of %d", n, scale.stallSends)
	}
}

// R7: the CRM answers 429 and says how long to wait. It is obeyed to the millisecond, by two replicas, and nobody is told
// that something is broken.
func TestFaultThrottled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.serve()
	targets := r.targets("user-1", "hubspot/contact", "salesforceCRM/contact")
	other := r.replica()
	for _, seconds := range scale.retryAfter {
		r.fault(map[string]any{
			"kind": "status", "status": 429, "retryAfter": strconv.Itoa(seconds), "probability": 0.3 / float64(len(scale.retryAfter)),
			"match": map[string]any{"path": "/connectors/hubspot"},
		})
	}
	r.fault(map[string]any{"kind": "status", "status": 429, "retryAfter": "1", "times": 1, "match": map[string]any{"operation": "create"}})
	crowd := &load{t: t, targets: targets, sends: scale.throttleSends, clients: 4, url: inTurn(first.url, other.url), patience: 2 * time.Minute}
	h := r.verdict(crowd.run(t.Context()))
	if len(h.Pauses) == 0 {
		t.Error("no call was answered 429")
	}
	only429(t, h.Attempts)
}

// R7, of a CRM that has a limit of its own: once the limiter knows it, next to no call is wasted.
func TestFaultLimitIsLearned(t *testing.T) {
	t.Parallel()
	const perSecond = 10
	r := newRig(t, env{"CONNECTION_RATE": strconv.Itoa(perSecond) + "/s"})
	r.serve()
	targets := r.targets("user-1", "hubspot/contact")
	r.manage("PUT", "/settings", map[string]any{"rateLimits": map[string]any{"hubspot": perSecond}})
	crowd := &load{t: t, targets: targets, sends: scale.limitSends, clients: 8, url: only(r.url), patience: 2 * time.Minute}
	h := r.verdict(crowd.run(t.Context()))
	refusals := 0
	for _, c := range h.Calls {
		if c.Status == 429 {
			refusals++
		}
	}
	if allowed := len(h.Calls) / 10; refusals > allowed {
		t.Errorf("%d of %d calls were answered 429, more than a tenth", refusals, len(h.Calls))
	}
	only429(t, h.Attempts)
}

func only429(t *testing.T, attempts []attempt) {
	t.Helper()
	var bad complaints
	for _, a := range attempts {
		if !slices.Contains([]int{200, 201, 202, 429}, a.Status) && (a.Status != 409 || a.Code != "request_in_progress") {
			bad.add("%v: answered %d %s", a.subject, a.Status, a.Code)
		}
		if a.Status == 429 && a.RetryAfter == "" {
			bad.add("%v: 429 without Retry-After", a.subject)
		}
	}
	bad.report(t)
}

// R8: the CRM answers 503 to one call of five. Nearly everything gets through, and the retries stay within their budget.
func TestFaultUnavailable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.serve()
	targets := r.targets("user-1", "hubspot/contact", "salesforceCRM/contact")
	for _, operation := range writing {
		r.fault(map[string]any{"kind": "status", "status": 503, "probability": 0.2, "match": map[string]any{"operation": operation}})
	}
	crowd := &load{t: t, targets: targets, sends: scale.unavailableSends, clients: scale.clients, url: only(r.url), patience: 30 * time.Second}
	h := r.verdict(crowd.run(t.Context()))
	arrived, attempted := map[subject]bool{}, 0
	for _, c := range h.Calls {
		if slices.Contains(writing, c.Operation) {
			attempted++
			if c.Applied {
				arrived[c.subject] = true
			}
		}
	}
	if missing := scale.unavailableSends - len(arrived); float64(missing) > 0.001*float64(scale.unavailableSends) {
		t.Errorf("%d of %d records never arrived", missing, scale.unavailableSends)
	}
	// A call of five fails, and so does its repetition: a quarter more are needed for all to arrive.
	if limit := int(1.25 * 1.2 * float64(scale.unavailableSends)); attempted > limit {
		t.Errorf("%d writes for %d records, more than %d", attempted, scale.unavailableSends, limit)
	}
}
