package crm

import (
	"bytes"
	"context"
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
	Matches    []Match // records that a look-up found: one is adopted, several are for a person to choose from
	draft      Draft
	object     *mapping.Object
	mapper     *mapping.Mapper
	undoes     uuid.UUID
}

// Change is one field's value at the CRM before and after an update; Before is JSON null where it was not known.
type Change struct {
	To            string
	Before, After json.RawMessage
}

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

// Subjects reads what a draft is about.
type Subjects interface {
	ConnectionFinder
	// Subject returns the connection and what is remembered of the record on it; NotFound for another user's connection
	// as for an absent one.
	Subject(ctx context.Context, user string, connection uuid.UUID, object, recordID string) (Connection, Link, error)
	// Link returns the zero Link for a record that was never sent.
	Link(ctx context.Context, connection uuid.UUID, object, recordID string) (Link, error)
}

// Planner turns a draft into a plan. It is the one way to a request: preview shows its plan, send transmits it.
type Planner struct {
	subjects Subjects
	catalog  *Catalog
	library  *mapping.Library
	finder   *Finder
	mappers  mapperCache
}

// NewPlanner wires a planner.
func NewPlanner(subjects Subjects, catalog *Catalog, library *mapping.Library, finder *Finder) *Planner {
	return &Planner{subjects: subjects, catalog: catalog, library: library, finder: finder}
}

// Plan changes nothing and calls no write action; it may look in the CRM whether the record is there already. Errors:
// NotFound, InvalidRequest (which connection?), ConnectionNotReady, ReconnectRequired, MappingIncomplete, RateLimited,
// UpstreamUnavailable, StorageUnavailable.
func (p *Planner) Plan(ctx context.Context, d Draft) (*Plan, error) {
	connection, link, err := p.subject(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := ready(connection); err != nil {
		return nil, err
	}
	object, err := p.object(connection.Connector, d.Object)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Connection: connection, Object: d.Object, RecordID: d.RecordID, Link: link, draft: d, object: object}
	if err := p.look(ctx, plan); err != nil {
		return nil, err
	}
	return plan, p.fill(ctx, plan)
}

// replan makes the plan anew for a record that turned out to be another, or to be gone.
func (p *Planner) replan(ctx context.Context, old *Plan, link Link) (*Plan, error) {
	plan := &Plan{
		Connection: old.Connection, Object: old.Object, RecordID: old.RecordID, Link: link, draft: old.draft, object: old.object,
	}
	return plan, p.fill(ctx, plan)
}

// look finds out before a create whether the CRM has the record already, where the CRM itself would not notice.
func (p *Planner) look(ctx context.Context, plan *Plan) error {
	if plan.Link.CRMRecordID != "" || plan.Link.Unresolved != uuid.Nil || plan.object.Lookup == nil || plan.object.Lookup.Unique {
		return nil
	}
	finding, err := plan.draft.found.find(func() (Finding, error) {
		return p.finder.Find(ctx, plan.Connection, plan.object, plan.draft.Fields)
	})
	if err != nil {
		return err
	}
	finding = finding.without(plan.draft.RuledOut)
	plan.Matches = finding.Matches
	if record, ok := finding.sole(plan.RecordID); ok {
		plan.Link.adopt(record.ID, record.URL)
	}
	return nil
}

