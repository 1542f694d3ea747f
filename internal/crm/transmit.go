package crm

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// finishLimit bounds the commit of an outcome, which goes on after its caller has gone.
const finishLimit = 10 * time.Second

// transmit calls the CRM under the lease and commits what came of it. The caller's going away stops neither: a call cut
// short would have an unknown outcome.
func (s *Sender) transmit(ctx context.Context, plan *Plan, begun Begun) (Send, error) {
	ctx = context.WithoutCancel(ctx)
	renewing, stop := context.WithCancel(ctx)
	defer stop() // the lease is kept until the outcome is stored
	go s.renew(renewing, begun.Claim)

	answer, err := s.call(ctx, plan)
	outcome := s.outcome(ctx, plan, answer, err)

	finish, cancel := context.WithTimeout(ctx, finishLimit)
	defer cancel()
	send, err := s.finish(finish, plan, begun, outcome)
	if err != nil {
		return Send{}, err
	}
	send.Warnings = plan.Issues
	return send, failure(send)
}

// call executes the plan's action once.
func (s *Sender) call(ctx context.Context, plan *Plan) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.CallTimeout)
	defer cancel()
	return s.executor.Execute(ctx, Call{
		UserID:       plan.Connection.User.AlloyID,
		CredentialID: plan.Connection.CredentialID,
		Connector:    plan.Connection.Connector,
		Action:       plan.Action,
		Request:      plan.Request,
	})
}

// renew keeps the lease while the call runs and its outcome is stored. A lease that is lost, or cannot be renewed, needs
// nothing done here: Finish decides by the claim what a late outcome is worth.
func (s *Sender) renew(ctx context.Context, claim Claim) {
	for pause(ctx, s.config.LeaseTTL/3) {
		if held, err := s.ledger.Renew(ctx, claim, s.config.LeaseTTL); err == nil && !held {
			return
		}
	}
}

