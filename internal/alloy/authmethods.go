package alloy

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sendtocrm/internal/crm"
)

// AuthMethods returns the ways to authenticate at a connector, as its metadata describes them today. Entries that do not
// say which type they describe are left out.
func (c *Client) AuthMethods(ctx context.Context, connector string) ([]crm.AuthMethod, error) {
	entries, err := c.metadata(ctx, connector)
	if err != nil {
		return nil, err
	}
	methods := []crm.AuthMethod{}
	for _, e := range entries {
		if kind := e.kind(); kind != "" {
			methods = append(methods, crm.AuthMethod{
				Type: kind, Redirect: e.redirect(kind), Input: e.input(), AuthConfigRequired: e.AuthConfigRequired,
			})
		}
	}
	return methods, nil
}

// metadata reads what a new credential has to look like; the list may be one object instead.
//
// https://docs.runalloy.com/reference/connectivity-api/get-connector-credentials-metadata
func (c *Client) metadata(ctx context.Context, connector string) ([]authEntry, error) {
	r := request{
		operation: "get_metadata", subject: "this connector", connector: connector,
		method: http.MethodGet, path: []string{"connectors", connector, "credentials", "metadata"}, limit: listLimit,
	}
	var answer struct {
		Metadata json.RawMessage `json:"metadata"`
	}
	if err := c.ask(ctx, r, &answer); err != nil {
		return nil, absentID(r, err)
	}
	items := elements(answer.Metadata)
	if items == nil && object(answer.Metadata) != nil {
		items = []json.RawMessage{answer.Metadata}
	}
	if items == nil && string(answer.Metadata) != "[]" {
		return nil, malformed(r, errMissing("metadata"))
	}
	entries := make([]authEntry, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &entries[i]); err != nil {
			return nil, malformed(r, err)
		}
	}
	return entries, nil
}

// authEntry is one authentication type of a connector. InputSchema describes the body of the call that makes a
// credential.
type authEntry struct {
	AuthenticationType string          `json:"authenticationType"`
	AuthConfigRequired bool            `json:"authConfigRequired"`
	InputSchema        json.RawMessage `json:"inputSchema"`
	SampleInput        json.RawMessage `json:"sampleInput"`
}

// envelopeKeys are the members of that body that are Alloy's, not the connector's.
var envelopeKeys = []string{"userId", "authenticationType", "redirectUri", "authConfigId", "data"}

func (e authEntry) properties() map[string]json.RawMessage {
	return object(object(e.InputSchema)["properties"])
}

// kind is the literal to be given back. It has no documented list of values, and older metadata has it in the schema
// or in the sample only.
func (e authEntry) kind() string {
	if e.AuthenticationType != "" {
		return e.AuthenticationType
	}
	schema := object(e.properties()["authenticationType"])
	if kind := text(schema["const"]); kind != "" {
		return kind
	}
	if values := elements(schema["enum"]); len(values) == 1 {
		return text(values[0])
	}
	return text(object(e.SampleInput)["authenticationType"])
}

func (e authEntry) redirect(kind string) bool {
	_, asksForURI := e.properties()["redirectUri"]
	return asksForURI || strings.Contains(strings.ToLower(kind), "oauth2")
}

// nested reports whether the connector's inputs stand under "data". They do unless the schema has them at its top.
func (e authEntry) nested() bool {
	properties := e.properties()
	if _, ok := properties["data"]; ok {
		return true
	}
	for name := range properties {
		if !slices.Contains(envelopeKeys, name) {
			return false
		}
	}
	return true
}

// input is the schema of the connector's own inputs, flat.
func (e authEntry) input() json.RawMessage {
	if data := e.properties()["data"]; object(data) != nil {
		return data
	}
	flat := struct {
		Type       string                     `json:"type"`
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required,omitempty"`
	}{Type: "object", Properties: map[string]json.RawMessage{}}
	for name, schema := range e.properties() {
		if !slices.Contains(envelopeKeys, name) {
			flat.Properties[name] = schema
		}
	}
	for _, item := range elements(object(e.InputSchema)["required"]) {
		if name := text(item); flat.Properties[name] != nil {
			flat.Required = append(flat.Required, name)
		}
	}
	encoded, err := encode(flat)
	if err != nil { // cannot happen: every part was JSON before
		return json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return encoded
}
