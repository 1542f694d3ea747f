package tailor

import (
	"context"

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
	settings   Settings
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
	return opened{
		connection: c, object: object, defined: m.defined(c.Connector, object), version: found.Versions[object], settings: found.Settings[object],
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
	base, err := m.base(ctx, made.connection.Connector, object, made.version)
	if err != nil {
		return Shown{}, err
	}
	effective, err := base.With(made.version.Overrides)
	if err != nil {
		return Shown{}, crm.Errorf(crm.MappingIncomplete, "The overrides no longer fit the CRM's definition: %w", err)
	}
	shown.Rules, shown.Actions = effective.Rules, m.actions(ctx, made, effective)
	shown.Issues, err = m.verify(ctx, made, effective, nil)
	return shown, err
}

// History returns a page of versions, newest first; below 0: from the newest.
func (m *Mappings) History(ctx context.Context, user string, connection uuid.UUID, object string, below, limit int) ([]Version, error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return nil, err
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
