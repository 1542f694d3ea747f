package api

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/tailor"
)

// CreateConnection connects a CRM, as far as that goes without the user.
func (s *Server) CreateConnection(ctx context.Context, r oapi.CreateConnectionRequestObject) (oapi.CreateConnectionResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	made, err := s.Connections.Start(ctx, user, crm.ConnectRequest{
		Connector: r.Body.Connector, ReturnURL: deref(r.Body.ReturnUrl), AuthenticationType: deref(r.Body.AuthenticationType),
		Credential: derefRaw(r.Body.Credential), Label: deref(r.Body.Label),
	})
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = made.ID.String()
	return oapi.CreateConnection201JSONResponse{
		Body:    started(made),
		Headers: oapi.CreateConnection201ResponseHeaders{Location: optional("/v1/connections/" + made.ID.String())},
	}, nil
}

// ListConnections shows a page of the user's connections.
func (s *Server) ListConnections(ctx context.Context, r oapi.ListConnectionsRequestObject) (oapi.ListConnectionsResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	found, err := s.Connections.List(ctx, user, p)
	if err != nil {
		return nil, err
	}
	out := oapi.ListConnections200JSONResponse{Connections: []oapi.Connection{}}
	drifts, err := s.drifts(ctx, found...)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		out.Connections = append(out.Connections, drifted(connection(c), drifts[c.ID]))
	}
	out.NextCursor = nextCursor(found, p.Limit, func(c crm.Connection) uuid.UUID { return c.ID })
	return out, nil
}

// GetConnection shows one connection.
func (s *Server) GetConnection(ctx context.Context, r oapi.GetConnectionRequestObject) (oapi.GetConnectionResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = r.Id
	found, err := s.Connections.Get(ctx, user, r.Id)
	if err != nil {
		return nil, err
	}
	drifts, err := s.drifts(ctx, found)
	if err != nil {
		return nil, err
	}
	return oapi.GetConnection200JSONResponse(drifted(connection(found), drifts[found.ID])), nil
}

// drifts is what has changed under the mappings of connections.
func (s *Server) drifts(ctx context.Context, connections ...crm.Connection) (map[uuid.UUID][]tailor.Watch, error) {
	ids := make([]uuid.UUID, len(connections))
	for i, c := range connections {
		ids[i] = c.ID
	}
	return s.Mappings.Drifts(ctx, ids...)
}

// DeleteConnection disconnects.
func (s *Server) DeleteConnection(ctx context.Context, r oapi.DeleteConnectionRequestObject) (oapi.DeleteConnectionResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = r.Id
	if err := s.Connections.Disconnect(ctx, user, r.Id); err != nil {
		return nil, err
	}
	return oapi.DeleteConnection204Response{}, nil
}

// ReconnectConnection gives a connection a new credential.
func (s *Server) ReconnectConnection(ctx context.Context, r oapi.ReconnectConnectionRequestObject) (oapi.ReconnectConnectionResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	entryOf(ctx).connection = r.Id
	var body oapi.ReconnectRequest
	if r.Body != nil {
		body = *r.Body
	}
	made, err := s.Connections.Reconnect(ctx, user, r.Id, deref(body.ReturnUrl), derefRaw(body.Credential))
	if err != nil {
		return nil, err
	}
	return oapi.ReconnectConnection200JSONResponse(started(made)), nil
}

func derefRaw(raw *json.RawMessage) json.RawMessage {
	if raw == nil {
		return nil
	}
	return *raw
}
