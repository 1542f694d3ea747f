package api

import (
	"context"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/tailor"
)

// GetSync shows what the background may do.
func (s *Server) GetSync(ctx context.Context, r oapi.GetSyncRequestObject) (oapi.GetSyncResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	found, err := s.Mappings.Settings(ctx, user, id)
	if err != nil {
		return nil, err
	}
	return oapi.GetSync200JSONResponse(syncSettings(found)), nil
}

// PutSync says what the background may do.
func (s *Server) PutSync(ctx context.Context, r oapi.PutSyncRequestObject) (oapi.PutSyncResponseObject, error) {
	user, id, err := subject(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	wanted := map[string]tailor.Settings{}
	for object, given := range map[string]*oapi.ObjectSync{
		"contact": r.Body.Objects.Contact, "company": r.Body.Objects.Company, "deal": r.Body.Objects.Deal,
	} {
		if given != nil {
			wanted[object] = objectSync(given)
		}
	}
	saved, err := s.Mappings.SaveSettings(ctx, user, id, wanted)
	if err != nil {
		return nil, err
	}
	return oapi.PutSync200JSONResponse(syncSettings(saved)), nil
}

func objectSync(o *oapi.ObjectSync) tailor.Settings {
	return tailor.Settings{
		Direction: text(o.Direction), Filter: text(o.Filter), Conflict: text(o.Conflict), Owners: derefMap(o.Owners),
		OnDelete: text(o.OnDelete), OnFilterLeave: text(o.OnFilterLeave),
	}
}

func syncSettings(s map[string]tailor.Settings) (out oapi.SyncSettings) {
	out.Objects.Contact, out.Objects.Company, out.Objects.Deal = shownSync(s["contact"]), shownSync(s["company"]), shownSync(s["deal"])
	return out
}

func shownSync(s tailor.Settings) *oapi.ObjectSync {
	out := &oapi.ObjectSync{
		Direction: of[oapi.ObjectSyncDirection](s.Direction), Filter: optional(s.Filter), Conflict: of[oapi.ObjectSyncConflict](s.Conflict),
		OnDelete: of[oapi.ObjectSyncOnDelete](s.OnDelete), OnFilterLeave: of[oapi.ObjectSyncOnFilterLeave](s.OnFilterLeave),
	}
	if len(s.Owners) > 0 {
		out.Owners = &s.Owners
	}
	return out
}

// text is an optional text's, empty for none.
func text[T ~string](v *T) string {
	if v == nil {
		return ""
	}
	return string(*v)
}

// of is an optional text.
func of[T ~string](s string) *T {
	v := T(s)
	return &v
}
