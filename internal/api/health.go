package api

import (
	"context"

	"sendtocrm/internal/api/oapi"
)

// Healthz says that the process is alive.
func (s *Server) Healthz(context.Context, oapi.HealthzRequestObject) (oapi.HealthzResponseObject, error) {
	return oapi.Healthz200JSONResponse{Status: oapi.Ok, Version: optional(s.Version)}, nil
}

// Readyz says whether the service can do its work, and if not, what to do.
func (s *Server) Readyz(ctx context.Context, _ oapi.ReadyzRequestObject) (oapi.ReadyzResponseObject, error) {
	if err := s.Ready(ctx); err != nil {
		return nil, err
	}
	return oapi.Readyz200JSONResponse{Status: oapi.Ok, Version: optional(s.Version)}, nil
}
