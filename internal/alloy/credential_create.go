package alloy

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"sendtocrm/internal/crm"
)

// CreateCredential starts a credential: with a consent page's address, or at once. An answer that holds neither is an
// empty CredentialStarted; the new credential then shows in the list.
//
// The user's id goes into the header and into the body, because the documents disagree on which of them counts.
//
// https://docs.runalloy.com/reference/connectivity-api/create-connector-credential
func (c *Client) CreateCredential(ctx context.Context, n crm.NewCredential) (crm.CredentialStarted, error) {
	body, err := c.credentialBody(ctx, n)
	if err != nil {
		return crm.CredentialStarted{}, err
	}
	r := request{
		operation: "create_credential", subject: "this connector", connector: n.Connector,
		tenant: true, userID: n.UserID, writes: true, secrets: leaves(n.Inputs),
		method: http.MethodPost, path: []string{"connectors", n.Connector, "credentials"}, body: body, limit: listLimit,
	}
	var answer json.RawMessage
	if err := c.ask(ctx, r, &answer); err != nil {
		return crm.CredentialStarted{}, err
	}
	top := object(answer)
	started := crm.CredentialStarted{
		AuthorizationURL: either(text(top["oauthUrl"]), text(object(top["data"])["oauthUrl"])),
		CredentialID:     credentialID(top),
	}
	if started.AuthorizationURL != "" && !consentURL(started.AuthorizationURL) {
		return crm.CredentialStarted{}, malformed(r, errMissing("oauthUrl"))
	}
	if started.CredentialID != "" && !usableID(started.CredentialID) {
		return crm.CredentialStarted{}, malformed(r, errMissing("credentialId"))
	}
	return started, nil
}

// credentialBody places the connector's inputs where its metadata has them, which is asked only if there are any.
func (c *Client) credentialBody(ctx context.Context, n crm.NewCredential) ([]byte, error) {
	body := map[string]any{"userId": n.UserID, "authenticationType": n.Type}
	if n.RedirectURI != "" {
		body["redirectUri"] = n.RedirectURI
	}
	if len(n.Inputs) > 0 {
		inputs := object(bytes.TrimSpace(n.Inputs))
		if inputs == nil {
			return nil, crm.Errorf(crm.InvalidRequest, "The credential's inputs have to be a JSON object.")
		}
		if n.UserID == "" {
			return nil, crm.Errorf(crm.InvalidRequest, "A credential needs Alloy's id of the user.")
		}
		entries, err := c.metadata(ctx, n.Connector)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(entries, func(e authEntry) bool { return e.kind() == n.Type }); at < 0 || entries[at].nested() {
			body["data"] = inputs
		} else if err := merge(body, inputs); err != nil {
			return nil, err
		}
	}
	return encode(body)
}

// merge puts the inputs at the top of the body. None of them can take the place of Alloy's own members: a user's id
// among the inputs would act for somebody else.
func merge(body map[string]any, inputs map[string]json.RawMessage) error {
	for name, value := range inputs {
		if slices.Contains(envelopeKeys, name) {
			return crm.Errorf(crm.InvalidRequest, "The credential's inputs must not hold %q.", name)
		}
		body[name] = value
	}
	return nil
}

func credentialID(top map[string]json.RawMessage) string {
	id := text(top["credentialId"])
	for _, key := range []string{"data", "credential"} {
		inner := object(top[key])
		id = either(id, firstText(inner, "credentialId", "id"))
	}
	return id
}

// consentURL reports whether a browser can be sent there. Its host is the CRM's or Alloy's and is not held against a
// list; what counts is that it is no script and not readable on the way.
func consentURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

// leaves are the texts and numbers among the inputs, which must not turn up in an error. Very short ones are no secrets
// and would make holes into any sentence.
func leaves(raw json.RawMessage) []string {
	var found []string
	raw = bytes.TrimSpace(raw)
	for _, item := range elements(raw) {
		found = append(found, leaves(item)...)
	}
	for _, item := range object(raw) {
		found = append(found, leaves(item)...)
	}
	value := text(raw)
	if value == "" && len(raw) > 0 && bytes.IndexByte([]byte("-0123456789"), raw[0]) >= 0 {
		value = string(raw)
	}
	if len(value) >= 3 {
		found = append(found, value)
	}
	return found
}
