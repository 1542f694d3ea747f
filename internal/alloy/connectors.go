package alloy

import (
	"context"
	"encoding/json"
	"net/http"

	"sendtocrm/internal/crm"
)

// Connectors returns everything that Alloy can connect. Entries without a usable id are left out: nothing could be done
// with them.
//
// https://docs.runalloy.com/reference/connectivity-api/list-connectors
func (c *Client) Connectors(ctx context.Context) ([]crm.Connector, error) {
	r := request{
		operation: "list_connectors", subject: "the connectors",
		method: http.MethodGet, path: []string{"connectors"}, limit: listLimit,
	}
	var answer struct {
		Connectors *[]struct {
			ID       string `json:"id"`
			Name     string `json:"name"`
			Icon     string `json:"icon"`
			Category words  `json:"category"`
		} `json:"connectors"`
	}
	if err := c.ask(ctx, r, &answer); err != nil {
		return nil, noAPI(err)
	}
	if answer.Connectors == nil {
		return nil, malformed(r, errMissing("connectors"))
	}
	connectors := []crm.Connector{}
	for _, row := range *answer.Connectors {
		if usableID(row.ID) {
			connectors = append(connectors, crm.Connector{ID: row.ID, Name: row.Name, Icon: row.Icon, Categories: row.Category})
		}
	}
	return connectors, nil
}

// Resources returns a connector's actions, grouped.
//
// https://docs.runalloy.com/reference/connectivity-api/list-connector-resources
func (c *Client) Resources(ctx context.Context, connector string) ([]crm.Resource, error) {
	r := request{
		operation: "list_resources", subject: "this connector", connector: connector,
		method: http.MethodGet, path: []string{"connectors", connector, "resources"}, limit: listLimit,
	}
	var answer struct {
		Resources *[]struct {
			Name        string `json:"name"`
			Description string `json:"description"`
			Actions     []struct {
				ID          string `json:"id"`
				Name        string `json:"name"`
				DisplayName string `json:"displayName"`
				Description string `json:"description"`
			} `json:"actions"`
		} `json:"resources"`
	}
	if err := c.ask(ctx, r, &answer); err != nil {
		return nil, absentID(r, err)
	}
	if answer.Resources == nil {
		return nil, malformed(r, errMissing("resources"))
	}
	resources := []crm.Resource{}
	for _, row := range *answer.Resources {
		resource := crm.Resource{Name: row.Name, Description: row.Description}
		for _, a := range row.Actions {
			if usableID(a.ID) {
				summary := crm.ActionSummary{ID: a.ID, Name: either(a.Name, a.DisplayName), Description: a.Description}
				resource.Actions = append(resource.Actions, summary)
			}
		}
		resources = append(resources, resource)
	}
	return resources, nil
}

// absentID turns the refusal of an id that cannot be one into that of an id that is none.
func absentID(r request, err error) error {
	if crm.CodeOf(err) == crm.InvalidRequest {
		return &crm.Error{Code: crm.NotFound, Detail: "Alloy does not know " + r.subject + ".", Err: err}
	}
	return err
}

// words is a list of strings; where it is one string only, a list of that; anything else, none.
type words []string

// UnmarshalJSON never fails: a category is not worth a list of connectors.
func (w *words) UnmarshalJSON(raw []byte) error {
	*w = nil
	if one := text(raw); one != "" {
		*w = words{one}
	}
	for _, item := range elements(json.RawMessage(raw)) {
		if word := text(item); word != "" {
			*w = append(*w, word)
		}
	}
	return nil
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
