package crm

import (
	"math/rand/v2"
	"time"

	"sendtocrm/internal/guard"
	"sendtocrm/internal/mapping"
)

const (
	queueBase = time.Second
	queueCap  = 30 * time.Second
)

// accept reads a successful answer. It may hold a refusal all the same: some CRMs answer 200 to whatever they get.
func (s *Sender) accept(plan *Plan, answer Answer) Outcome {
	if said, no := plan.object.Answer.Refusal(answer.Data); no {
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
		return s.refusal(plan, call)
	}
	o := Outcome{
		Status: Succeeded, View: plan.View, ExecutionID: answer.ExecutionID, Undoes: plan.undoes,
		CRMRecordID: plan.Link.CRMRecordID, CRMURL: plan.Link.CRMURL, Unlink: plan.Operation == Delete,
	}
	id, url, err := plan.object.Answer.Record(answer.Data)
	if plan.Operation == Create {
		if err != nil {
			return Outcome{Status: Unknown, ExecutionID: answer.ExecutionID, Failure: &Failure{
				Code: OutcomeUnknown, Detail: "The CRM accepted the record but its answer has no usable id: " + sentence(err.Error()),
			}}
		}
		o.CRMRecordID = id
	}
	if url != "" && plan.Operation != Delete {
		o.CRMURL = url
	}
	return o
}

// end is the outcome of a failed call that is not repeated. A send out of the queue waits for a reconnect: nobody else will
// send it again.
func (s *Sender) end(plan *Plan, begun Begun, call *CallError) Outcome {
	o := s.refusal(plan, call)
	if call.Code == ReconnectRequired && o.Status == Failed && begun.Rounds > 0 {
		o.Status, o.DueIn = Queued, queueBase // and then, seen to be useless, until the reconnect
	}
	return o
}

// refusal turns a failed call into an outcome. Only a create can become Unknown: an update by id is safe to repeat.
func (s *Sender) refusal(plan *Plan, call *CallError) Outcome {
	o := Outcome{
		Status: Failed, ExecutionID: call.ExecutionID, CRMRecordID: plan.Link.CRMRecordID, CRMURL: plan.Link.CRMURL,
		Failure: plan.failed(call),
	}
	switch {
	case call.Code == CRMRecordGone && plan.Operation == Delete:
		return Outcome{Status: Succeeded, Unlink: true, Undoes: plan.undoes, CRMRecordID: o.CRMRecordID, ExecutionID: o.ExecutionID}
	case call.Effect != MayHaveHappened:
		o.Unlink = call.Code == CRMRecordGone && plan.Operation == Update
	case plan.Operation == Create:
		o.Status = Unknown
		if call.Status == 0 { // no answer: whoever has the request may still be at it
			o.DueIn = s.config.Limit
		}
		o.Failure = &Failure{Code: OutcomeUnknown, Detail: "The record may have been created in the CRM: " + call.Message}
	default:
		o.Uncertain = true
	}
	return o
}

// later queues the send: it was certainly not done, or is safe to repeat, and there is no time left for it now. What has
// no draft cannot be queued.
func (s *Sender) later(plan *Plan, begun Begun, call *CallError) Outcome {
	o := Outcome{
		Status: Queued, CRMRecordID: plan.Link.CRMRecordID, CRMURL: plan.Link.CRMURL, ExecutionID: call.ExecutionID,
		Failure: plan.failed(call), Uncertain: plan.Operation != Create && call.Effect == MayHaveHappened,
		DueIn: dueIn(call, begun.Rounds),
	}
	if len(plan.draft.Raw) == 0 {
		o.Status = Failed
	}
	return o
}

// dueIn is when a queued send is tried again. Who only waits for the connection's turn does not wait longer each time.
func dueIn(call *CallError, rounds int) time.Duration {
	if call.Held && call.Code == RateLimited {
		return guard.Wait(call.RetryAfter, guard.Backoff(0, max(call.RetryAfter, queueBase), queueCap, rand.Float64))
	}
	return guard.Wait(max(call.RetryAfter, queueBase), guard.Backoff(rounds, queueBase, queueCap, rand.Float64))
}

// review leaves the choice of the record to a person.
func (s *Sender) review(plan *Plan, matches []Match) Outcome {
	return Outcome{
		Status: NeedsReview, Failure: &Failure{Code: CRMDuplicate, Detail: severalMatch(matches)},
		Candidates: plan.candidates(matches),
	}
}

// failed is the failure of a call, with the CRM's fields renamed to the host's.
func (p *Plan) failed(call *CallError) *Failure {
	return &Failure{
		Code: call.Code, Detail: call.Message, Fields: hostFields(p, call.Fields),
		RetryAfter: int((call.RetryAfter + time.Second - 1) / time.Second),
	}
}

// candidates shows matches as universal records.
func (p *Plan) candidates(matches []Match) (shown []Candidate) {
	for _, m := range matches {
		fields, _ := p.mapper.Backward(m.Record, mapping.Fields{}) // what cannot be read is left out
		shown = append(shown, Candidate{CRMRecordID: m.ID, URL: m.URL, Fields: fields})
	}
	return shown
}

// hostFields renames the CRM's fields in its complaints to the host's; one that no rule fills keeps the CRM's name.
func hostFields(plan *Plan, fields []FieldError) []FieldError {
	var named []FieldError
	for _, f := range fields {
		var hosts []string
		if plan.mapper != nil { // an undo has none
			hosts = plan.mapper.HostFields(f.Field)
		}
		if len(hosts) == 0 {
			hosts = []string{f.Field}
		}
		for _, host := range hosts {
			named = append(named, FieldError{Field: host, Code: f.Code, Message: f.Message})
		}
	}
	return named
}
