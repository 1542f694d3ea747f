//go:build unix

package main

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// R1: kill -9 at random instants, while clients repeat what was not answered. Nothing that was acknowledged is lost, no
// record is created twice, and what cannot be known is shown.
func TestFaultKill(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.serve()
	// Calls that take a moment make most deaths fall into one.
	r.fault(map[string]any{"kind": "delay", "delayMs": 100, "applied": true, "probability": 0.5, "match": map[string]any{"path": "/connectors"}})
	enough := make(chan struct{})
	crowd := &load{t: t, targets: r.targets("user-1", everyKind...), sends: scale.sends, clients: scale.clients, records: scale.records, more: enough, url: only(r.url)}
	end := crowd.start(t.Context())
	const more = 20 // kills, where chance has spared every call so far
	for n := range scale.kills + more {
		if n >= scale.kills && r.gather(nil).cutCalls() > 0 {
			break
		}
		time.Sleep(100*time.Millisecond + rand.N(400*time.Millisecond))
		p.kill()
		p = r.serve()
	}
	close(enough)
	h := r.verdict(<-end)
	if h.cutCalls() == 0 {
		t.Error("no call was cut off: the kills have hit nothing")
	}
}

// cutCalls counts the calls that got no answer out.
func (h history) cutCalls() (n int) {
	for _, c := range h.Calls {
		if c.Status == 0 {
			n++
		}
	}
	return n
}

// R14: a process sleeps for longer than its lease in the middle of a call, and wakes. Meanwhile another one has settled
// its send. The sleeper's late answer changes nothing.
func TestFaultZombie(t *testing.T) {
	t.Parallel()
	r := newRig(t, env{"LEASE_TTL": "1s", "ALLOY_TIMEOUT": (scale.zombie + 20*time.Second).String()})
	sleeper := r.serve()
	targets := r.targets("user-1", everyKind...)
	other := r.replica()
	r.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 800, "applied": true, "times": len(targets)})
	asleep := (&load{t: t, targets: targets, sends: len(targets), clients: len(targets), url: only(sleeper.url), patience: time.Second}).start(t.Context())
	r.eventually("the sleeper has called the CRM for all of them", func() bool {
		n := 0
		for _, c := range r.gather(nil).Calls {
			if c.Operation == "create" && c.Applied {
				n++
			}
		}
		return n == len(targets)
	})
	sleeper.signal(syscall.SIGSTOP)
	time.Sleep(scale.zombie)

	awake := &load{t: t, targets: targets, sends: len(targets), clients: len(targets), url: only(other.url), patience: 20 * time.Second}
	attempts := awake.run(t.Context())
	if r.open("sending") > 0 {
		t.Errorf("%d sends still belong to the sleeper %s after it fell asleep", r.open("sending"), scale.zombie)
	}
	before := r.links()
	sleeper.signal(syscall.SIGCONT)
	h := r.verdict(append(attempts, <-asleep...))
	for s, id := range before {
		if now := h.linkOf()[s].CRMID; id != "" && now != id {
			t.Errorf("%v: linked to %q before the sleeper woke, and to %q after", s, id, now)
		}
	}
}

// links are the CRM ids by record.
func (r *rig) links() map[subject]string {
	r.t.Helper()
	all := map[subject]string{}
	for _, l := range r.gather(nil).Links {
		all[l.subject] = l.CRMID
	}
	return all
}
