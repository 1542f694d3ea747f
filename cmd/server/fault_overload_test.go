//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// R21: three times as much as the service is set to take from a caller, whether it keeps up or not. What it takes stays
// quick, what it does not take is refused at once, and when the storm is over all is as before.
func TestFaultOverload(t *testing.T) {
	t.Parallel()
	r := newRig(t, env{"CALLER_RATE": fmt.Sprintf("%d/s", scale.callerRate)})
	r.serve()
	targets := r.targets("user-1", "hubspot/contact", "salesforceCRM/contact")
	usual := (&load{t: t, targets: targets, sends: 20, clients: 2, pace: 100 * time.Millisecond, url: only(r.url), prefix: "before-"}).run(t.Context())

	storm := &load{t: t, targets: targets, url: only(r.url), prefix: "storm-"}
	attempts := storm.open(t.Context(), 3*scale.callerRate, scale.overload)
	calm := (&load{t: t, targets: targets, sends: 10, clients: 1, pace: 100 * time.Millisecond, url: only(r.url), prefix: "calm-", patience: 5 * time.Second}).run(t.Context())

	refusal := func(a attempt) bool { return a.Status == 429 || a.Status == 503 }
	var bad complaints
	for _, a := range attempts {
		switch {
		case refusal(a) && a.RetryAfter == "":
			bad.add("%v: %d without Retry-After", a.subject, a.Status)
		case !refusal(a) && !slices.Contains([]int{200, 201, 202}, a.Status):
			bad.add("%v: %d %s", a.subject, a.Status, a.Code)
		}
	}
	bad.report(t)
	taken := share(attempts, func(a attempt) bool { return !refusal(a) })
	if taken < 0.8/3 || taken > 1.3/3+float64(scale.callerRate)/float64(len(attempts)) { // the burst comes on top
		t.Errorf("%.2f of the storm was taken, the service is set to a third", taken)
	}
	before := quantile(usual, 0.99, attempt.acknowledged)
	during, refused := quantile(attempts, 0.99, attempt.acknowledged), quantile(attempts, 0.99, refusal)
	t.Logf("p99: %s before, %s in the storm, refusals %s; %s", before, during, refused, outcomes(attempts))
	limit, quick := 5*before+200*time.Millisecond, 300*time.Millisecond // other tests run on the same two cores
	if scale.full {
		limit, quick = 5*before, 10*time.Millisecond
	}
	if during > limit || refused > quick {
		t.Errorf("p99 %s of what was taken, %s at most; %s of the refusals, %s at most", during, limit, refused, quick)
	}
	if last := calm[len(calm)-1]; !last.acknowledged() {
		t.Errorf("after the storm: %d %s", last.Status, last.Code)
	}
	r.verdict(slices.Concat(usual, attempts, calm))
}

// open is an open loop: requests leave at a steady rate, answered or not, and none is repeated.
func (l *load) open(ctx context.Context, perSecond int, span time.Duration) []attempt {
	l.http = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	defer l.http.CloseIdleConnections()
	n := int(span.Seconds() * float64(perSecond))
	l.done = make([]attempt, n)
	begin := time.Now()
	var group sync.WaitGroup
	for i := range n {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))))
		group.Go(func() { l.done[i] = l.ask(ctx, l.one(i+1)) })
	}
	group.Wait()
	return l.done
}
