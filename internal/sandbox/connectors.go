package sandbox

import (
	"net/http"
	"slices"
)

// GET /connectors
func (s *Server) listConnectors(w http.ResponseWriter, _ *http.Request, _ *exchange) {
	type row struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		Icon     string   `json:"icon"`
		Group    []string `json:"group"`
		Category []string `json:"category,omitempty"`
	}
	rows := make([]row, len(s.catalog.connectors))
	for i, c := range s.catalog.connectors {
		rows[i] = row{c.ID, c.Name, s.url("/icons/" + c.ID + ".svg"), c.Group, c.Category}
	}
	writeJSON(w, http.StatusOK, map[string]any{"connectors": rows})
}

// GET /connectors/{connector}/resources. The label is called name here and displayName in an action's details.
func (s *Server) listResources(w http.ResponseWriter, _ *http.Request, x *exchange) {
	if x.connector == nil {
		x.fail(w, notFound("Connector"))
		return
	}
	type summary struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		Description string `json:"description"`
	}
	type row struct {
		Name        string    `json:"name"`
		Description string    `json:"description"`
		Actions     []summary `json:"actions"`
	}
	rows := []row{}
	for _, r := range x.connector.Resources {
		one := row{Name: r.Name, Description: r.Description}
		for _, a := range r.Actions {
			one.Actions = append(one.Actions, summary{a.ID, a.Name, a.Description})
		}
		rows = append(rows, one)
	}
	writeJSON(w, http.StatusOK, map[string]any{"resources": rows})
}

type parameter struct {
	Name        string            `json:"name"`
	In          string            `json:"in"`
	Description string            `json:"description,omitempty"`
	Required    bool              `json:"required"`
	Schema      map[string]string `json:"schema"`
}

// GET /connectors/{connector}/actions/{action}
func (s *Server) getAction(w http.ResponseWriter, _ *http.Request, x *exchange) {
	switch {
	case x.connector == nil:
		x.fail(w, notFound("Connector"))
		return
	case x.action == nil:
		x.fail(w, notFound("Action"))
		return
	}
	a := x.action
	type details struct {
		ID          string      `json:"id"`
		DisplayName string      `json:"displayName"`
		Description string      `json:"description"`
		HTTPMethod  string      `json:"httpMethod"`
		Path        string      `json:"path"`
		Parameters  []parameter `json:"parameters"`
		RequestBody schema      `json:"requestBody,omitempty"`
	}
	writeJSON(w, http.StatusOK, map[string]details{"action": {
		a.ID, a.Name, a.Description, a.Method, a.Path, x.connector.parameters(a), s.liveSchema(x.connector, a, x.settings),
	}})
}

// parameters lists headers that Alloy fills in itself as required, as Alloy's own sample does.
func (c *connector) parameters(a *action) []parameter {
	list := []parameter{}
	for _, name := range a.Headers {
		list = append(list, parameter{name, "header", "Authentication token", true, map[string]string{"type": "string"}})
	}
	for _, name := range a.params {
		list = append(list, parameter{name, "path", "The record's ID", true, map[string]string{"type": c.IDType}})
	}
	names := make([]string, 0, len(a.Query))
	for name := range a.Query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, parameter{name, "query", "", false, map[string]string{"type": a.Query[name]}})
	}
	return list
}

// GET /connectors/{connector}/credentials/metadata
func (s *Server) getMetadata(w http.ResponseWriter, _ *http.Request, x *exchange) {
	if x.connector == nil {
		x.fail(w, notFound("Connector"))
		return
	}
	entries := []map[string]any{}
	for _, m := range x.connector.offers(x.settings) {
		entries = append(entries, map[string]any{
			"authenticationType": m.Type, "authConfigRequired": false, "inputSchema": m.inputSchema(), "sampleInput": m.sampleInput(),
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"metadata": entries})
}

// inputSchema describes the body of POST credentials.
func (m authMethod) inputSchema() map[string]any {
	required := []string{"userId", "authenticationType"}
	properties := map[string]any{
		"userId":             map[string]string{"type": "string"},
		"authenticationType": map[string]string{"type": "string", "const": m.Type},
	}
	if m.Type == oauth2 {
		required = append(required, "redirectUri")
		properties["redirectUri"] = map[string]string{"type": "string", "format": "uri"}
	}
	if m.Data != nil {
		required = append(required, "data")
		properties["data"] = m.Data
	}
	return map[string]any{"type": "object", "required": required, "properties": properties}
}

func (m authMethod) sampleInput() map[string]any {
	sample := map[string]any{"userId": "675987329f2bda83f0dff233", "authenticationType": m.Type}
	if m.Type == oauth2 {
		sample["redirectUri"] = "https://yourplatform.com/crm/callback"
	}
	if m.Data != nil {
		sample["data"] = m.Sample
	}
	return sample
}
