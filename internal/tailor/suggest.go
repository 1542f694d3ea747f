package tailor

import (
	"context"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// Suggestions are proposals for what a mapping lacks. Nothing of them is in use.
type Suggestions struct {
	Object  string
	Version int                      // of the mapping that lacks them
	Actions map[string]derive.Choice // by logical operation; empty where the definition knows them
	Rules   []derive.Suggestion
	Missing []string // fields that the CRM requires and nothing is proposed for
}

// Suggest works out, from the CRM's live schemas, rules for the fields that the mapping has none for. Errors: NotFound,
// ConnectionNotReady, MappingIncomplete (no action seems to create the object), those of [crm.Catalog.Action],
// StorageUnavailable.
func (m *Mappings) Suggest(ctx context.Context, user string, connection uuid.UUID, object string) (Suggestions, error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return Suggestions{}, err
	}
	out := Suggestions{Object: object, Version: made.version.Number, Actions: map[string]derive.Choice{}}
	guess, err := m.guess(ctx, made)
	if err != nil {
		return Suggestions{}, err
	}
	for _, operation := range operations() {
		if choice, ok := guess.choices[operation]; ok {
			out.Actions[operation] = choice
		}
	}
	next := made.version
	if next.Actions, err = m.chosen(ctx, made, guess, nil); err != nil {
		return Suggestions{}, err
	}
	effective, _, err := m.effective(ctx, made, next)
	if err != nil {
		return Suggestions{}, err
	}
	schema, err := m.createSchema(ctx, made, effective)
	if err != nil {
		return Suggestions{}, err
	}
	out.Rules = derive.Rules(object, m.library.Catalogue(), schema, effective.Rules)
	out.Missing = derive.Missing(object, schema, effective.Rules, out.Rules)
	return out, nil
}

// createSchema is what the live schema says of the fields that a create takes.
func (m *Mappings) createSchema(ctx context.Context, made opened, object *mapping.Object) (*mapping.Schema, error) {
	action, err := m.catalog.Resolve(ctx, made.connection.Connector, object, mapping.ActionCreate)
	if err != nil {
		return nil, err
	}
	schema, err := mapping.ParseSchema(action.RequestBody)
	if err != nil {
		return nil, crm.Errorf(crm.MappingIncomplete, "The CRM's description of %s cannot be read: %w", action.ID, err)
	}
	return schema, nil
}
