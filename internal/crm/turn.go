package crm

import (
	"context"
	"errors"
	"time"
)

// turn follows a failed call that says something about what is there: the record exists already (adopt it and update
// it), is gone (create it anew), or may have been made (look). It returns the plan to go on with, committed to the
// ledger before any call; nil: the outcome is the end of it.
func (s *Sender) turn(ctx context.Context, l *lease, plan *Plan, begun Begun, failed *CallError) (*Plan, Outcome, error) {
	var finding Finding
	if failed.Code == CRMDuplicate && failed.ExistingID != "" {
		holder, err := s.ledger.Holder(ctx, plan.Connection.ID, plan.Object, failed.ExistingID)
		if err != nil {
			return nil, s.unclear(plan, begun, failed, err), nil
		}
		match := Match{Holder: holder}
		match.ID = failed.ExistingID
		finding = Finding{Possible: true, Matches: []Match{match}}
	} else {
		var err error
		if finding, err = s.finder.Find(ctx, plan.Connection, plan.object, plan.draft.Fields); err != nil {
			return nil, s.unclear(plan, begun, failed, err), nil
		}
	}
	finding = finding.without(plan.draft.RuledOut)
	match, sole := finding.sole(plan.RecordID)
	switch {
	case sole && failed.Code == CRMDuplicate && !plan.keyed():
		// The CRM calls it a duplicate by something that is not the record's own: a default, a constant, a value of many.
		return nil, s.review(plan, finding.Matches), nil
	case sole:
		return s.adopt(ctx, l, plan, begun, failed, match)
	case len(finding.Matches) > 0:
		o := s.review(plan, finding.Matches)
		o.Unlink = failed.Code == CRMRecordGone
		return nil, o, nil
	case failed.Code == CRMRecordGone:
		return s.recreate(ctx, l, plan, begun, failed)
	case failed.Code == CRMDuplicate:
		return nil, s.unseen(plan, begun, failed, finding), nil
	case !finding.Possible:
		return nil, s.refusal(plan, failed), nil
	}
	// The server said that it did not do it, and the CRM does not have it: once more.
	if !pause(ctx, max(failed.RetryAfter, quickBase)) {
		return nil, s.refusal(plan, failed), nil
	}
	return plan, Outcome{}, nil
}

// unclear is the outcome where the CRM, or the ledger, could not be asked what is there.
func (s *Sender) unclear(plan *Plan, begun Begun, failed *CallError, err error) Outcome {
	if failed.Effect == MayHaveHappened {
		return s.refusal(plan, failed)
	}
	why := &CallError{Code: CodeOf(err), Effect: NotExecuted, Message: failed.Message, Err: err}
	var known *Error
	if errors.As(err, &known) {
		why.RetryAfter = known.RetryAfter
	}
	return s.later(plan, begun, why)
}

// unseen is the outcome for a record that the CRM calls a duplicate and does not find: its search lags. It is tried again
// a few times, then it is the CRM's word that counts.
func (s *Sender) unseen(plan *Plan, begun Begun, failed *CallError, finding Finding) Outcome {
	if !finding.Possible || begun.Rounds >= 3 {
		return s.refusal(plan, failed)
	}
	patient := *failed
	patient.RetryAfter = max(patient.RetryAfter, s.lag(plan)/2)
	return s.later(plan, begun, &patient)
}

// adopt goes on with an update of the record that is there.
func (s *Sender) adopt(ctx context.Context, l *lease, plan *Plan, begun Begun, failed *CallError, match Match) (*Plan, Outcome, error) {
	link := plan.Link
	link.adopt(match.ID, match.URL)
	changed, o, err := s.change(ctx, l, plan, begun, failed, link)
	if CodeOf(err) == CRMDuplicate && err != nil { // it has just become another record's
		return nil, s.review(plan, []Match{match}), nil //nolint:nilerr // the refusal is the outcome
	}
	return changed, o, err
}

// recreate goes on with a create in place of the record that is gone.
func (s *Sender) recreate(ctx context.Context, l *lease, plan *Plan, begun Begun, failed *CallError) (*Plan, Outcome, error) {
	link := plan.Link
	link.adopt("", "")
	link.ViewCertain = true
	return s.change(ctx, l, plan, begun, failed, link)
}

// change plans anew for the link, and commits that before anything is called: after a crash, the row has to say which of
// the two calls may have been made.
func (s *Sender) change(ctx context.Context, l *lease, plan *Plan, begun Begun, failed *CallError, link Link) (*Plan, Outcome, error) {
	changed, err := s.planner.replan(ctx, plan, link)
	if err == nil && changed.faulty() {
		err = changed.Refusal()
	}
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			e = &Error{Code: Internal, Err: err}
		}
		if e.Code.Retryable() {
			return nil, s.unclear(plan, begun, failed, err), nil
		}
		return nil, Outcome{
			Status: Failed, CRMRecordID: plan.Link.CRMRecordID, CRMURL: plan.Link.CRMURL,
			Failure: &Failure{Code: e.Code, Detail: e.Detail, Fields: e.Fields}, Unlink: link.CRMRecordID == "",
		}, nil
	}
	err = s.ledger.Amend(context.WithoutCancel(ctx), l.claim, Amendment{
		Operation: changed.Operation, Action: changed.Action, Digest: changed.Digest,
		CRMRecordID: link.CRMRecordID, CRMURL: link.CRMURL,
	})
	switch {
	case err == nil:
	case CodeOf(err) == Conflict:
		return nil, Outcome{}, errLeaseLost
	case CodeOf(err) == CRMDuplicate:
		return nil, Outcome{}, err
	default: // nothing was called since the refusal, and nothing will be
		return nil, s.unclear(plan, begun, failed, err), nil
	}
	return changed, Outcome{}, nil
}

// lag is how long the CRM's search may not see a write.
func (s *Sender) lag(plan *Plan) time.Duration {
	if s.config.LookupLag != nil {
		return *s.config.LookupLag
	}
	if plan.object.Lookup == nil {
		return 0
	}
	return plan.object.Lookup.Lag
}

// keyed reports whether the record has a natural key of its own, as far as its mapping knows of any.
func (p *Plan) keyed() bool {
	if len(p.object.NaturalKeys) == 0 {
		return true
	}
	return len(p.object.Queries(p.draft.Fields, func(string) bool { return true })) > 0
}
