package api

import (
	"context"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

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

// RetrySend sets a send that ended without success on its way again.
func (s *Server) RetrySend(ctx context.Context, r oapi.RetrySendRequestObject) (oapi.RetrySendResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).send = r.Id
	again, err := s.Reviews.Retry(ctx, user, r.Id)
	if err != nil {
		return nil, err
	}
	return oapi.RetrySend202JSONResponse{SendAcceptedJSONResponse: accepted(again)}, nil
}

// UndoSend takes a send back. The answer is the send that does it.
func (s *Server) UndoSend(ctx context.Context, r oapi.UndoSendRequestObject) (oapi.UndoSendResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).send = r.Id
	undo, err := s.Sender.Undo(ctx, user, r.Id)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = undo.ConnectionID.String()
	if undo.Status != crm.Succeeded {
		return oapi.UndoSend202JSONResponse{SendAcceptedJSONResponse: accepted(undo)}, nil
	}
	return oapi.UndoSend200JSONResponse(send(undo)), nil
}

// accepted is the answer for a send that goes on without the caller.
func accepted(s crm.Send) oapi.SendAcceptedJSONResponse {
	path := sendPath(s.ID)
	return oapi.SendAcceptedJSONResponse{Body: send(s), Headers: oapi.SendAcceptedResponseHeaders{Location: &path}}
}
