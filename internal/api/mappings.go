package api

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// ListFields shows the fields that a record can have.
func (s *Server) ListFields(ctx context.Context, _ oapi.ListFieldsRequestObject) (oapi.ListFieldsResponseObject, error) {
	if _, err := user(ctx); err != nil {
		return nil, err
	}
	out := oapi.ListFields200JSONResponse{Objects: map[string][]oapi.HostField{}}
	for _, object := range mapping.Objects() {
		for _, field := range s.Fields.Fields(object) {
			out.Objects[object] = append(out.Objects[object], hostField(field))
		}
	}
	return out, nil
}

// GetMapping shows the mapping in effect.
func (s *Server) GetMapping(ctx context.Context, r oapi.GetMappingRequestObject) (oapi.GetMappingResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	shown, err := s.Mappings.Show(ctx, user, id, string(r.Object))
	if err != nil {
		return nil, err
	}
	return oapi.GetMapping200JSONResponse(shownMapping(shown)), nil
}

// PutMapping replaces a connection's overrides.
func (s *Server) PutMapping(ctx context.Context, r oapi.PutMappingRequestObject) (oapi.PutMappingResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	change := tailor.Change{BaseVersion: r.Body.BaseVersion, Actions: derefMap(r.Body.Actions), Probe: r.Body.Probe != nil && *r.Body.Probe}
	if change.Overrides, err = mapping.DecodeOverrides(r.Body.Rules); err != nil {
		return nil, &crm.Error{
			Code: crm.InvalidRequest, Detail: "The rules cannot be read.",
			Fields: []crm.FieldError{{Field: "/rules", Code: "invalid", Message: err.Error()}},
		}
	}
	saved, err := s.Mappings.Save(ctx, user, id, string(r.Object), change)
	if err != nil {
		return nil, err
	}
	return oapi.PutMapping200JSONResponse(shownMapping(saved)), nil
}

// DeleteMapping returns to the definition.
func (s *Server) DeleteMapping(ctx context.Context, r oapi.DeleteMappingRequestObject) (oapi.DeleteMappingResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	if err := s.Mappings.Reset(ctx, user, id, string(r.Object)); err != nil {
		return nil, err
	}
	return oapi.DeleteMapping204Response{}, nil
}

// SuggestRules proposes rules that the mapping lacks.
func (s *Server) SuggestRules(ctx context.Context, r oapi.SuggestRulesRequestObject) (oapi.SuggestRulesResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	found, err := s.Mappings.Suggest(ctx, user, id, string(r.Object))
	if err != nil {
		return nil, err
	}
	out := oapi.SuggestRules200JSONResponse{
		Object: oapi.ObjectName(found.Object), Version: found.Version, Actions: map[string]oapi.ActionSuggestion{},
		Suggestions: []oapi.Suggestion{}, Missing: list(found.Missing),
	}
	for operation, choice := range found.Actions {
		out.Actions[operation] = oapi.ActionSuggestion{Id: choice.ID, Confidence: float32(choice.Confidence), Reason: choice.Reason}
	}
	for _, suggestion := range found.Rules {
		r := rule(suggestion.Rule)
		out.Suggestions = append(out.Suggestions, oapi.Suggestion{
			To: r.To, From: r.From, Transform: r.Transform, Options: r.Options, ValueMap: r.ValueMap, Default: r.Default,
			OnCreate: r.OnCreate, OnUpdate: r.OnUpdate, Required: r.Required, Enabled: r.Enabled, Origin: r.Origin,
			Confidence: float32(suggestion.Confidence), Reason: suggestion.Reason,
		})
	}
	return out, nil
}

// ListChoices shows what a field of the CRM takes.
func (s *Server) ListChoices(ctx context.Context, r oapi.ListChoicesRequestObject) (oapi.ListChoicesResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	found, err := s.Mappings.Choices(ctx, user, id, string(r.Object), r.Params.To)
	if err != nil {
		return nil, err
	}
	out := oapi.ListChoices200JSONResponse{To: found.To, Choices: []oapi.Choice{}}
	if found.Source != "" {
		source := oapi.ChoiceListSource(found.Source)
		out.Source = &source
	}
	if len(found.Suggested) > 0 {
		out.SuggestedValueMap = &found.Suggested
	}
	for _, choice := range found.Values {
		out.Choices = append(out.Choices, oapi.Choice{Value: raw(choice.Value), Label: choice.Label, Group: optional(choice.Group)})
	}
	return out, nil
}

// subject reads whose connection is meant.
func subject(ctx context.Context, id string) (name string, connection uuid.UUID, err error) {
	if name, err = user(ctx); err != nil {
		return "", uuid.Nil, err
	}
	entryOf(ctx).connection = id
	if connection, err = uuid.Parse(id); err != nil {
		return "", uuid.Nil, crm.NoSuchConnection()
	}
	return name, connection, nil
}

func raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null") // only values of JSON are put here
	}
	return text
}

func derefMap(m *map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	return *m
}
