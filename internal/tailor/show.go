package tailor

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Shown is a connection's mapping of one object, as people edit it.
type Shown struct {
	Object  string
	Version Version
	Rules   []mapping.Rule    // those in effect and those switched off, each with its origin
	Actions map[string]string // the CRM's action by logical operation, as far as there is one
	Issues  []mapping.Issue   // what the live schema, or the CRM, has to say against it
}

// opened is what every use case here starts from.
type opened struct {
	connection crm.Connection
	object     string
	defined    *mapping.Object // nil: the CRM has no definition of it
	version    Version
	drifted    bool // the live schema is not what it was when the version was saved
}

func (m *Mappings) open(ctx context.Context, user string, connection uuid.UUID, object string) (opened, error) {
	c, err := m.store.Connection(ctx, user, connection)
	if err != nil {
		return opened{}, err
	}
	if c.Status == crm.Disconnected {
		return opened{}, crm.Ready(c)
	}
	found, err := m.store.Tailoring(ctx, c.ID)
	if err != nil {
		return opened{}, err
	}
	drifts, err := m.store.Drifts(ctx, []uuid.UUID{c.ID})
	if err != nil {
		return opened{}, err
	}
	return opened{
		connection: c, object: object, defined: m.defined(c.Connector, object), version: found.Versions[object],
		drifted: slices.ContainsFunc(drifts[c.ID], func(w Watch) bool { return w.Object == object }),
	}, nil
}

// Show returns the mapping in effect. One that does not exist yet has no rules. Errors: NotFound, ConnectionNotReady,
// MappingIncomplete, those of [crm.Catalog.Action], StorageUnavailable.
func (m *Mappings) Show(ctx context.Context, user string, connection uuid.UUID, object string) (Shown, error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return Shown{}, err
	}
	shown := Shown{Object: object, Version: made.version, Actions: map[string]string{}}
	if made.defined == nil && len(made.version.Actions) == 0 {
		return shown, nil
	}
	effective, outgrown, err := m.effective(ctx, made, made.version)
	if err != nil {
		return Shown{}, err
	}
	shown.Rules, shown.Actions = effective.Rules, m.actions(ctx, made, effective)
	shown.Issues, _, err = m.verify(ctx, made, effective, nil)
	if crm.CodeOf(err) == crm.MappingIncomplete { // an action is gone: what is left is shown, and why it cannot be used
		outgrown, err = append(outgrown, mapping.Issue{Severity: mapping.Error, Code: mapping.ActionGone, From: []string{}, Message: detailOf(err)}), nil
	}
	shown.Issues = append(outgrown, shown.Issues...)
	return shown, err
}

// effective is a version's mapping for people: overrides that no longer fit are left out, and are issues.
func (m *Mappings) effective(ctx context.Context, made opened, v Version) (*mapping.Object, []mapping.Issue, error) {
	base, err := m.base(ctx, made.connection.Connector, made.object, v)
	if err != nil {
		return nil, nil, err
	}
	object, err := base.With(v.Overrides)
	if err == nil {
		return object, nil, nil
	}
	var issues []mapping.Issue
	for _, fault := range ruleErrors(err) {
		issues = append(issues, mapping.Issue{Severity: mapping.Error, Code: invalidRule, From: []string{}, To: fault.To, Message: fault.Error() + "."})
	}
	return base, issues, nil
}

func detailOf(err error) string {
	var e *crm.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}

// History returns a page of versions, newest first; below 0: from the newest.
func (m *Mappings) History(ctx context.Context, user string, connection uuid.UUID, object string, below, limit int) (page []Version, more bool, err error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return nil, false, err
	}
	return m.store.Versions(ctx, made.connection.ID, object, below, limit)
}

// actions are the ids that the object's operations resolve to.
func (m *Mappings) actions(ctx context.Context, made opened, object *mapping.Object) map[string]string {
	out := map[string]string{}
	for _, operation := range append(operations(), mapping.ActionSearch, mapping.ActionList) {
		if action, err := m.catalog.Resolve(ctx, made.connection.Connector, object, operation); err == nil {
			out[operation] = action.ID
		}
	}
	return out
}

// Objects are those that can be sent over a connection, in the universal order: those that the definition has, and those
// whose rules somebody has accepted.
func (m *Mappings) Objects(ctx context.Context, c crm.Connection) ([]string, error) {
	var accepted map[string]Version
	if c.Tailored > 0 {
		t, err := m.tailored(ctx, c)
		if err != nil {
			return nil, err
		}
		accepted = t.found.Versions
	}
	objects := []string{}
	for _, object := range mapping.Objects() {
		if m.defined(c.Connector, object) != nil || len(accepted[object].Overrides) > 0 {
			objects = append(objects, object)
		}
	}
	return objects, nil
}
