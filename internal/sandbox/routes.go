package sandbox

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
)

// routes is the port that clients and browsers see.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	for _, route := range []struct {
		method, pattern, operation string
		handle                     handler
	}{
		{http.MethodPost, "/users", "create_user", s.createUser},
		{http.MethodGet, "/users", "list_users", s.listUsers},
		{http.MethodGet, "/users/{user}", "get_user", s.getUser},
		{http.MethodPut, "/users/{user}", "update_user", s.updateUser},
		{http.MethodDelete, "/users/{user}", "delete_user", s.deleteUser},
		{http.MethodGet, "/users/{user}/credentials", "list_user_credentials", s.listUserCredentials},
		{http.MethodDelete, "/users/{user}/credentials/{credential}", "delete_credential", s.deleteCredential},
		{http.MethodGet, "/connectors", "list_connectors", s.listConnectors},
		{http.MethodGet, "/connectors/{connector}/resources", "list_resources", s.listResources},
		{http.MethodGet, "/connectors/{connector}/actions/{action}", "get_action", s.getAction},
		{http.MethodGet, "/connectors/{connector}/credentials/metadata", "get_metadata", s.getMetadata},
		{http.MethodPost, "/connectors/{connector}/credentials", "create_credential", s.createCredential},
		{http.MethodGet, "/connectors/{connector}/credentials", "list_credentials", s.listCredentials},
		{http.MethodPost, "/connectors/{connector}/actions/{action}/execute", "execute", s.execute},
	} {
		r.Method(route.method, route.pattern, s.record(route.operation, s.authenticate(s.misbehave(route.handle))))
	}
	unknown := s.record("unknown", s.noSuchRoute)
	r.NotFound(unknown.ServeHTTP)
	r.MethodNotAllowed(unknown.ServeHTTP)

	// For a person with a browser.
	r.Get("/api/strategy/connector/{connector}/authorize", s.consentPage)
	r.Post("/api/strategy/connector/{connector}/authorize", s.consentDecision)
	r.Get("/", s.homePage)
	r.Get("/icons/{file}", s.icon)
	r.Get("/crm", s.accountsPage)
	r.Get("/crm/{connector}", s.crmPage)
	r.Get("/crm/{connector}/{object}/{record}", s.recordPage)
	return r
}

// managementRoutes is the port of the switches. Pages of other origins cannot reach it through a tester's browser.
func (s *Server) managementRoutes() http.Handler {
	r := chi.NewRouter()
	r.Use(http.NewCrossOriginProtection().Handler)
	r.Get("/", s.managementHome)
	r.Get("/settings", s.getSettings)
	r.Put("/settings", s.putSettings)
	r.Post("/faults", s.addFault)
	r.Get("/faults", s.listFaults)
	r.Delete("/faults", s.clearFaults)
	r.Delete("/faults/{fault}", s.removeFault)
	r.Post("/schemas", s.changeSchema)
	r.Get("/schemas", s.listSchemaChanges)
	r.Delete("/schemas", s.restoreSchemas)
	r.Delete("/schemas/{change}", s.restoreSchema)
	r.Get("/ledger", s.readLedger)
	r.Delete("/ledger", s.clearLedger)
	r.Get("/records", s.listRecords)
	r.Put("/records/{connector}/{object}/{record}", s.changeRecord)
	r.Delete("/records/{connector}/{object}/{record}", s.dropRecord)
	r.Get("/credentials", s.allCredentials)
	r.Post("/credentials/{credential}/revoke", s.revokeCredential)
	r.Delete("/credentials/{credential}", s.dropCredential)
	r.Post("/reset", s.reset)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path+"; GET / lists the switches")
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusMethodNotAllowed, r.URL.Path+" has no "+r.Method+"; GET / lists the switches")
	})
	return r
}

// param is a part of the path, decoded.
func param(r *http.Request, name string) string {
	value := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return value // the router saw the decoded path
	}
	decoded, err := url.PathUnescape(value)
	if err != nil {
		return value
	}
	return decoded
}

// handler answers one call of the simulated API.
type handler func(http.ResponseWriter, *http.Request, *exchange)

// fail answers with an error in the form that is set.
func (x *exchange) fail(w http.ResponseWriter, p *problem) { p.write(w, x.settings.ErrorForm) }
