package crm

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/guard"
	"sendtocrm/internal/mapping"
)

const (
	// giveUpAfter is how long a queued send is tried before it counts as failed.
	giveUpAfter = 24 * time.Hour
	// parked is how long a send waits that only a reconnect can help; the reconnect itself ends the wait.
	parked = 10 * time.Minute
	// followerCap is how long a send that waits for another one of its record waits between two looks.
	followerCap = 8 * time.Second
	// workerPatience is how long a worker waits for one connection: others are waiting for the worker.
	workerPatience = 3 * interactivePatience / 2
)

// Attend does what a waiting send needs now: a queued one is sent, an unknown one is looked up. Anything else, and a send
// that another worker has taken, needs nothing. Any number of workers may attend to the same send. An error is for the
// log: the send's row says when it is attended to again.
func (s *Sender) Attend(ctx context.Context, id uuid.UUID) error {
	p, err := s.queue.Waiting(ctx, id)
	if err != nil {
		return err
	}
	switch p.Status {
	case Queued:
		return s.deliver(ctx, p)
	case Unknown:
		return s.investigate(ctx, p)
	default:
		return nil
	}
}

// draft is the send's draft as it was given.
func (p Waiting) draft() (Draft, error) {
	if len(p.Draft) == 0 {
		return Draft{}, &Error{Code: Conflict, Detail: "The record's fields are no longer kept; send it again."}
	}
	fields, err := mapping.DecodeFields(p.Draft)
	if err != nil {
		return Draft{}, &Error{Code: Internal, Detail: "The record's fields cannot be read.", Err: err}
	}
	return Draft{
		User: p.User, ConnectionID: p.ConnectionID.String(), Object: p.Object, RecordID: p.RecordID, Fields: fields,
		Raw: p.Draft, Expect: p.Expect, RuledOut: p.RuledOut,
	}, nil
}

// deliver makes a queued send.
func (s *Sender) deliver(ctx context.Context, p Waiting) error {
	if s.config.Stopping.Err() != nil {
		return s.postpone(ctx, p, 0, nil)
	}
	if p.Ahead { // planning may cost a call; it would be in vain
		return s.postpone(ctx, p, guard.Backoff(p.Rounds, queueBase, followerCap, rand.Float64), nil)
	}
	d, err := p.draft()
	if err != nil {
		return s.dismiss(ctx, p, err)
	}
	plan, err := s.planner.Plan(ctx, d)
	if err == nil {
		err = admit(plan)
	}
	if err != nil {
		return s.notNow(ctx, p, err)
	}
	if wait := max(plan.Connection.PausedFor, s.dispatcher.busyFor(plan.Connection)); wait > workerPatience && plan.Operation != Unchanged {
		return s.postpone(ctx, p, dueIn(held(RateLimited, wait, tooMany), 0), nil)
	}
	intent := s.intent(plan)
	intent.Send.ID, intent.Resume, intent.Pace.MaxWait = p.ID, true, workerPatience
	asked := time.Now()
	begun, err := s.ledger.Begin(ctx, intent)
	if err != nil {
		s.config.Withdraw(p.ID, intent.Claim)
		return err
	}
	switch begun.State {
	case Granted:
		_, err = s.granted(ctx, plan, begun, asked, asked.Add(s.config.Limit), workerPatience)
		var expected *Error
		if errors.As(err, &expected) && expected.SendID == p.ID.String() {
			return nil // the send has failed; its row says why
		}
		return err
	case Blocked:
		return s.postpone(ctx, p, s.backoff(p), &Failure{Code: OutcomeUnknown, Detail: earlierUnknown})
	case Busy, Stale:
		return s.postpone(ctx, p, 0, nil)
	}
	return nil
}

// notNow sorts what stands against a queued send: what time or a reconnect can change is waited for.
func (s *Sender) notNow(ctx context.Context, p Waiting, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: Internal, Err: err}
	}
	f := &Failure{Code: e.Code, Detail: e.Detail, Fields: e.Fields}
	switch {
	case e.Code == ReconnectRequired, e.Code == OutcomeUnknown:
		return s.postpone(ctx, p, parked, f)
	case p.Age > giveUpAfter, !e.Code.Retryable():
		return s.dismiss(ctx, p, err)
	}
	if err := s.postpone(ctx, p, guard.Wait(e.RetryAfter, s.backoff(p)), f); err != nil {
		return err
	}
	return e.Unwrap()
}

func (s *Sender) dismiss(ctx context.Context, p Waiting, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: Internal, Err: err}
	}
	return s.queue.Dismiss(ctx, p.ID, Failure{Code: e.Code, Detail: e.Detail, Fields: e.Fields})
}

func (s *Sender) postpone(ctx context.Context, p Waiting, by time.Duration, f *Failure) error {
	if f == nil {
		f = p.Failure
	}
	return s.queue.Postpone(ctx, p.ID, max(by, queueBase/2), f)
}

func (s *Sender) backoff(p Waiting) time.Duration {
	return guard.Backoff(p.Rounds, queueBase, queueCap, rand.Float64)
}
