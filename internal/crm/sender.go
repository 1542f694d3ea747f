package crm

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/failpoint"
	"sendtocrm/internal/guard"
)

// Sender sends records: at most one CRM record per connection, object and record id.
//
//	plan ─▶ Begin (row + lease, committed) ─▶ attempt ─▶ Finish (outcome + link + release, committed)
//	 ▲        │Busy, same digest: join the holder  │
//	 │        │Busy, other digest: wait, then queue │ certain refusal: again, then queue
//	 └────────┴Stale: plan anew                    │ create, answer lost: unknown, looked up by Attend
//
// What is queued or unknown is attended to by [Sender.Attend], in whichever process has a worker.
type Sender struct {
	planner    *Planner
	finder     *Finder
	dispatcher *Dispatcher
	ledger     Ledger
	queue      Queue
	keys       Keys
	undoing    Undoing
	budget     *guard.Budget
	config     SenderConfig
}

// SenderParts are what a sender works with.
type SenderParts struct {
	Planner    *Planner
	Finder     *Finder
	Dispatcher *Dispatcher
	Ledger     Ledger
	Queue      Queue
	Keys       Keys
	Undoing    Undoing
	Budget     *guard.Budget
}

// SenderConfig is how long things may take.
type SenderConfig struct {
	LeaseTTL  time.Duration
	Limit     time.Duration  // one request, waiting and calls together
	LookupLag *time.Duration // how long a CRM's search may not see a write; nil: as the definition says
	Logger    zerolog.Logger
	Withdraw  func(send, claim uuid.UUID) // told of a send that may have been begun, and will not be made
	Stopping  context.Context             // ends when the process is asked to stop
}

// NewSender wires a sender.
func NewSender(p SenderParts, c SenderConfig) *Sender {
	return &Sender{
		planner: p.Planner, finder: p.Finder, dispatcher: p.Dispatcher, ledger: p.Ledger, queue: p.Queue, keys: p.Keys, undoing: p.Undoing,
		budget: p.Budget, config: c,
	}
}

// pollInterval is how often a waiting send looks whether its turn has come.
const pollInterval = 50 * time.Millisecond

// storageLimit bounds the time with the database from a request, or from each further plan of it, to the commit before the
// call.
const storageLimit = 2 * time.Second

// Send brings one record into the CRM now, or queues it: because the draft asks for that, or because it cannot be done
// in time. A send that ends Queued, Unknown or NeedsReview is no error. Errors: those of [Planner.Plan],
// IdempotencyKeyReused, PreviewOutdated, InvalidRecord, OutcomeUnknown (an earlier create waits for a person),
// RequestInProgress, and a [Failure]'s code with the send's id.
func (s *Sender) Send(ctx context.Context, d Draft) (Reply, error) {
	for {
		access := WithStorageLimit(ctx, storageLimit)
		if d.Key != nil {
			reply, used, err := s.replay(access, d.User, *d.Key)
			if used || err != nil {
				return reply, err
			}
		}
		sent, err := s.send(ctx, access, d)
		if errors.Is(err, ErrKeyTaken) {
			continue // by a request that came at the same moment: answer as its repetition
		}
		return Reply{Send: sent}, err
	}
}

// send is Send without the key's past. access is ctx with what is left of the time with the database until a call.
func (s *Sender) send(ctx, access context.Context, d Draft) (Send, error) {
	until := time.Now().Add(s.config.Limit)
	turn, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	defer context.AfterFunc(s.config.Stopping, cancel)() // a process that stops begins nothing it would have to wait for
	d.found = &memo{}
	for ; ; access = WithStorageLimit(ctx, storageLimit) {
		plan, err := s.planner.Plan(access, d)
		if err != nil {
			return Send{}, err
		}
		if err := admit(plan); err != nil {
			return Send{}, err
		}
		intent := s.intent(plan)
		if d.Async && plan.Operation != Unchanged && !plan.ambiguous() {
			return s.enqueue(ctx, intent)
		}
		failpoint.At(failpoint.BeforeBegin)
		asked := time.Now()
		begun, err := s.ledger.Begin(access, intent)
		if err != nil {
			if !errors.Is(err, ErrKeyTaken) {
				s.config.Withdraw(intent.Send.ID, intent.Claim)
			}
			return Send{}, err
		}
		failpoint.At(failpoint.AfterBegin)
		if begun.State == Granted {
			return s.granted(ctx, plan, begun, asked, until, s.config.Limit)
		}
		sent, done, err := s.await(turn, plan, begun)
		if !done && turn.Err() != nil {
			if ctx.Err() != nil {
				return Send{}, inProgress(begun.Holder)
			}
			return s.enqueue(ctx, intent) // its turn did not come in time
		}
		if done || err != nil {
			return sent, err
		}
	}
}

