//go:build unix

package main

import (
	"net/http"
	"testing"
	"time"

	"sendtocrm/internal/failpoint"
)

// R15: one replica's clock is an hour ahead and the other's an hour behind, in time zones a day apart. Leases and keys run
// by the database's clock: none is lost early, none is kept late. The shift itself needs the build tag `fault`.
func TestFaultClocks(t *testing.T) {
	t.Parallel()
	r := newRig(t, env{"LEASE_TTL": "1s"})
	ahead := env{"TZ": "Pacific/Kiritimati", failpoint.ClockVariable: "1h"}
	behind := env{"TZ": "Etc/GMT+12", failpoint.ClockVariable: "-1h"}
	p := r.serve(ahead)
	targets := r.targets("user-1", everyKind...)
	other := r.replica(behind)
	if failpoint.Enabled {
		r.clockIsOff(p, time.Hour)
		r.clockIsOff(other, -time.Hour)
	}

	// Calls that take longer than a lease, so that it is renewed; and few records, so that both want the same ones.
	r.fault(map[string]any{"kind": "delay", "delayMs": 1200, "applied": true, "probability": 0.2, "match": map[string]any{"path": "/connectors"}})
	enough := make(chan struct{})
	crowd := &load{t: t, targets: targets, sends: scale.sends / 8, clients: scale.clients, records: scale.records / 8, more: enough, url: inTurn(p.url, other.url)}
	end := crowd.start(t.Context())
	time.Sleep(700 * time.Millisecond)
	p.kill()
	r.serve(ahead)
	close(enough)
	r.verdict(<-end)
}

// clockIsOff fails the test unless the process shows the shift: without it, the test would say nothing.
func (r *rig) clockIsOff(p *process, by time.Duration) {
	r.t.Helper()
	caller := r.service("")
	caller.w = &world{t: r.t, url: p.url}
	made := caller.post("/v1/sessions", map[string]any{"userId": "user-1", "ttlSeconds": 600}).want(r.t, http.StatusCreated)
	expires, err := time.Parse(time.RFC3339, made.str("expiresAt"))
	if err != nil {
		r.t.Fatal(err)
	}
	if off := time.Until(expires) - 10*time.Minute - by; off.Abs() > time.Minute {
		r.t.Errorf("the clock of %s is off by %s, not by %s: is failpoint.Now its clock?", p.url, off+by, by)
	}
}
