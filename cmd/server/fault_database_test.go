//go:build unix

package main

import (
	"slices"
	"testing"
	"time"
)

// How long a request may take that is refused, because the database is being restarted or does not answer; and what a
// loaded machine adds.
const (
	restartLimit  = 5 * time.Second
	databaseLimit = 2 * time.Second
	busy          = time.Second
)

// R3: Postgres is killed and recovers, again and again. What was acknowledged is there, the CRM was never called without
// a row, refusals are quick and honest, and work goes on by itself.
func TestFaultPostgresKilled(t *testing.T) {
	t.Parallel()
	r := newCrashRig(t)
	r.serve()
	enough := make(chan struct{})
	// Each send has a record of its own, so that a row that is lost cannot hide behind another.
	crowd := &load{t: t, targets: r.targets("user-1", everyKind...), sends: scale.sends, clients: scale.clients, pace: 10 * time.Millisecond, more: enough, url: only(r.url)}
	end := crowd.start(t.Context())
	var back []time.Time
	for range scale.databaseKills {
		time.Sleep(600 * time.Millisecond)
		r.postgres.kill()
		time.Sleep(300 * time.Millisecond)
		r.postgres.restart()
		r.database.lead(r.postgres.address())
		back = append(back, time.Now())
		r.eventually("sends succeed again", func() bool { return succeededAfter(crowd.attempts(), back[len(back)-1]) })
	}
	close(enough)
	h := r.verdict(<-end)
	refused(t, h.Attempts, restartLimit)
	for _, at := range back {
		first := slices.IndexFunc(h.Attempts, func(a attempt) bool { return a.acknowledged() && a.End.After(at) })
		if first < 0 || h.Attempts[first].End.Sub(at) > 5*time.Second {
			t.Errorf("no send succeeded within 5 s after the database was back at %s", at.Format(time.TimeOnly))
		}
	}
	if !slices.ContainsFunc(h.Attempts, func(a attempt) bool { return a.Status == 503 }) {
		t.Error("no request was refused: the kills have hit nothing")
	}
}

func succeededAfter(attempts []attempt, at time.Time) bool {
	return slices.ContainsFunc(attempts, func(a attempt) bool { return a.acknowledged() && a.Start.After(at) })
}

// refused holds every refusal of a run without the database against its promises: 503 with Retry-After, in time, and no
// request without an answer.
func refused(t *testing.T, attempts []attempt, limit time.Duration) {
	t.Helper()
	var bad complaints
	defer bad.report(t)
	for _, a := range attempts {
		took := a.End.Sub(a.Start)
		switch {
		case a.Status == 0:
			bad.add("%v: no answer after %s", a.subject, took)
		case a.Status == 503 && a.RetryAfter == "":
			bad.add("%v: 503 %s without Retry-After", a.subject, a.Code)
		case a.Status >= 500 && a.Status != 503:
			bad.add("%v: %d %s", a.subject, a.Status, a.Code)
		case a.Status == 503 && took > limit+busy:
			bad.add("%v: refused after %s", a.subject, took)
		}
	}
}

// R4: a database that is slow, resets connections, or swallows everything. The CRM is not called without a row, callers
// are refused in time, and nothing piles up.
func TestFaultDatabaseNetwork(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, toxic string
		attributes  map[string]any
		silent      bool // nothing can be stored
	}{
		{"slow", "latency", map[string]any{"latency": 500}, false}, // there and back: a second,
		{"reset", "reset_peer", map[string]any{"timeout": 0}, true},
		{"half open", "timeout", map[string]any{"timeout": 0}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			p := r.serve()
			targets := r.targets("user-1", everyKind...)
			warm := (&load{t: t, targets: targets, sends: 4 * scale.clients, clients: scale.clients, url: only(r.url), prefix: "warm-"}).run(t.Context())
			writes, before := r.gather(nil).writes(), r.busyGoroutines(p)

			r.database.poison(tc.toxic, tc.attributes)
			enough := make(chan struct{})
			end := (&load{t: t, targets: targets, clients: scale.clients, more: enough, url: only(r.url), patience: time.Second, prefix: "ill-"}).start(t.Context())
			time.Sleep(scale.halfOpen)
			close(enough)
			ill := <-end
			if n := r.gather(nil).writes() - writes; tc.silent && n > 0 {
				t.Errorf("%d writes were begun while nothing could be stored", n)
			}
			r.database.cure()

			refused(t, ill, databaseLimit)
			if tc.silent && slices.ContainsFunc(ill, attempt.acknowledged) {
				t.Error("a send was acknowledged that cannot have been stored")
			}
			well := (&load{t: t, targets: targets, sends: 12, clients: 4, url: only(r.url), patience: 20 * time.Second, prefix: "well-"}).run(t.Context())
			if last := well[len(well)-1]; !last.acknowledged() {
				t.Errorf("after the network is well again: %d %s", last.Status, last.Code)
			}
			r.verdict(slices.Concat(warm, ill, well))
			const passing = 3 // chores that happen to be under way
			now := r.busyGoroutines(p)
			for deadline := time.Now().Add(10 * time.Second); now > before+passing && time.Now().Before(deadline); time.Sleep(250 * time.Millisecond) {
				now = r.busyGoroutines(p)
			}
			if now > before+passing {
				t.Errorf("%d goroutines are in the service's code, %d were before", now, before)
			}
		})
	}
}

// R17: the disk of the database is full: first nothing can be begun, then nothing can be finished.
func TestFaultDiskFull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.serve()
	targets := r.targets("user-1", everyKind...)
	r.exec(`CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`)

	r.exec(`CREATE TRIGGER disk_full BEFORE INSERT ON sends EXECUTE FUNCTION disk_full()`)
	full := (&load{t: t, targets: targets, sends: 6, clients: 3, url: only(r.url), patience: time.Millisecond, prefix: "a-"}).run(t.Context())
	refused(t, full, databaseLimit)
	if n := r.gather(nil).writes(); slices.ContainsFunc(full, func(a attempt) bool { return a.Status != 503 }) || n > 0 {
		t.Errorf("answers %s, %d writes at the CRM; want 503 and none", outcomes(full), n)
	}
	r.exec(`DROP TRIGGER disk_full ON sends`)

	// The outcome of a call is kept until there is room for it.
	r.exec(`CREATE TRIGGER disk_full BEFORE UPDATE ON sends EXECUTE FUNCTION disk_full()`)
	end := (&load{t: t, targets: targets, sends: 6, clients: 6, url: only(r.url), patience: 20 * time.Second, prefix: "b-"}).start(t.Context())
	time.Sleep(2 * time.Second)
	r.exec(`DROP TRIGGER disk_full ON sends`)
	late := <-end
	again := (&load{t: t, targets: targets, sends: 6, clients: 3, url: only(r.url), patience: 20 * time.Second, prefix: "a-"}).run(t.Context())
	for _, a := range again {
		if final(a) && !a.acknowledged() {
			t.Errorf("after there is room again: %v %d %s", a.subject, a.Status, a.Code)
		}
	}
	r.verdict(slices.Concat(full, late, again))
}
