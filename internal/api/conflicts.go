package api

import (
	"context"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

// ListConflicts shows a page of what waits for a person.
func (s *Server) ListConflicts(ctx context.Context, r oapi.ListConflictsRequestObject) (oapi.ListConflictsResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	found, err := s.Reviews.Conflicts(ctx, user, p)
	if err != nil {
		return nil, err
	}
	out := oapi.ListConflicts200JSONResponse{Conflicts: []oapi.Conflict{}}
	for _, c := range found {
		out.Conflicts = append(out.Conflicts, conflict(c))
	}
	out.NextCursor = nextCursor(found, p.Limit, func(c crm.Review) uuid.UUID { return c.ID })
	return out, nil
}

// ResolveConflict does what a person chose.
func (s *Server) ResolveConflict(ctx context.Context, r oapi.ResolveConflictRequestObject) (oapi.ResolveConflictResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	if r.Body.Fields != nil && r.Body.Choice != oapi.ConflictChoiceFields {
		return nil, &crm.Error{
			Code: crm.InvalidRequest, Detail: "Only the choice fields takes fields.",
			Fields: []crm.FieldError{{Field: "/fields", Code: "invalid", Message: "Only the choice fields takes fields."}},
		}
	}
	chosen := crm.Resolution{Choice: crm.Choice(r.Body.Choice), CRMRecordID: deref(r.Body.CrmRecordId)}
	resolved, err := s.Reviews.Resolve(ctx, user, r.Id, chosen)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection, entryOf(ctx).send = resolved.ConnectionID.String(), resolved.SendID.String()
	out := conflict(resolved)
	out.CrmRecordId = optional(chosen.CRMRecordID)
	return oapi.ResolveConflict200JSONResponse(out), nil
}

func conflict(c crm.Review) oapi.Conflict {
	out := oapi.Conflict{
		Id: c.ID.String(), Kind: oapi.ConflictKind(c.Kind), ConnectionId: c.ConnectionID.String(), SendId: c.SendID.String(),
		Object: oapi.ObjectName(c.Object), RecordId: optional(c.RecordID), CreatedAt: c.CreatedAt.UTC(),
		ResolvedAt: optionalTime(c.ResolvedAt),
	}
	if c.Choice != "" {
		choice := oapi.ConflictChoice(c.Choice)
		out.Choice = &choice
	}
	if len(c.Candidates) > 0 {
		candidates := make([]oapi.Candidate, len(c.Candidates))
		for i, found := range c.Candidates {
			candidates[i] = oapi.Candidate{CrmRecordId: found.CRMRecordID, Url: optional(found.URL), Fields: found.Fields}
			if found.Fields == nil {
				candidates[i].Fields = map[string]any{}
			}
		}
		out.Candidates = &candidates
	}
	return out
}
