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
	answer     mapping.Answer
	mapper     *mapping.Mapper
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

// Refusal is the error for a plan that is not sendable: MappingIncomplete where only the definition is at fault,
// InvalidRecord with the record's faults otherwise.
func (p *Plan) Refusal() *Error {
	refusal := &Error{Code: MappingIncomplete}
	for _, issue := range p.Issues {
		if issue.Severity != mapping.Error {
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

// LinkReader reads what is remembered of a record.
type LinkReader interface {
	Link(ctx context.Context, connection uuid.UUID, object, recordID string) (Link, error)
}

// Planner turns a draft into a plan. It is the one way to a request: preview shows its plan, send transmits it.
type Planner struct {
	connections ConnectionFinder
	links       LinkReader
	catalog     *Catalog
	library     *mapping.Library
	mappers     mapperCache
}

// NewPlanner wires a planner.
func NewPlanner(connections ConnectionFinder, links LinkReader, catalog *Catalog, library *mapping.Library) *Planner {
	return &Planner{connections: connections, links: links, catalog: catalog, library: library}
}

// Plan changes nothing and calls no write action. Errors: NotFound, InvalidRequest (which connection?),
// ConnectionNotReady, ReconnectRequired, MappingIncomplete, UpstreamUnavailable, StorageUnavailable.
func (p *Planner) Plan(ctx context.Context, d Draft) (*Plan, error) {
	connection, err := p.connection(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := ready(connection); err != nil {
		return nil, err
	}
	link, err := p.links.Link(ctx, connection.ID, d.Object, d.RecordID)
	if err != nil {
		return nil, err
	}
	object, err := p.object(connection.Connector, d.Object)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Connection: connection, Object: d.Object, RecordID: d.RecordID, Link: link, answer: object.Answer}
	plan.Operation = Create
	if link.CRMRecordID != "" {
		plan.Operation = Update
	}
	action, err := p.catalog.Resolve(ctx, connection.Connector, object, string(plan.Operation))
	if err != nil {
		return nil, err
	}
	mapper, err := p.mappers.compile(object, action)
	if err != nil {
		return nil, Errorf(MappingIncomplete, "The mapping of a %s for %s does not fit the CRM: %w", d.Object, connection.Connector, err)
	}
	refs, err := p.references(ctx, connection.ID, mapper, d.Fields)
	if err != nil {
		return nil, err
	}
	result := mapper.Forward(mapping.Input{Fields: d.Fields, Operation: mapping.Operation(plan.Operation), Refs: refs})
	plan.Action, plan.mapper = action.ID, mapper
	plan.Values, plan.Issues, plan.Unmapped = result.Values, result.Issues, result.Unmapped
	if link.Unresolved != uuid.Nil {
		plan.Issues = append(plan.Issues, mapping.Issue{
			Severity: mapping.Error, Code: string(OutcomeUnknown), From: []string{}, Message: earlierUnknown,
		})
	}
	if err := plan.compose(result, action); err != nil {
		return nil, err
	}
	plan.Digest = plan.digest()
	return plan, nil
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
		link, err := p.links.Link(ctx, connection, reference.Object, recordID)
		if err != nil {
			return nil, err
		}
		if link.CRMRecordID != "" {
			refs[reference.From] = link.CRMRecordID
		}
	}
	return refs, nil
}
