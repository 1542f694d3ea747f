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
	plan, err := s.Planner.Plan(ctx, d)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = plan.Connection.ID.String()
	return oapi.Preview200JSONResponse(preview(plan)), nil
}

// CreateSend sends one record now.
func (s *Server) CreateSend(ctx context.Context, r oapi.CreateSendRequestObject) (oapi.CreateSendResponseObject, error) {
	d, err := draft(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	sent, err := s.Sender.Send(ctx, d)
	if sent.ID != uuid.Nil {
		entryOf(ctx).connection, entryOf(ctx).send = sent.ConnectionID.String(), sent.ID.String()
	}
	if err != nil {
		return nil, err
	}
	location := optional("/v1/sends/" + sent.ID.String())
	switch {
	case sent.Status != crm.Succeeded:
		return oapi.CreateSend202JSONResponse{Body: send(sent), Headers: oapi.CreateSend202ResponseHeaders{Location: location}}, nil
	case sent.Operation == crm.Create:
		return oapi.CreateSend201JSONResponse{Body: send(sent), Headers: oapi.CreateSend201ResponseHeaders{Location: location}}, nil
	}
	return oapi.CreateSend200JSONResponse(send(sent)), nil
}

// GetSend shows one send.
func (s *Server) GetSend(ctx context.Context, r oapi.GetSendRequestObject) (oapi.GetSendResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).send = r.Id
	found, err := s.Sender.Sent(ctx, user, r.Id)
	if err != nil {
		return nil, err
	}
	return oapi.GetSend200JSONResponse(send(found)), nil
}

// ListSends shows a page of the user's sends.
func (s *Server) ListSends(ctx context.Context, r oapi.ListSendsRequestObject) (oapi.ListSendsResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	if r.Params.RecordId != nil && !validUser(*r.Params.RecordId) {
		return nil, badRecordID("recordId")
	}
	filter := crm.SendFilter{RecordID: deref(r.Params.RecordId)}
	if r.Params.Status != nil {
		filter.Status = crm.SendStatus(*r.Params.Status)
	}
	if r.Params.Object != nil {
		filter.Object = string(*r.Params.Object)
	}
	out := oapi.ListSends200JSONResponse{Sends: []oapi.Send{}}
	if r.Params.ConnectionId != nil {
		if filter.ConnectionID, err = uuid.Parse(*r.Params.ConnectionId); err != nil {
			return out, nil //nolint:nilerr // no connection has such an id, so nothing was sent through it
		}
	}
	found, err := s.Explainer.Sends(ctx, user, filter, p)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		out.Sends = append(out.Sends, send(f))
	}
	out.NextCursor = nextCursor(found, p.Limit, func(s crm.Send) uuid.UUID { return s.ID })
	return out, nil
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
		RecordID: body.Record.Id, Fields: fields, Expect: deref(body.Expect),
	}, nil
}

func badRecordID(field string) error {
	return &crm.Error{
		Code: crm.InvalidRequest, Detail: "The record's id has to be 1 to 255 bytes of UTF-8 without control characters.",
		Fields: []crm.FieldError{{Field: field, Code: "invalid", Message: "1 to 255 bytes of UTF-8 without control characters."}},
	}
}
