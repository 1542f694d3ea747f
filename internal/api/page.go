package api

import (
	"github.com/google/uuid"

	"sendtocrm/internal/crm"
)

const defaultLimit = 50

// page reads a list's parameters; openapi.yaml bounds the limit.
func page(cursor *string, limit *int) (crm.Page, error) {
	p := crm.Page{Limit: defaultLimit}
	if limit != nil {
		p.Limit = *limit
	}
	if cursor == nil {
		return p, nil
	}
	id, err := uuid.Parse(*cursor)
	if err != nil {
		return p, &crm.Error{
			Code: crm.InvalidRequest, Detail: "The cursor is none of this service's.",
			Remedy: "Use the nextCursor of the page before, or leave it out.",
			Fields: []crm.FieldError{{Field: "cursor", Code: "invalid", Message: "Not a cursor of this service."}},
		}
	}
	p.Cursor = id
	return p, nil
}
