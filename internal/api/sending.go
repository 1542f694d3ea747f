package api

import (
	"context"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Preview shows what a send would do.
func (s *Server) Preview(ctx context.Context, r oapi.PreviewRequestObject) (oapi.PreviewResponseObject, error) {
	d, err := draft(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	plan, err := s.Planner.Preview(ctx, d)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = plan.Connection.ID.String()
	return oapi.Preview200JSONResponse(preview(plan)), nil
}

// CreateSend sends one record: now, or in the background where the caller prefers that.
func (s *Server) CreateSend(ctx context.Context, r oapi.CreateSendRequestObject) (oapi.CreateSendResponseObject, error) {
	d, err := draft(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	request := requestOf(ctx)
	if d.Key, err = idempotencyKey(request, r.Body); err != nil {
		return nil, err
	}
	d.Async = prefersAsync(request.Header.Get(preferHeader))
	reply, err := s.Sender.Send(ctx, d)
	if reply.Send.ID != uuid.Nil {
		entryOf(ctx).connection, entryOf(ctx).send = reply.Send.ConnectionID.String(), reply.Send.ID.String()
	}
	return s.answer(ctx, request, d, reply, err)
}

// draft reads what preview and send take alike.
func draft(ctx context.Context, body *oapi.SendRequest) (crm.Draft, error) {
	user, err := user(ctx)
	if err != nil {
		return crm.Draft{}, err
	}
	if (body.ConnectionId == nil) == (body.Connector == nil) {
		return crm.Draft{}, &crm.Error{
			Code: crm.InvalidRequest, Detail: "Give either connectionId or connector.",
			Fields: []crm.FieldError{{Field: "/connectionId", Code: "one_of", Message: "Exactly one of connectionId and connector is needed."}},
		}
	}
	if !validUser(body.Record.Id) { // the same bounds hold for a record's id
		return crm.Draft{}, badRecordID("/record/id")
	}
	fields, err := mapping.DecodeFields(body.Record.Fields)
	if err != nil {
		return crm.Draft{}, &crm.Error{
			Code: crm.InvalidRequest, Detail: "The record's fields cannot be read.", Err: err,
			Fields: []crm.FieldError{{Field: "/record/fields", Code: "invalid", Message: "Not a JSON object of fields."}},
		}
	}
	entryOf(ctx).connection = deref(body.ConnectionId)
	return crm.Draft{
		User: user, ConnectionID: deref(body.ConnectionId), Connector: deref(body.Connector), Object: string(body.Object),
		RecordID: body.Record.Id, Fields: fields, Raw: body.Record.Fields, Expect: deref(body.Expect),
	}, nil
}

func badRecordID(field string) error {
	return &crm.Error{
		Code: crm.InvalidRequest, Detail: "The record's id has to be 1 to 255 bytes of UTF-8 without control characters.",
		Fields: []crm.FieldError{{Field: field, Code: "invalid", Message: "1 to 255 bytes of UTF-8 without control characters."}},
	}
}