// fill maps the record for what its link asks for: a create, or an update.
func (p *Planner) fill(ctx context.Context, plan *Plan) error {
	plan.Operation = Create
	if plan.Link.CRMRecordID != "" {
		plan.Operation = Update
	}
	action, err := p.catalog.Resolve(ctx, plan.Connection.Connector, plan.object, string(plan.Operation))
	if err != nil {
		return err
	}
	mapper, err := p.mappers.compile(plan.object, action)
	if err != nil {
		return Errorf(MappingIncomplete, "The mapping of a %s for %s does not fit the CRM: %w", plan.Object, plan.Connection.Connector, err)
	}
	refs, err := p.references(ctx, plan.Connection.ID, mapper, plan.draft.Fields)
	if err != nil {
		return err
	}
	result := mapper.Forward(mapping.Input{Fields: plan.draft.Fields, Operation: mapping.Operation(plan.Operation), Refs: refs})
	plan.Action, plan.mapper = action.ID, mapper
	plan.Values, plan.Issues, plan.Unmapped = result.Values, result.Issues, result.Unmapped
	plan.Issues = append(plan.Issues, plan.doubts()...)
	if err := plan.compose(result, action); err != nil {
		return err
	}
	plan.Digest = plan.digest()
	return nil
}

// doubts are the issues that come from the record's story rather than from its fields.
func (p *Plan) doubts() (issues []mapping.Issue) {
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
	return issues
}

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
		if _, known := p.Link.View[change.To]; !known {
			return nil
		}
		before[change.To] = change.Before
	}
	return before
}

// compose writes the request: every value for a create, the changed ones (and those that the CRM's schema insists on)
// for an update, nothing for a record that has not changed.
func (p *Plan) compose(result *mapping.Result, action *Action) error {
	p.Request = Request{PathParams: map[string]string{}, Query: map[string]string{}}
	p.View = View{}
	for _, value := range result.Values {
		p.View[value.To] = value.JSON
	}
	if p.Operation == Create {
		if len(action.PathParams) > 0 {
			return Errorf(MappingIncomplete, "The action %s wants path parameters %q, which a create cannot fill.", action.ID, action.PathParams)
		}
		p.Request.Body = result.Body(nil)
		return nil
	}
	changed := map[string]bool{}
	for _, value := range result.Values {
		before, known := p.Link.View[value.To]
		if known && p.Link.ViewCertain && bytes.Equal(before, value.JSON) {
			continue
		}
		changed[value.To] = true
		if !known {
			before = json.RawMessage("null")
		}
		if !bytes.Equal(before, value.JSON) {
			p.Changes = append(p.Changes, Change{To: value.To, Before: before, After: value.JSON})
		}
	}
	for to, value := range p.Link.View {
		if _, sent := p.View[to]; !sent {
			p.View[to] = value
		}
	}
	if len(changed) == 0 {
		p.Operation, p.Action, p.Request.Body = Unchanged, "", json.RawMessage("{}")
		return nil
	}
	if len(action.PathParams) != 1 {
		return Errorf(MappingIncomplete, "The action %s has the path parameters %q; exactly one, for the record's id, is needed.", action.ID, action.PathParams)
	}
	p.Request.PathParams[action.PathParams[0]] = p.Link.CRMRecordID
	p.Request.Body = result.Body(func(v mapping.Value) bool { return v.Required || changed[v.To] })
	return nil
}

func (p *Planner) object(connector, name string) (*mapping.Object, error) {
	definition, ok := p.library.Definition(connector)
	if !ok {
		return nil, Errorf(MappingIncomplete, "There is no mapping for %s yet.", connector)
	}
	object, ok := definition.Objects[name]
	if !ok {
		return nil, Errorf(MappingIncomplete, "The mapping for %s has no %s.", definition.Name, name)
	}
	return object, nil
}

// references finds the CRM ids of the host records that the mapping refers to. One that was never sent stays out; the
// mapping says what that means.
func (p *Planner) references(ctx context.Context, connection uuid.UUID, m *mapping.Mapper, fields mapping.Fields) (map[string]string, error) {
	refs := map[string]string{}
	for _, reference := range m.References() {
		recordID, ok := fields[reference.From].(string)
		if !ok || recordID == "" || len(recordID) > 255 {
			continue
		}
		link, err := p.subjects.Link(ctx, connection, reference.Object, recordID)
		if err != nil {
			return nil, err
		}
		if link.CRMRecordID != "" {
			refs[reference.From] = link.CRMRecordID
		}
	}
	return refs, nil
}
