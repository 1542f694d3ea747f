package crm

import (
	"context"
	"errors"
	"time"
)

const (
	// lookUps is how many look-ups in a row have to miss the record before it counts as not there.
	lookUps = 3
	// lookUpPace bounds how often one record is looked for.
	lookUpPace = 250 * time.Millisecond
	// allowedCreates is how many further creates look-ups may allow for one send, each after look-ups of its own. More
	// would mean that the CRM takes records which it does not show.
	allowedCreates = 2
)

// investigate looks up a create whose outcome is not known.
//
//	found once ──▶ succeeded, or queued for an update where the CRM does not hold what was sent
//	found more ──▶ needs_review
//	not found ───▶ again, until several look-ups over the search's lag agree; then one new create
//	cannot look ─▶ a person is asked
func (s *Sender) investigate(ctx context.Context, p Waiting) error {
	d, err := p.draft()
	if err != nil {
		return s.queue.Settle(ctx, p.ID, Settlement{Status: Unknown, AskPerson: true})
	}
	connection, _, err := s.planner.subject(ctx, d)
	if err != nil {
		return err
	}
	if err := Ready(connection); err != nil {
		return s.postpone(ctx, p, parked, &Failure{Code: CodeOf(err), Detail: p.Failure.detail()})
	}
	plan, err := s.planner.asCreated(ctx, connection, d, p.MappingVersion)
	if err != nil && !CodeOf(err).Retryable() {
		return s.queue.Settle(ctx, p.ID, Settlement{Status: Unknown, AskPerson: true}) // nobody can tell any more what to look for
	}
	if err != nil {
		return s.postpone(ctx, p, s.backoff(p), nil)
	}
	finding, err := s.finder.Find(ctx, connection, plan.object, d.Fields)
	if err != nil {
		return s.notAnswered(ctx, p, err)
	}
	return s.queue.Settle(ctx, p.ID, s.conclude(p, plan, finding))
}

// conclude says what a look-up means for an unknown send.
func (s *Sender) conclude(p Waiting, plan *Plan, finding Finding) Settlement {
	// What belongs to another record was there before, or is that record's: it is not what this create made.
	finding = finding.unheld(p.RecordID).without(p.RuledOut)
	switch {
	case !finding.Possible:
		return Settlement{Status: Unknown, AskPerson: true}
	case len(finding.Matches) > 1:
		return Settlement{Status: NeedsReview, Candidates: plan.candidates(finding.Matches)}
	case len(finding.Matches) == 1:
		match := finding.Matches[0]
		if plan.object.Holds(match.Record, plan.View) {
			return Settlement{Status: Succeeded, CRMRecordID: match.ID, CRMURL: match.URL, View: plan.View}
		}
		return Settlement{Status: Queued, CRMRecordID: match.ID, CRMURL: match.URL}
	}
	lag := s.lag(plan)
	if p.Lookups+1 < lookUps || p.UnknownFor < lag {
		return Settlement{Status: Unknown, LookAgainIn: max(lookUpPace, lag/lookUps)}
	}
	if p.Recreated >= allowedCreates {
		return Settlement{Status: Unknown, AskPerson: true}
	}
	return Settlement{Status: Queued}
}

// notAnswered puts a look-up off that got no usable answer; it does not count.
func (s *Sender) notAnswered(ctx context.Context, p Waiting, err error) error {
	wait := s.backoff(p)
	var e *Error
	if errors.As(err, &e) {
		wait = max(wait, e.RetryAfter)
		if e.Code == ReconnectRequired {
			wait = parked
		}
	}
	return errors.Join(err, s.postpone(ctx, p, wait, nil))
}

// asCreated is what the draft was created as, whatever the link says meanwhile: by the mapping of that time, since it is the
// values that were sent then by which the record is found.
func (p *Planner) asCreated(ctx context.Context, connection Connection, d Draft, version int) (*Plan, error) {
	m, err := p.mappings.MappingAt(ctx, connection, d.Object, version)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Connection: connection, Object: d.Object, mapping: m, object: m.Object}
	plan.RecordID, plan.draft = d.RecordID, d
	return plan, p.fill(ctx, plan)
}
