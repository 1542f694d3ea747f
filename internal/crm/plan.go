package crm

import (
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"sendtocrm/internal/mapping"
)

// Plan is what sending a record comes to: the exact request, and everything that a person should know about it.
type Plan struct {
	Connection Connection
	Object     string
	RecordID   string
	Link       Link
	Operation  Operation
	Action     string
	Request    Request
	Values     []mapping.Value
	Issues     []mapping.Issue
	Unmapped   []string
	Changes    []Change
	View       View // what the CRM will hold after a success
	Digest     string
	Matches    []Match            // records that a look-up found: one is adopted, several are for a person to choose from
	Verdict    *Verdict           // what the connection's filter says of the record; nil: there is no filter
	Omitted    []mapping.Omission // what is not sent, and why; in a preview only
	Live       bool               // Changes compare with the CRM's record as it is, not with what was last sent
	mapping    *Mapping
	draft      Draft
	object     *mapping.Object
	mapper     *mapping.Mapper
	input      mapping.Input
	result     *mapping.Result
	kept       []string // target paths that an update leaves alone because the CRM has a value there, or may have
	read       View     // what the CRM's record was just seen to hold, by the target paths that it was asked for
	undoes     uuid.UUID
}

// Change is one field's value at the CRM before and after an update; Before is JSON null where it was not known.
type Change struct {
	To            string
	Before, After json.RawMessage
}

// Version is that of the mapping; 0: the definition as shipped.
func (p *Plan) Version() int { return p.mapping.Version }

// Sendable reports whether nothing stands against the send.
func (p *Plan) Sendable() bool {
	return !slices.ContainsFunc(p.Issues, func(i mapping.Issue) bool { return i.Severity == mapping.Error })
}

// faulty reports whether the record itself, or its mapping, stands against the send.
func (p *Plan) faulty() bool { return slices.ContainsFunc(p.Issues, fault) }

// fault is an issue that no time and no other person's decision will remove.
func fault(i mapping.Issue) bool {
	return i.Severity == mapping.Error && i.Code != string(OutcomeUnknown) && i.Code != ambiguousMatch
}

// Refusal is the error for a plan that is faulty: MappingIncomplete where only the definition is at fault, InvalidRecord
// with the record's faults otherwise.
func (p *Plan) Refusal() *Error {
	refusal := &Error{Code: MappingIncomplete}
	for _, issue := range p.Issues {
		if !fault(issue) {
			continue
		}
		if refusal.Detail == "" || (refusal.Code == MappingIncomplete && issue.Code != mapping.NoRule) {
			refusal.Detail = issue.Message
		}
		if issue.Code != mapping.NoRule {
			refusal.Code = InvalidRecord
		}
		fields := issue.From
		if len(fields) == 0 {
			fields = []string{issue.To}
		}
		for _, field := range fields {
			refusal.Fields = append(refusal.Fields, FieldError{Field: field, Code: issue.Code, Message: issue.Message})
		}
	}
	return refusal
}

// doubts are the issues that come from elsewhere than the record's fields: from its story, the CRM, the connection's filter.
func (p *Plan) doubts(drifts []mapping.Drift) (issues []mapping.Issue) {
	if p.Link.Unresolved != uuid.Nil {
		issues = append(issues, mapping.Issue{
			Severity: mapping.Error, Code: string(OutcomeUnknown), From: []string{}, Message: earlierUnknown,
		})
	}
	if p.ambiguous() {
		issues = append(issues, mapping.Issue{
			Severity: mapping.Error, Code: ambiguousMatch, From: []string{}, Message: severalMatch(p.Matches),
		})
	}
	if p.Operation == Create && p.object.Lookup == nil && len(p.object.NaturalKeys) > 0 {
		issues = append(issues, mapping.Issue{Severity: mapping.Warning, Code: NoLookup, From: []string{}, Message: cannotLook})
	}
	if p.Verdict != nil && !p.Verdict.Matches {
		issues = append(issues, mapping.Issue{
			Severity: mapping.Warning, Code: filteredOut, From: []string{},
			Message: "The connection's filter leaves this record out of the background sync; a send by hand sends it. " + p.Verdict.Reason,
		})
	}
	for _, drift := range drifts {
		issues = append(issues, mapping.Issue{
			Severity: mapping.Warning, Code: schemaDrift, From: []string{}, To: drift.To, Message: drift.Message,
		})
	}
	return issues
}

// Codes of issues beside those of package mapping.
const (
	NoLookup    = "no_lookup"    // nobody can look whether the CRM has the record already
	filteredOut = "filtered_out" // background work would not take the record
	schemaDrift = "schema_drift" // the CRM's description of a mapped field is not what it was
)

const cannotLook = "Nobody can look whether the CRM has this record already: if it does, there will be two."

// ambiguous reports whether a person has to say which CRM record is meant.
func (p *Plan) ambiguous() bool { return p.Link.CRMRecordID == "" && len(p.Matches) > 0 }

// warnings are the issues that do not stand against the send.
func (p *Plan) warnings() []mapping.Issue {
	var kept []mapping.Issue
	for _, issue := range p.Issues {
		if issue.Severity != mapping.Error {
			kept = append(kept, issue)
		}
	}
	return kept
}

// before is what stood in the fields that the plan changes: what an undo would restore. Nil where that is not known.
func (p *Plan) before() View {
	if p.Operation != Update {
		return nil
	}
	before := View{}
	for _, change := range p.Changes {
		if held, _ := p.holds(change.To); held == nil {
			return nil
		}
		before[change.To] = change.Before
	}
	return before
}
