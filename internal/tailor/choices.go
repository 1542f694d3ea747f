package tailor

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Choices are the values that one field of the CRM takes: the CRM's own list, else its schema's. Suggested pairs the
// host's declared values with them, for a value map.
type Choices struct {
	To        string
	Source    string // "crm", "schema", or empty: nobody says
	Values    []mapping.CRMChoice
	Suggested map[string]any
}

// Where choices come from.
const (
	fromCRM    = "crm"
	fromSchema = "schema"
)

// Choices reads what a target takes. Errors: NotFound (no rule fills it), ConnectionNotReady, ReconnectRequired, those of
// [crm.Dispatcher.Call] and [crm.Catalog.Action], StorageUnavailable.
func (m *Mappings) Choices(ctx context.Context, user string, connection uuid.UUID, object, to string) (Choices, error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return Choices{}, err
	}
	effective, _, err := m.effective(ctx, made, made.version)
	if err != nil {
		return Choices{}, err
	}
	at := slices.IndexFunc(effective.Rules, func(r mapping.Rule) bool { return mapping.SamePath(r.To, to) })
	if at < 0 {
		return Choices{}, &crm.Error{Code: crm.NotFound, Detail: "No rule of this mapping fills that field.", Remedy: "Take a rule's `to` from GET …/mappings/" + object + "."}
	}
	rule := effective.Rules[at]
	out := Choices{To: rule.To, Values: []mapping.CRMChoice{}}
	if list := effective.ChoicesOf(rule.To); list != nil {
		if err := crm.Ready(made.connection); err != nil {
			return Choices{}, err
		}
		if out.Values, err = m.list(ctx, made.connection, list); err != nil {
			return Choices{}, err
		}
		out.Source = fromCRM
	}
	if out.Source == "" {
		schema, err := m.createSchema(ctx, made, effective)
		if err != nil {
			return Choices{}, err
		}
		for _, field := range schema.Fields() {
			if mapping.SamePath(field.Path, rule.To) && len(field.Enum) > 0 {
				out.Source = fromSchema
				for _, value := range field.Enum {
					out.Values = append(out.Values, mapping.CRMChoice{Value: value, Label: fmt.Sprint(value)})
				}
			}
		}
	}
	out.Suggested = m.pair(object, rule, out.Values)
	return out, nil
}

// list asks the CRM for a list of values; none where it has no action for that.
func (m *Mappings) list(ctx context.Context, c crm.Connection, list *mapping.Choices) ([]mapping.CRMChoice, error) {
	for _, id := range list.Run {
		action, err := m.catalog.Action(ctx, c.Connector, id)
		if crm.CodeOf(err) == crm.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		request := crm.Request{PathParams: map[string]string{}, Query: map[string]string{}}
		for _, name := range action.PathParams {
			value, ok := list.Path[name]
			if !ok {
				return nil, crm.Errorf(crm.MappingIncomplete, "The action %s wants the path parameter %q, which the definition does not give.", id, name)
			}
			request.PathParams[name] = value
		}
		for name, value := range list.Query {
			request.Query[name] = value
		}
		answer, err := m.reader.Ask(ctx, c, id, request)
		if err != nil {
			return nil, err
		}
		values, err := list.Read(answer.Data)
		if err != nil {
			return nil, &crm.Error{Code: crm.UpstreamUnavailable, Detail: "The CRM's list of values cannot be read:", Said: err.Error()}
		}
		return values, nil
	}
	return []mapping.CRMChoice{}, nil
}
