package api

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

// ListConnectors shows every CRM with the user's newest connection to it.
func (s *Server) ListConnectors(ctx context.Context, _ oapi.ListConnectorsRequestObject) (oapi.ListConnectorsResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	connectors, err := s.Catalog.Connectors(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := s.newestConnections(ctx, user)
	if err != nil {
		return nil, err
	}
	list := make([]oapi.ConnectorSummary, len(connectors))
	var group errgroup.Group
	group.SetLimit(4) // Alloy is asked once for each CRM, then all of it is at hand for a while
	for i, c := range connectors {
		group.Go(func() error {
			methods, err := s.Catalog.AuthMethods(ctx, c.ID)
			if err != nil {
				// One CRM that Alloy has trouble with does not hide the others; connecting it will say what is wrong.
				s.Logger.Warn().Err(err).Str("connector", c.ID).Msg("a connector's ways to authenticate cannot be read")
			}
			list[i] = oapi.ConnectorSummary{
				Id: c.ID, Name: c.Name, Icon: optional(c.Icon), AuthenticationTypes: types(methods), Connection: shownNewest(newest, c.ID),
			}
			objects, err := s.objects(ctx, c.ID, newest)
			list[i].Objects = objects
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return oapi.ListConnectors200JSONResponse{Connectors: list}, nil
}

// GetConnector shows one CRM in full.
func (s *Server) GetConnector(ctx context.Context, r oapi.GetConnectorRequestObject) (oapi.GetConnectorResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.Catalog.Connector(ctx, r.Connector)
	if err != nil {
		return nil, err
	}
	methods, err := s.Catalog.AuthMethods(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	capabilities, err := s.Catalog.Capabilities(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	newest, err := s.newestConnections(ctx, user)
	if err != nil {
		return nil, err
	}
	objects, err := s.objects(ctx, c.ID, newest)
	if err != nil {
		return nil, err
	}
	out := oapi.GetConnector200JSONResponse{
		Id: c.ID, Name: c.Name, Icon: optional(c.Icon), AuthenticationTypes: types(methods),
		Objects: objects, Connection: shownNewest(newest, c.ID),
		Authentication: []oapi.Authentication{}, Capabilities: map[string][]oapi.Capability{},
	}
	for _, m := range methods {
		out.Authentication = append(out.Authentication, oapi.Authentication{
			Type: m.Type, Redirect: m.Redirect, InputSchema: schemaOrEmpty(m.Input),
		})
	}
	for object, names := range capabilities {
		for _, name := range names {
			out.Capabilities[object] = append(out.Capabilities[object], oapi.Capability(name))
		}
	}
	return out, nil
}

// ListActions shows a CRM's resources as Alloy lists them.
func (s *Server) ListActions(ctx context.Context, r oapi.ListActionsRequestObject) (oapi.ListActionsResponseObject, error) {
	if _, err := user(ctx); err != nil {
		return nil, err
	}
	resources, err := s.Catalog.Resources(ctx, r.Connector)
	if err != nil {
		return nil, err
	}
	out := oapi.ListActions200JSONResponse{Resources: []oapi.Resource{}}
	for _, resource := range resources {
		shown := oapi.Resource{Name: resource.Name, Description: optional(resource.Description), Actions: []oapi.ActionSummary{}}
		for _, a := range resource.Actions {
			shown.Actions = append(shown.Actions, oapi.ActionSummary{Id: a.ID, Name: a.Name, Description: optional(a.Description)})
		}
		out.Resources = append(out.Resources, shown)
	}
	return out, nil
}

// GetAction shows one action with its fields.
func (s *Server) GetAction(ctx context.Context, r oapi.GetActionRequestObject) (oapi.GetActionResponseObject, error) {
	if _, err := user(ctx); err != nil {
		return nil, err
	}
	a, err := s.Catalog.Action(ctx, r.Connector, r.Action)
	if err != nil {
		return nil, err
	}
	return oapi.GetAction200JSONResponse{
		Id: a.ID, Name: a.Name, Description: optional(a.Description), HttpMethod: a.Method, Path: a.Path,
		PathParameters: list(a.PathParams), RequestBody: schemaOrEmpty(a.RequestBody),
	}, nil
}

func (s *Server) newestConnections(ctx context.Context, user string) (map[string]crm.Connection, error) {
	found, err := s.Connections.List(ctx, user, crm.Page{Limit: 200})
	if err != nil {
		return nil, err
	}
	byConnector := map[string][]crm.Connection{}
	for _, c := range found {
		byConnector[c.Connector] = append(byConnector[c.Connector], c)
	}
	newest := map[string]crm.Connection{}
	for connector, connections := range byConnector {
		newest[connector] = crm.Preferred(connections)[0]
	}
	return newest, nil
}

func shownNewest(newest map[string]crm.Connection, connector string) *oapi.Connection {
	c, ok := newest[connector]
	if !ok {
		return nil
	}
	shown := connection(c)
	return &shown
}

// objects are those that can be sent to a connector: what is described, and what the user's connection has a mapping for.
func (s *Server) objects(ctx context.Context, connector string, newest map[string]crm.Connection) ([]oapi.ObjectName, error) {
	names := s.Catalog.Objects(connector)
	if c, ok := newest[connector]; ok {
		var err error
		if names, err = s.Mappings.Objects(ctx, c); err != nil {
			return nil, err
		}
	}
	return objectNames(names), nil
}

func types(methods []crm.AuthMethod) []string {
	names := []string{}
	for _, m := range methods {
		names = append(names, m.Type)
	}
	return names
}
