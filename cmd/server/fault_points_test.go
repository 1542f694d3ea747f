//go:build fault && unix

package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"sendtocrm/internal/failpoint"
)

// after is what is to be found after a crash at a point, before anything else runs; and what the same request, repeated
// with its key, finally comes to.
type after struct {
	row     string // the send's status; empty: there is no row
	written int    // creates that the CRM has carried out
	contact string // of what can be looked up
	deal    string // of what cannot
}

// died reports whether the process ended by that signal.
func (p *process) died(s syscall.Signal) bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}

// crashes is the outcome of a create that is cut off at each point.
var crashes = map[failpoint.Name]after{
	failpoint.BeforeBegin:      {row: "", written: 0, contact: "succeeded", deal: "succeeded"},
	failpoint.AfterBegin:       {row: "sending", written: 0, contact: "succeeded", deal: "unknown"},
	failpoint.BeforeAnswerRead: {row: "sending", written: 1, contact: "succeeded", deal: "unknown"},
	failpoint.AfterAnswer:      {row: "sending", written: 1, contact: "succeeded", deal: "unknown"},
	failpoint.BeforeFinish:     {row: "sending", written: 1, contact: "succeeded", deal: "unknown"},
	failpoint.AfterFinish:      {row: "succeeded", written: 1, contact: "succeeded", deal: "succeeded"},
	failpoint.MidResponse:      {row: "succeeded", written: 1, contact: "succeeded", deal: "succeeded"},
}

// R2: kill -9 at each point, deterministically.
func TestFaultPoints(t *testing.T) {
	t.Parallel()
	for _, point := range failpoint.Names() {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, env{"LEASE_TTL": "1s"})
			p := r.serve()
			targets := r.targets("user-1", everyKind...)
			p.kill()
			var all []attempt
			for round := range pointRounds {
				all = append(all, r.crashAt(point, targets[round%len(targets)], round)...)
				if t.Failed() {
					break
				}
			}
			r.serve()
			r.verdict(all)
		})
	}
}

// crashAt sends one record to a process that dies at the point, looks at what is left, and repeats the request.
func (r *rig) crashAt(point failpoint.Name, to target, round int) []attempt {
	r.t.Helper()
	// Where the CRM takes duplicates, a look precedes the create, and has an answer of its own.
	passing := 1
	if point == failpoint.BeforeAnswerRead && to.connector == "salesforceCRM" {
		passing = 2
	}
	doomed := r.serve(env{failpoint.Variable: fmt.Sprintf("%s:%d", point, passing)})
	send := func(patience time.Duration) *load {
		l := &load{t: r.t, targets: []target{to}, clients: 1, sends: 1, url: only(r.url), patience: patience, prefix: fmt.Sprintf("%s-%d-", point, round)}
		return l
	}
	first := send(time.Nanosecond).run(r.t.Context())
	if _, err := doomed.end(r.t.Context(), 10*time.Second); err != nil || !doomed.died(syscall.SIGKILL) {
		r.t.Errorf("%s, round %d: the process passed it and lives: %s", point, round, outcomes(first))
		doomed.kill()
		return first
	}
	s, want := first[0].subject, crashes[point]
	if first[0].Status != 0 {
		r.t.Errorf("%s, round %d: answered %d", point, round, first[0].Status)
	}
	h, row, written := r.gather(nil), "", 0
	for _, one := range h.Sends {
		if one.subject == s {
			row = one.Status
		}
	}
	for _, c := range h.Calls {
		if c.subject == s && c.Operation == "create" && c.Applied {
			written++
		}
	}
	if row != want.row || written != want.written {
		r.t.Errorf("%s, round %d, %v: left %q and %d creates, want %q and %d", point, round, s, row, written, want.row, want.written)
	}

	living := r.serve()
	second := send(20 * time.Second).run(r.t.Context())
	r.settle(10 * time.Second)
	end, state := want.contact, ""
	if to.object == "deal" {
		end = want.deal
	}
	rows := 0
	for _, one := range r.gather(nil).Sends {
		if one.subject == s {
			state = one.Status
			rows++
		}
	}
	if state != end || rows != 1 {
		r.t.Errorf("%s, round %d, %v: ended %q in %d rows, want %q in one; answers %s", point, round, s, state, rows, end, outcomes(second))
	}
	living.kill()
	return append(first, second...)
}

// R14, at the worst place: a process falls asleep between its row and its call, for longer than its lease. When it wakes,
// somebody else has sent the record, or has found out that it was not: its call must not be made any more.
func TestFaultZombieBeforeItsCall(t *testing.T) {
	t.Parallel()
	for _, name := range everyKind {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, env{"LEASE_TTL": "1s", "ALLOY_TIMEOUT": "30s"})
			other := r.serve()
			targets := r.targets("user-1", name)
			sleeper := r.replica(env{failpoint.Variable: string(failpoint.AfterBegin) + ":1:stop"})
			asleep := (&load{t: t, targets: targets, sends: 1, clients: 1, url: only(sleeper.url), patience: time.Second}).start(t.Context())
			r.eventually("the sleeper has begun", func() bool { return r.open("sending") == 1 })
			awake := (&load{t: t, targets: targets, sends: 1, clients: 1, url: only(other.url), patience: 20 * time.Second}).run(t.Context())
			r.settle(20 * time.Second)
			if name != "hubspot/deal" && r.open("succeeded") != 1 {
				t.Errorf("the record is not sent while the sleeper sleeps: %s", outcomes(awake))
			}
			sleeper.signal(syscall.SIGCONT)
			h := r.verdict(append(awake, <-asleep...))
			if name == "hubspot/deal" && len(h.Records) > 0 {
				t.Errorf("the sleeper has made its call after its lease had run out: %s", h.summary())
			}
		})
	}
}
