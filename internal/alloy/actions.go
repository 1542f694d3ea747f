package alloy

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sendtocrm/internal/crm"
)

// Action returns one action with the schema of its body. Header parameters are left out, because Alloy fills in the
// CRM's authentication itself even where it lists it as required.
//
// https://docs.runalloy.com/reference/connectivity-api/get-connector-action-details
func (c *Client) Action(ctx context.Context, connector, action string) (crm.Action, error) {
	r := request{
		operation: "get_action", subject: "this action of the connector", connector: connector, action: action,
		method: http.MethodGet, path: []string{"connectors", connector, "actions", action}, limit: listLimit,
	}
	var answer struct {
		Action *wireAction `json:"action"`
	}
	if err := c.ask(ctx, r, &answer); err != nil {
		return crm.Action{}, absentID(r, err)
	}
	if answer.Action == nil {
		return crm.Action{}, malformed(r, errMissing("action"))
	}
	return answer.Action.action(action), nil
}

type wireAction struct {
	DisplayName string          `json:"displayName"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	HTTPMethod  string          `json:"httpMethod"`
	Path        string          `json:"path"`
	Parameters  []parameter     `json:"parameters"`
	RequestBody json.RawMessage `json:"requestBody"`
}

type parameter struct {
	Name string `json:"name"`
	In   string `json:"in"`
}

func (w wireAction) action(id string) crm.Action {
	a := crm.Action{
		ID: id, Name: either(w.DisplayName, w.Name), Description: w.Description,
		Method: strings.ToUpper(w.HTTPMethod), Path: w.Path, PathParams: pathParams(w.Path, w.Parameters),
	}
	if len(object(w.RequestBody)) > 0 {
		a.RequestBody = w.RequestBody
	}
	return a
}

// placeholder is a path parameter inside a path: {contactId} or :contactId.
var placeholder = regexp.MustCompile(`\{([^{}/]+)\}|/:([A-Za-z_][A-Za-z0-9_]*)`)

// pathParams are the names to be filled, in the path's order: those that the parameters declare, else those that the
// path itself shows. Declared ones that the path does not show come last.
func pathParams(path string, parameters []parameter) []string {
	var shown, declared []string
	for _, match := range placeholder.FindAllStringSubmatch(path, -1) {
		if name := match[1] + match[2]; !slices.Contains(shown, name) {
			shown = append(shown, name)
		}
	}
	for _, p := range parameters {
		if p.In == "path" && p.Name != "" && !slices.Contains(declared, p.Name) {
			declared = append(declared, p.Name)
		}
	}
	if declared == nil {
		return shown
	}
	place := func(name string) int {
		if i := slices.Index(shown, name); i >= 0 {
			return i
		}
		return len(shown)
	}
	slices.SortStableFunc(declared, func(a, b string) int { return place(a) - place(b) })
	return declared
}
