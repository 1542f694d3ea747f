package crm

import (
	"context"

	"github.com/google/uuid"

	"sendtocrm/internal/mapping"
)

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
	mappings Mappings
	finder   *Finder
}

// NewPlanner wires a planner.
func NewPlanner(subjects Subjects, catalog *Catalog, mappings Mappings, finder *Finder) *Planner {
	return &Planner{subjects: subjects, catalog: catalog, mappings: mappings, finder: finder}
}

// Plan changes nothing and calls no write action; it may look in the CRM whether the record is there already. Errors:
// NotFound, InvalidRequest (which connection?), ConnectionNotReady, ReconnectRequired, MappingIncomplete, RateLimited,
// UpstreamUnavailable, StorageUnavailable.
func (p *Planner) Plan(ctx context.Context, d Draft) (*Plan, error) {
	connection, link, err := p.subject(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := Ready(connection); err != nil {
		return nil, err
	}
	plan, err := p.begin(ctx, connection, d.Object)
	if err != nil {
		return nil, err
	}
	plan.RecordID, plan.Link, plan.draft = d.RecordID, link, d
	if err := p.look(ctx, plan); err != nil {
		return nil, err
	}
	return plan, p.fill(ctx, plan)
}

// begin is a plan that knows no more than its mapping.
func (p *Planner) begin(ctx context.Context, c Connection, object string) (*Plan, error) {
	m, err := p.mappings.Mapping(ctx, c, object)
	if err != nil {
		return nil, err
	}
	return &Plan{Connection: c, Object: object, mapping: m, object: m.Object}, nil
}

// replan makes the plan anew for a record that turned out to be another, or to be gone.
func (p *Planner) replan(ctx context.Context, old *Plan, link Link) (*Plan, error) {
	plan := &Plan{
		Connection: old.Connection, Object: old.Object, RecordID: old.RecordID, Link: link, draft: old.draft,
		mapping: old.mapping, object: old.object,
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
	mapper, err := plan.mapping.Mapper(action)
	if err != nil {
		return Errorf(MappingIncomplete, "The mapping of a %s for %s does not fit the CRM: %w", plan.Object, plan.Connection.Connector, err)
	}
	refs, err := p.references(ctx, plan.Connection.ID, mapper, plan.draft.Fields)
	if err != nil {
		return err
	}
	plan.input = mapping.Input{
		RecordID: plan.RecordID, Fields: plan.draft.Fields, Operation: mapping.Operation(plan.Operation), Refs: refs,
	}
	plan.Action, plan.mapper = action.ID, mapper
	plan.result = mapper.Forward(plan.input)
	plan.Values, plan.Issues, plan.Unmapped = plan.result.Values, plan.result.Issues, plan.result.Unmapped
	plan.Verdict = plan.mapping.judge(plan.RecordID, plan.draft.Fields)
	plan.Issues = append(plan.Issues, plan.doubts(p.mappings.Drifted(ctx, plan.Connection, plan.mapping, plan.Operation, action, mapper))...)
	if err := p.keep(ctx, plan); err != nil {
		return err
	}
	if err := plan.compose(action); err != nil {
		return err
	}
	plan.Digest = plan.digest()
	return nil
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
