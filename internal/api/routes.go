package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

// routes is the whole public surface. The routes of the contract come from openapi.yaml, in oapi.
func (s *Server) routes(validate func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Use(s.recorder())
	r.Use(secure)
	if len(s.CORSOrigins) > 0 {
		r.Use(cors.Handler(cors.Options{
			AllowedOrigins: s.CORSOrigins,
			AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
			AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "Prefer", "X-Request-Id"},
			ExposedHeaders: []string{"Idempotent-Replayed", "Location", "Preference-Applied", "Retry-After", "X-Request-Id"},
			MaxAge:         600,
		}))
	}
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, noSuchPath())
	})
	r.MethodNotAllowed(methodNotAllowed(r))

	r.Get("/openapi.yaml", s.openapi) // the contract as text
	r.Get("/docs", s.docs)            // the contract as a page
	r.Get("/docs/errors", errorsPage) // what each problem's `type` points at
	r.Handle("/docs/*", asProblems(s.docsAssets()))
	if s.Extra != nil {
		for pattern, handler := range s.Extra(r) {
			r.Handle(pattern, asProblems(handler))
		}
	}

	r.Group(func(r chi.Router) {
		r.Use(s.Callers.identify, s.admit, guardBody, foldPrefer, validate)
		strict := oapi.NewStrictHandlerWithOptions(s, []oapi.StrictMiddlewareFunc{withRequest}, oapi.StrictHTTPServerOptions{
			RequestErrorHandlerFunc:  badRequest,
			ResponseErrorHandlerFunc: writeProblem,
		})
		oapi.HandlerWithOptions(strict, oapi.ChiServerOptions{BaseRouter: r, ErrorHandlerFunc: badRequest})
	})
	return r
}

// badRequest answers what the generated code could not decode.
func badRequest(w http.ResponseWriter, r *http.Request, err error) {
	fault := &crm.Error{Code: crm.InvalidRequest, Detail: "The request could not be read.", Err: err}
	var twice *oapi.TooManyValuesForParamError
	if errors.As(err, &twice) {
		fault.Detail = "The parameter " + twice.ParamName + " is there more than once."
		fault.Fields = []crm.FieldError{{Field: twice.ParamName, Code: "repeated", Message: "It may be there once only."}}
	}
	writeProblem(w, r, fault)
}

// methodNotAllowed names the methods that the path does have.
func methodNotAllowed(routes chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
				w.Header().Add("Allow", method)
			}
		}
		writeProblem(w, r, wrongMethod(r))
	}
}

// secure sets the headers that every answer carries. Pages set a policy of their own.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// bounded cuts foreign text before it gets into an answer.
func bounded(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(slices.Concat(runes[:limit], []rune("…")))
}
