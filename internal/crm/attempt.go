package crm

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/failpoint"
	"sendtocrm/internal/guard"
)

const (
	// quickTries are the repetitions that a request waits for; what needs more is queued.
	quickTries = 4
	quickBase  = 200 * time.Millisecond
	quickCap   = 5 * time.Second
	// heldPatience is how long a call waits in place that was not let through: by a breaker, or by a full house.
	heldPatience = time.Second
	// turnarounds bounds how often one send may change from create to update and back.
	turnarounds = 3
	// serviceUnavailable is the one HTTP status of a server that says it has not done the work.
	serviceUnavailable = 503
)

// attempt calls until there is an outcome, or until it has to be queued. This is the one place where a call is repeated,
// and only after a refusal that is certain. The plan that it returns is the one that was carried out: a create can turn
// into an update of a record that was there already, and an update into a create of one that is gone. A longer wait than
// patience belongs into the queue.
func (s *Sender) attempt(ctx context.Context, l *lease, plan *Plan, begun Begun, until time.Time, patience time.Duration) (Outcome, *Plan, error) {
	within, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	calls, turns, uncertain := begun.Send.Attempts, 0, false
	s.budget.First(plan.Connection.Connector)
	conclude := func(o Outcome) (Outcome, *Plan, error) {
		o.Attempts = calls
		o.Uncertain = o.Uncertain || (uncertain && o.Status != Succeeded && plan.Operation != Create)
		return o, plan, nil
	}
	if plan.ambiguous() {
		return conclude(s.review(plan, plan.Matches))
	}
	if begun.Crowded {
		return conclude(s.later(plan, begun, held(RateLimited, begun.Wait, tooMany)))
	}
	wait, paid := begun.Wait, true
	for try := 1; ; try++ {
		if !s.roomFor(wait, until, try) {
			return conclude(s.later(plan, begun, held(RateLimited, wait, "There was no time left for the call.")))
		}
		if held := s.dispatcher.await(within, plan.Connection, wait); held != nil {
			return conclude(s.later(plan, begun, held))
		}
		if err := l.ensure(ctx); err != nil {
			if calls == begun.Send.Attempts {
				return Outcome{}, plan, errors.Join(err, errNothingCalled)
			}
			// What was called so far has ended, and nothing more will be: whoever has the record now decides by the claim.
			return conclude(s.later(plan, begun, held(StorageUnavailable, 0, "The record's lease could not be kept.")))
		}
		answer, failed := s.call(within, plan, paid)
		failpoint.At(failpoint.AfterAnswer)
		if failed == nil || !failed.Held {
			calls++
		}
		paid = false
		if failed == nil {
			return conclude(s.accept(plan, answer))
		}
		next := judge(plan, failed)
		uncertain = uncertain || failed.Effect == MayHaveHappened
		if next == turn && turns < turnarounds {
			turns++
			changed, outcome, err := s.turn(within, l, plan, begun, failed)
			if err != nil {
				return Outcome{}, plan, err
			}
			if changed == nil {
				return conclude(outcome)
			}
			plan, wait = changed, 0
			continue
		}
		if next != again {
			return conclude(s.end(plan, begun, failed))
		}
		wait = guard.Wait(failed.RetryAfter, guard.Backoff(try, quickBase, quickCap, rand.Float64))
		if failed.Held {
			patience = min(patience, heldPatience) // what is held back here would only wait in a longer line
		}
		if wait > patience || try > quickTries || !s.roomFor(wait, until, try+1) || !s.budget.Retry(plan.Connection.Connector) {
			return conclude(s.later(plan, begun, failed))
		}
	}
}

// roomFor reports whether a call that begins after wait would have time: a later one needs a third of the whole.
func (s *Sender) roomFor(wait time.Duration, until time.Time, try int) bool {
	if try == 1 && wait == 0 {
		return time.Now().Before(until)
	}
	return time.Now().Add(wait).Before(until.Add(-s.config.Limit / 3))
}

// call executes the plan's action once. paid: the connection's turn was taken with the lease.
func (s *Sender) call(ctx context.Context, plan *Plan, paid bool) (Answer, *CallError) {
	if paid {
		return s.dispatcher.call(ctx, plan.Connection, plan.Action, plan.Request)
	}
	return s.dispatcher.Call(ctx, plan.Connection, plan.Action, plan.Request)
}

// step is what a failed call asks for.
type step int

const (
	conclusion step = iota // it is an outcome
	again                  // the same call, a little later
	turn                   // another look at what is there: the record exists, is gone, or may have been made
)

// judge decides what may follow a failed call. A create is repeated only after a refusal that is certain, or after a look.
func judge(plan *Plan, e *CallError) step {
	create := plan.Operation == Create
	switch {
	case e.Code == CRMDuplicate && create:
		return turn
	case e.Code == CRMRecordGone && plan.Operation == Update && plan.undoes == uuid.Nil:
		return turn
	case e.Effect == NotExecuted:
		return again
	case e.Effect == MayHaveHappened && !create:
		return again
	case e.Effect == MayHaveHappened && e.Status == serviceUnavailable && plan.object.Lookup != nil:
		return turn
	}
	return conclusion
}