// granted makes a send that has its record to itself. Waits within it are no longer than patience.
func (s *Sender) granted(ctx context.Context, plan *Plan, begun Begun, asked, until time.Time, patience time.Duration) (Send, error) {
	if plan.Operation == Unchanged {
		return begun.Send, nil
	}
	return s.transmit(ctx, plan, begun, asked, until, patience)
}

// await deals with a record that is not free. done: there is an answer.
func (s *Sender) await(turn context.Context, plan *Plan, begun Begun) (sent Send, done bool, err error) {
	switch begun.State {
	case Blocked:
		if begun.HolderDigest == plan.Digest {
			sent, err = s.ledger.Send(turn, plan.draft.User, begun.Holder)
			return sent, true, s.boundTo(turn, plan, begun.Holder, err)
		}
		if begun.Open {
			return Send{}, true, blocked(begun.Holder)
		}
	case Busy:
		if begun.HolderDigest == plan.Digest {
			return s.join(turn, plan, begun.Holder)
		}
	case Stale, Granted:
		pause(turn, time.Millisecond)
		return Send{}, false, nil
	}
	pause(turn, pollInterval)
	return Send{}, false, nil
}

// join waits for the send that does the very same thing and answers as it does. One that is queued answers at once.
func (s *Sender) join(turn context.Context, plan *Plan, holder uuid.UUID) (Send, bool, error) {
	for {
		send, err := s.ledger.Send(turn, plan.draft.User, holder)
		if turn.Err() != nil {
			return Send{}, true, inProgress(holder)
		}
		if err != nil {
			return Send{}, true, err
		}
		if send.Status != Sending {
			return send, true, s.boundTo(turn, plan, holder, failure(send))
		}
		if !pause(turn, pollInterval) {
			return Send{}, true, inProgress(holder)
		}
	}
}

// boundTo notes the request's key for the send that answered it.
func (s *Sender) boundTo(ctx context.Context, plan *Plan, send uuid.UUID, err error) error {
	if plan.draft.Key == nil {
		return err
	}
	if bound := s.keys.BindKey(ctx, plan.draft.User, *plan.draft.Key, send); bound != nil {
		return bound
	}
	return err
}

// admit holds the plan against what the caller expects and what the record has to have.
func admit(plan *Plan) error {
	if plan.faulty() {
		return plan.Refusal()
	}
	if expect := plan.draft.Expect; expect != "" && expect != plan.Digest {
		return &Error{Code: PreviewOutdated, Detail: "What would be sent now is not what was previewed."}
	}
	return nil
}

// enqueue commits the send for a worker.
func (s *Sender) enqueue(ctx context.Context, intent Intent) (Send, error) {
	intent.Send.Status = Queued
	return s.ledger.Enqueue(ctx, intent)
}

func (s *Sender) intent(plan *Plan) Intent {
	return Intent{
		Send: newSend(plan), Claim: uuid.New(), Draft: plan.draft.Raw, Expect: plan.draft.Expect, Before: plan.before(), Revision: plan.Link.Revision,
		LeaseTTL: s.config.LeaseTTL, Key: plan.draft.Key, RuledOut: plan.draft.RuledOut, Pace: s.dispatcher.beginPace(),
	}
}

func newSend(plan *Plan) Send {
	status := Sending
	if plan.Operation == Unchanged {
		status = Succeeded
	}
	return Send{
		ID:             uuid.Must(uuid.NewV7()),
		ConnectionID:   plan.Connection.ID,
		Connector:      plan.Connection.Connector,
		Object:         plan.Object,
		RecordID:       plan.RecordID,
		Status:         status,
		Operation:      plan.Operation,
		Action:         plan.Action,
		CRMRecordID:    plan.Link.CRMRecordID,
		CRMURL:         plan.Link.CRMURL,
		MappingVersion: plan.mapping.Version,
		Digest:         plan.Digest,
		Warnings:       plan.warnings(),
		Undoes:         plan.undoes,
	}
}

// failure is the error that a finished send comes to, nil unless it failed.
func failure(s Send) error {
	if s.Status == Failed && s.Failure != nil {
		return s.Failure.Err(s.ID)
	}
	return nil
}

const earlierUnknown = "An earlier send of this record may have created it in the CRM; its answer was lost."

func blocked(send uuid.UUID) error {
	return &Error{
		Code:   OutcomeUnknown,
		Detail: earlierUnknown,
		SendID: send.String(),
	}
}

func inProgress(send uuid.UUID) error {
	return &Error{
		Code:       RequestInProgress,
		Detail:     "Another send of this record is still under way.",
		SendID:     send.String(),
		RetryAfter: time.Second,
	}
}

// pause waits d; false: the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
