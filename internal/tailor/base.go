package tailor

import (
	"context"
	"maps"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// defined is the definition's object, nil where there is none.
func (m *Mappings) defined(connector, object string) *mapping.Object {
	definition, ok := m.library.Definition(connector)
	if !ok {
		return nil
	}
	return definition.Objects[object]
}

// base is what a version's overrides change: the definition's object, or one without rules that knows the actions which
// were accepted.
func (m *Mappings) base(ctx context.Context, connector, object string, v Version) (*mapping.Object, error) {
	if defined := m.defined(connector, object); defined != nil {
		return withActions(defined, v.Actions), nil
	}
	if len(v.Actions) == 0 {
		return nil, noMapping(connector, object)
	}
	actions, details := map[string][]string{}, map[string]derive.Action{}
	for operation, id := range v.Actions {
		actions[operation] = []string{id}
		action, err := m.catalog.Action(ctx, connector, id)
		if crm.CodeOf(err) == crm.NotFound {
			continue // the CRM has taken it away; whoever needs it will say so
		}
		if err != nil {
			return nil, err
		}
		details[id] = detail(action)
	}
	return derive.Object(connector, m.name(connector), object, actions, details, m.library.Catalogue()), nil
}

// name is the connector's name for people, as far as a definition has one.
func (m *Mappings) name(connector string) string {
	if definition, ok := m.library.Definition(connector); ok {
		return definition.Name
	}
	return connector
}

// withActions puts the actions that a person chose in the place of the definition's candidates.
func withActions(object *mapping.Object, chosen map[string]string) *mapping.Object {
	if len(chosen) == 0 {
		return object
	}
	changed := *object
	changed.Actions = maps.Clone(object.Actions)
	for operation, id := range chosen {
		changed.Actions[operation] = []string{id}
	}
	return &changed
}

func detail(a *crm.Action) derive.Action {
	return derive.Action{
		ID: a.ID, Name: a.Name, Description: a.Description, Method: a.Method, Path: a.Path, PathParams: a.PathParams, RequestBody: a.RequestBody,
	}
}
