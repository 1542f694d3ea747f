//go:build unix

package main

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// R13: SIGTERM under load, with a second replica. Whatever the process has begun it answers, nothing is dropped, and
// nothing is left for a lease to run out.
func TestFaultRollingRestart(t *testing.T) {
	t.Parallel()
	// A lease that outlasts the test: a send that somebody still holds would show as stuck.
	r := newRig(t, env{"LEASE_TTL": "2m"})
	one := r.serve()
	targets := r.targets("user-1", everyKind...)
	r.fault(map[string]any{"kind": "delay", "delayMs": 200, "match": map[string]any{"path": "/connectors"}})
	processes := []*process{one, r.replica()}
	addresses := []string{one.url, processes[1].url}

	// A load balancer takes the process out before it is asked to stop.
	var excluded, turn atomic.Int64
	excluded.Store(-1)
	pick := func() string {
		n := turn.Add(1) % 2
		if n == excluded.Load() {
			n = 1 - n
		}
		return addresses[n]
	}
	enough := make(chan struct{})
	crowd := &load{t: t, targets: targets, sends: scale.sends / 2, clients: scale.clients, more: enough, url: pick}
	end := crowd.start(t.Context())
	for i := range scale.stops {
		n := i % 2
		time.Sleep(500 * time.Millisecond)
		excluded.Store(int64(n))
		time.Sleep(50 * time.Millisecond) // requests that were given its address arrive
		processes[n].signal(syscall.SIGTERM)
		if code, err := processes[n].end(t.Context(), stopPatience); err != nil || code != 0 {
			t.Errorf("the process ended with %d, %v", code, err)
		}
		if i+1 < scale.stops {
			processes[n] = r.serve(env{"LISTEN_ADDR": strings.TrimPrefix(addresses[n], "http://")})
			excluded.Store(-1)
		}
	}
	close(enough)
	h := r.verdict(<-end)
	var dropped complaints
	for _, a := range h.Attempts {
		if a.Status == 0 || a.Status >= 500 {
			dropped.add("%v: %d %s from %s at %s", a.subject, a.Status, a.Code, a.URL, a.End.Format(time.TimeOnly))
		}
	}
	dropped.report(t)
}
