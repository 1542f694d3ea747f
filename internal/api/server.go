package api

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
)

// Server is what the routes need. Every field but Extra is required.
type Server struct {
	Catalog     *crm.Catalog
	Connections *crm.Connections
	Planner     *crm.Planner
	Sender      *crm.Sender
	Explainer   *crm.Explainer
	Ready       func(context.Context) error // nil: the service can do its work; else what to do
	Callers     *Callers
	CORSOrigins []string // exact origins of browsers that may call; empty: none
	Spec        []byte   // openapi.yaml
	Version     string
	Logger      zerolog.Logger
	Metrics     prometheus.Registerer
	Extra       func(public http.Handler) map[string]http.Handler // further routes by pattern, such as the demo page; nil: none
}

// Handler builds the public HTTP handler. It fails only for a broken openapi.yaml.
func (s *Server) Handler() (http.Handler, error) {
	validate, err := validator(s.Spec)
	if err != nil {
		return nil, err
	}
	return s.routes(validate), nil
}
