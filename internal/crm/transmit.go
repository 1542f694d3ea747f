package crm

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/failpoint"
)

// finishLimit bounds the commit of an outcome, which goes on after its caller has gone.
const finishLimit = 10 * time.Second

// transmit calls the CRM under the lease and commits what came of it. The caller's going away stops neither: a call cut
// short would have an unknown outcome. asked is when the lease was asked for; until, when the answer is due.
func (s *Sender) transmit(ctx context.Context, plan *Plan, begun Begun, asked, until time.Time, patience time.Duration) (Send, error) {
	ctx = withoutStorageLimit(context.WithoutCancel(ctx))
	lease := s.hold(ctx, begun.Claim, asked)
	defer lease.drop() // kept until the outcome is stored

	outcome, final, err := s.attempt(ctx, lease, plan, begun, until, patience)
	if err != nil {
		return s.settledElsewhere(ctx, plan, begun, err)
	}
	finish, cancel := context.WithTimeout(ctx, finishLimit)
	defer cancel()
	failpoint.At(failpoint.BeforeFinish)
	sent, err := s.finish(finish, final, begun, outcome)
	if err != nil {
		return Send{}, err
	}
	failpoint.At(failpoint.AfterFinish)
	return sent, failure(sent)
}

// settledElsewhere answers for a send whose lease was lost before a call: what others stored is what counts. If nothing at
// all was called, the claim is withdrawn, so that nobody has to look for a record that was never made.
func (s *Sender) settledElsewhere(ctx context.Context, plan *Plan, begun Begun, err error) (Send, error) {
	if !errors.Is(err, errLeaseLost) {
		return Send{}, err
	}
	s.config.Logger.Warn().Stringer("send_id", begun.Send.ID).Msg("the lease was lost before the call; the call was not made")
	if errors.Is(err, errNothingCalled) {
		s.config.Withdraw(begun.Send.ID, begun.Claim.ID)
	}
	sent, err := s.ledger.Send(ctx, plan.Connection.User.ExternalID, begun.Send.ID)
	if err != nil {
		return Send{}, err
	}
	if sent.Status == Sending {
		return Send{}, inProgress(sent.ID)
	}
	sent.Late = true
	return sent, failure(sent)
}

// finish commits the outcome. A ledger that is briefly away is tried again: losing the outcome of a create costs a
// look-up, or a person's time.
func (s *Sender) finish(ctx context.Context, plan *Plan, begun Begun, o Outcome) (Send, error) {
	for {
		done, err := s.ledger.Finish(ctx, begun.Claim, o)
		switch {
		case err == nil:
			return finished(plan, begun.Send, o, done), nil
		case CodeOf(err) == Conflict:
			// Settled by somebody else, or by a commit of ours whose answer was lost: what is stored is what counts.
			s.lateOutcome(begun, o).Msg("the lease was lost before the outcome could be stored")
			sent, err := s.ledger.Send(ctx, plan.Connection.User.ExternalID, begun.Send.ID)
			sent.Late = true
			return sent, err
		case !pause(ctx, 250*time.Millisecond):
			s.lateOutcome(begun, o).Err(err).Msg("the outcome could not be stored")
			return Send{}, &Error{
				Code:   StorageUnavailable,
				Detail: "The CRM was called, but the outcome could not be stored; the send will show as unknown.",
				SendID: begun.Send.ID.String(),
				Err:    err,
			}
		}
	}
}

// finished is the send as Finish stored it.
func finished(plan *Plan, sent Send, o Outcome, done Finished) Send {
	sent.Status, sent.Operation, sent.Action, sent.Digest = o.Status, plan.Operation, plan.Action, plan.Digest
	sent.CRMRecordID, sent.CRMURL, sent.ExecutionID = o.CRMRecordID, o.CRMURL, o.ExecutionID
	sent.Attempts, sent.Failure, sent.CompletedAt = o.Attempts, o.Failure, done.At
	sent.Late = done.Late
	return sent
}

// lateOutcome keeps in the log what the ledger did not take: with it a person can settle the send.
func (s *Sender) lateOutcome(begun Begun, o Outcome) *zerolog.Event {
	return s.config.Logger.Error().Stringer("send_id", begun.Send.ID).Str("outcome", string(o.Status)).
		Str("crm_record_id", o.CRMRecordID).Str("execution_id", o.ExecutionID)
}

// Sent reads one send; NotFound for another user's, an absent one, and an id that is none.
func (s *Sender) Sent(ctx context.Context, user, id string) (Send, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Send{}, NoSuchSend()
	}
	return s.ledger.Send(ctx, user, parsed)
}

// NoSuchSend is the answer for an absent send, another user's, and an id that is none.
func NoSuchSend() *Error { return &Error{Code: NotFound, Detail: "There is no such send."} }
