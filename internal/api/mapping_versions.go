package api

import (
	"context"
	"math"
	"strconv"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

// ListMappingVersions shows what a connection's overrides were.
func (s *Server) ListMappingVersions(ctx context.Context, r oapi.ListMappingVersionsRequestObject) (oapi.ListMappingVersionsResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	limit, below := 50, 0
	if r.Params.Limit != nil {
		limit = *r.Params.Limit
	}
	if r.Params.Cursor != nil {
		if below, err = strconv.Atoi(*r.Params.Cursor); err != nil || below < 1 || below > math.MaxInt32 {
			return nil, &crm.Error{
				Code: crm.InvalidRequest, Detail: "The cursor is none of ours.",
				Fields: []crm.FieldError{{Field: "cursor", Code: "invalid", Message: "Give the nextCursor of the page before."}},
			}
		}
	}
	found, more, err := s.Mappings.History(ctx, user, id, string(r.Object), below, limit)
	if err != nil {
		return nil, err
	}
	out := oapi.ListMappingVersions200JSONResponse{Versions: []oapi.MappingVersion{}}
	for _, v := range found {
		shown := oapi.MappingVersion{Version: v.Number, Rules: []oapi.RuleOverride{}, Actions: v.Actions, CreatedAt: v.CreatedAt.UTC()}
		for _, override := range v.Overrides {
			shown.Rules = append(shown.Rules, raw(override))
		}
		if v.RestoredFrom > 0 {
			shown.RestoredFrom = &v.RestoredFrom
		}
		out.Versions = append(out.Versions, shown)
	}
	if more {
		cursor := strconv.Itoa(found[len(found)-1].Number)
		out.NextCursor = &cursor
	}
	return out, nil
}

// RestoreMapping makes an old version the newest.
func (s *Server) RestoreMapping(ctx context.Context, r oapi.RestoreMappingRequestObject) (oapi.RestoreMappingResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	restored, err := s.Mappings.Restore(ctx, user, id, string(r.Object), r.Version)
	if err != nil {
		return nil, err
	}
	return oapi.RestoreMapping200JSONResponse(shownMapping(restored)), nil
}
