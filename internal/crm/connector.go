package crm

import (
	"context"
	"encoding/json"
	"strings"
)

// Connector is a system that Alloy can connect, such as HubSpot. Categories may be empty.
type Connector struct {
	ID, Name, Icon string
	Categories     []string
}

// IsCRM reports whether any category contains "crm", in whatever case: Alloy uses "crm" and "sales-crm".
func (c Connector) IsCRM() bool {
	for _, category := range c.Categories {
		if strings.Contains(strings.ToLower(category), "crm") {
			return true
		}
	}
	return false
}

// Resource groups a connector's actions, such as "contacts".
type Resource struct {
	Name, Description string
	Actions           []ActionSummary
}

// ActionSummary is an action as the list of resources shows it.
type ActionSummary struct{ ID, Name, Description string }

// Action is one operation of a connector with its fields. RequestBody is the plain JSON Schema of the CRM's own body,
// empty where the action takes none; schemas are static and not exhaustive. PathParams are the names that a call has to
// fill, in the path's order.
type Action struct {
	ID, Name, Description string
	Method, Path          string
	PathParams            []string
	RequestBody           json.RawMessage
}

// AuthMethod is one way to authenticate at a connector, from Alloy's metadata at run time. Type has to be given back to
// the letter. Redirect says that the user consents in a browser. Input is the JSON Schema of the connector's own inputs,
// flat; it has no properties where none are needed.
type AuthMethod struct {
	Type               string
	Redirect           bool
	Input              json.RawMessage
	AuthConfigRequired bool
}

// NeedsInput reports whether the method asks for anything before it can start.
func (m AuthMethod) NeedsInput() bool {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	if json.Unmarshal(m.Input, &schema) != nil {
		return false
	}
	return len(schema.Required) > 0 || (!m.Redirect && len(schema.Properties) > 0)
}

// Directory reads what Alloy offers. None of it depends on a user.
type Directory interface {
	// Connectors returns all connectors, CRMs and others. Errors: UpstreamUnavailable, RateLimited, Internal (a
	// refused API key).
	Connectors(ctx context.Context) ([]Connector, error)
	// Resources returns NotFound for an unknown connector.
	Resources(ctx context.Context, connector string) ([]Resource, error)
	// Action returns NotFound for an unknown connector or action.
	Action(ctx context.Context, connector, action string) (Action, error)
	// AuthMethods returns NotFound for an unknown connector.
	AuthMethods(ctx context.Context, connector string) ([]AuthMethod, error)
}