// finish commits the outcome. A ledger that is briefly away is tried again: losing the outcome of a create costs a
// look-up by a person.
func (s *Sender) finish(ctx context.Context, plan *Plan, begun Begun, o Outcome) (Send, error) {
	for {
		send, err := s.ledger.Finish(ctx, begun.Claim, o)
		switch {
		case err == nil:
			return send, nil
		case CodeOf(err) == Conflict:
			// Settled by somebody else, or by a commit of ours whose answer was lost: what is stored is what counts.
			s.lateOutcome(begun, o).Msg("the lease was lost before the outcome could be stored")
			return s.ledger.Send(ctx, plan.Connection.User.ExternalID, begun.Send.ID)
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

// lateOutcome keeps in the log what the ledger did not take: with it a person can settle the send.
func (s *Sender) lateOutcome(begun Begun, o Outcome) *zerolog.Event {
	return s.config.Logger.Error().Stringer("send_id", begun.Send.ID).Str("outcome", string(o.Status)).
		Str("crm_record_id", o.CRMRecordID).Str("execution_id", o.ExecutionID)
}

// outcome judges an answer, or a failure, of the CRM.
func (s *Sender) outcome(ctx context.Context, plan *Plan, answer Answer, err error) Outcome {
	if err == nil {
		return s.accept(ctx, plan, answer)
	}
	var call *CallError
	if !errors.As(err, &call) {
		call = &CallError{Code: UpstreamUnavailable, Message: "The CRM could not be called.", Err: err}
	}
	// The CRM's own sentence may quote the record: it is stored with the send, sealed, and stays out of the log.
	s.config.Logger.Warn().AnErr("cause", call.Err).Str("code", string(call.Code)).
		Str("connector", plan.Connection.Connector).Str("action", plan.Action).
		Stringer("connection_id", plan.Connection.ID).Str("upstream_code", call.UpstreamCode).
		Int("upstream_status", call.Status).Str("execution_id", call.ExecutionID).Msg("CRM call failed")
	s.judgeCredential(ctx, plan, call)
	return refusal(plan, call)
}

// accept reads a successful answer. It may hold a refusal all the same: some CRMs answer 200 to whatever they get.
func (s *Sender) accept(ctx context.Context, plan *Plan, answer Answer) Outcome {
	if said, no := plan.answer.Refusal(answer.Data); no {
		call := &CallError{
			Code: CRMRejected, Effect: Refused, Message: sentence(said.Message), UpstreamCode: sentence(said.Code),
			ExecutionID: answer.ExecutionID,
		}
		if said.Field != "" {
			call.Fields = []FieldError{{Field: sentence(said.Field), Code: call.UpstreamCode, Message: call.Message}}
		}
		if call.Message == "" {
			call.Message = "The CRM refused the record without saying why."
		}
		return refusal(plan, call)
	}
	o := Outcome{
		Status: Succeeded, Attempts: 1, View: plan.View, ExecutionID: answer.ExecutionID,
		CRMRecordID: plan.Link.CRMRecordID, CRMURL: plan.Link.CRMURL,
	}
	id, url, err := plan.answer.Record(answer.Data)
	if plan.Operation == Create {
		if err != nil {
			return Outcome{Status: Unknown, Attempts: 1, ExecutionID: answer.ExecutionID, Failure: &Failure{
				Code: OutcomeUnknown, Detail: "The CRM accepted the record but its answer has no usable id: " + sentence(err.Error()),
			}}
		}
		o.CRMRecordID = id
	}
	if url != "" {
		o.CRMURL = url
	}
	if plan.Connection.RetiredCredentialID != "" {
		if err := s.connections.CredentialWorked(ctx, plan.Connection.ID, plan.Connection.CredentialID); err != nil {
			s.config.Logger.Warn().Err(err).Msg("the replaced credential could not be marked for deletion")
		}
		s.config.Worked()
	}
	return o
}

// refusal turns a failed call into an outcome. Only a create can become Unknown: an update by id is safe to repeat.
func refusal(plan *Plan, call *CallError) Outcome {
	o := Outcome{
		Status: Failed, Attempts: 1, ExecutionID: call.ExecutionID,
		CRMRecordID: plan.Link.CRMRecordID, CRMURL: plan.Link.CRMURL,
		Failure: &Failure{Code: call.Code, Detail: call.Message, Fields: hostFields(plan, call.Fields)},
	}
	if call.RetryAfter > 0 {
		o.Failure.RetryAfter = int((call.RetryAfter + time.Second - 1) / time.Second)
	}
	switch {
	case call.Effect != MayHaveHappened:
		o.Unlink = call.Code == CRMRecordGone && plan.Operation == Update
	case plan.Operation == Create:
		o.Status = Unknown
		o.Failure = &Failure{Code: OutcomeUnknown, Detail: "The record may have been created in the CRM: " + call.Message}
	default:
		o.Uncertain = true
	}
	return o
}

// hostFields renames the CRM's fields in its complaints to the host's; one that no rule fills keeps the CRM's name.
func hostFields(plan *Plan, fields []FieldError) []FieldError {
	var named []FieldError
	for _, f := range fields {
		hosts := plan.mapper.HostFields(f.Field)
		if len(hosts) == 0 {
			hosts = []string{f.Field}
		}
		for _, host := range hosts {
			named = append(named, FieldError{Field: host, Code: f.Code, Message: f.Message})
		}
	}
	return named
}

// judgeCredential moves the connection to needs_reconnect when its credential is certainly of no use. "Credential not
// found" is believed only after a look at the list: Alloy also says it when a call runs as another user.
func (s *Sender) judgeCredential(ctx context.Context, plan *Plan, call *CallError) {
	c := plan.Connection
	switch {
	case call.Code == ReconnectRequired:
	case call.UnknownCred:
		listed, err := s.vault.Credentials(ctx, c.User.AlloyID, c.Connector)
		if err != nil || hasCredential(listed, c.CredentialID) {
			return
		}
		call.Code = ReconnectRequired
	default:
		return
	}
	if err := s.connections.CredentialRefused(ctx, c.ID, c.CredentialID, refusedByCRM); err != nil {
		s.config.Logger.Error().Err(err).Stringer("connection_id", c.ID).Msg("the refused credential could not be noted")
	}
}

const refusedByCRM = "The CRM no longer accepts this connection's credential."

func hasCredential(listed []Credential, id string) bool {
	for _, c := range listed {
		if c.ID == id {
			return true
		}
	}
	return false
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
