package api

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/guard"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// Server is what the routes need. Every field but Gate and Extra is required.
type Server struct {
	Catalog      *crm.Catalog
	Connections  *crm.Connections
	Planner      *crm.Planner
	Sender       *crm.Sender
	Reviews      *crm.Reviews
	Explainer    *crm.Explainer
	Mappings     *tailor.Mappings
	Fields       *mapping.Catalogue
	CallerRate   *guard.Rate                 // of each user; nil: none
	CallerPolicy string                      // what it is, for the RateLimit-Policy header
	Gate         *guard.Gate                 // how much may be under way at once; nil: anything
	Ready        func(context.Context) error // nil: the service can do its work; else what to do
	Callers      *Callers
	CORSOrigins  []string // exact origins of browsers that may call; empty: none
	Spec         []byte   // openapi.yaml
	Version      string
	Logger       zerolog.Logger
	Metrics      prometheus.Registerer
	Extra        func(public http.Handler) map[string]http.Handler // further routes by pattern, such as the demo page; nil: none
}

// Handler builds the public HTTP handler. It fails only for a broken openapi.yaml.
func (s *Server) Handler() (http.Handler, error) {
	validate, err := validator(s.Spec)
	if err != nil {
		return nil, err
	}
	return s.routes(validate), nil
}
