package crm

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// Sender sends records: at most one CRM record per connection, object and record id.
//
//	plan ─▶ Begin (row + lease, committed) ─▶ call ─▶ Finish (outcome + link + release, committed)
//	 ▲        │Busy, same digest: join the holder   │
//	 │        │Busy, other digest: wait ────────────┤ answer lost, create: unknown, blocks further creates
//	 └────────┴Stale: plan anew                     │ answer lost, update: failed, the next one sends every field
type Sender struct {
	planner     *Planner
	ledger      Ledger
	executor    Executor
	connections CredentialKeeper
	vault       Vault
	config      SenderConfig
}

// SenderConfig is how long things may take. CallTimeout bounds one call; WaitLimit bounds waiting for another send of
// the same record.
type SenderConfig struct {
	LeaseTTL    time.Duration
	CallTimeout time.Duration
	WaitLimit   time.Duration
	Logger      zerolog.Logger
	Worked      func()          // told when a replaced credential waits for deletion
	Withdraw    func(uuid.UUID) // told of a send that may have been begun, and will not be made
	Stopping    context.Context // ends when the process is asked to stop
}

// CredentialKeeper is told what calls reveal about a connection's credential.
type CredentialKeeper interface {
	// CredentialRefused moves the connection to needs_reconnect, if it still uses this credential.
	CredentialRefused(ctx context.Context, connection uuid.UUID, credentialID, reason string) error
	// CredentialWorked lets the credential that a reconnect replaced be deleted at Alloy, if the connection still uses the
	// one that worked: after another reconnect, what was retired is that very one.
	CredentialWorked(ctx context.Context, connection uuid.UUID, credentialID string) error
}

// NewSender wires a sender.
func NewSender(p *Planner, l Ledger, e Executor, k CredentialKeeper, v Vault, c SenderConfig) *Sender {
	return &Sender{planner: p, ledger: l, executor: e, connections: k, vault: v, config: c}
}

// pollInterval is how often a waiting send looks whether its turn has come.
const pollInterval = 50 * time.Millisecond

// Send brings one record into the CRM now. A send that ends Unknown is no error. Errors: those of [Planner.Plan],
// PreviewOutdated, InvalidRecord, OutcomeUnknown (an earlier create is not settled), RequestInProgress (the record's
// turn did not come in time), and a [Failure]'s code with the send's id.
func (s *Sender) Send(ctx context.Context, d Draft) (Send, error) {
	turn, cancel := context.WithTimeout(ctx, s.config.WaitLimit)
	defer cancel()
	defer context.AfterFunc(s.config.Stopping, cancel)() // a process that stops begins nothing it would have to wait for
	for {
		plan, err := s.planner.Plan(ctx, d)
		if err != nil {
			return Send{}, err
		}
		if err := s.admit(plan, d.Expect); err != nil {
			return Send{}, err
		}
		intent := s.intent(plan)
		begun, err := s.ledger.Begin(ctx, intent)
		if err != nil {
			s.config.Withdraw(intent.Send.ID)
			return Send{}, err
		}
		switch begun.State {
		case Granted:
			if plan.Operation == Unchanged {
				begun.Send.Warnings = plan.Issues
				return begun.Send, nil
			}
			return s.transmit(ctx, plan, begun)
		case Blocked:
			return Send{}, blocked(begun.Holder)
		case Busy:
			if begun.HolderDigest == plan.Digest {
				return s.join(turn, d.User, begun.Holder, plan)
			}
			if !pause(turn, pollInterval) {
				return Send{}, inProgress(begun.Holder)
			}
		case Stale:
			if !pause(turn, time.Millisecond) {
				return Send{}, inProgress(begun.Holder)
			}
		}
	}
}

// admit holds the plan against what the caller expects and what the record has to have.
func (s *Sender) admit(plan *Plan, expect string) error {
	if plan.Link.Unresolved != uuid.Nil {
		return blocked(plan.Link.Unresolved)
	}
	if !plan.Sendable() {
		return plan.Refusal()
	}
	if expect != "" && expect != plan.Digest {
		return &Error{Code: PreviewOutdated, Detail: "What would be sent now is not what was previewed."}
	}
	return nil
}

func (s *Sender) intent(plan *Plan) Intent {
	return Intent{Send: newSend(plan), Request: plan.Request, Revision: plan.Link.Revision, LeaseTTL: s.config.LeaseTTL}
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
		MappingVersion: plan.Link.MappingVersion,
		Digest:         plan.Digest,
	}
}

// join waits for the send that does the very same thing and answers as it does.
func (s *Sender) join(ctx context.Context, user string, holder uuid.UUID, plan *Plan) (Send, error) {
	for {
		send, err := s.ledger.Send(ctx, user, holder)
		if ctx.Err() != nil {
			return Send{}, inProgress(holder)
		}
		if err != nil {
			return Send{}, err
		}
		if send.Status != Sending {
			send.Warnings = plan.Issues
			return send, failure(send)
		}
		if !pause(ctx, pollInterval) {
			return Send{}, inProgress(holder)
		}
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
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
