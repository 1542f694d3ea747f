package alloy

import (
	"context"
	"net/http"
	"slices"
	"time"

	"sendtocrm/internal/crm"
)

// Credentials returns the user's credentials for a connector, oldest first; Alloy's order is not documented. One whose
// date cannot be read comes first, so that it is never taken for the new one.
//
// https://docs.runalloy.com/reference/connectivity-api/get-connector-credentials
func (c *Client) Credentials(ctx context.Context, userID, connector string) ([]crm.Credential, error) {
	r := request{
		operation: "list_credentials", subject: "this connector", connector: connector, tenant: true, userID: userID,
		method: http.MethodGet, path: []string{"connectors", connector, "credentials"}, limit: listLimit,
	}
	type row struct {
		CredentialID string `json:"credentialId"`
		Name         string `json:"name"`
		Type         string `json:"type"`
		CreatedAt    string `json:"createdAt"`
	}
	var answer struct {
		Credentials *[]row `json:"credentials"`
	}
	if err := c.ask(ctx, r, &answer); err != nil {
		return nil, err
	}
	if answer.Credentials == nil {
		return nil, malformed(r, errMissing("credentials"))
	}
	credentials := make([]crm.Credential, 0, len(*answer.Credentials))
	for _, row := range *answer.Credentials {
		if !usableID(row.CredentialID) {
			return nil, malformed(r, errMissing("credentialId"))
		}
		created, _ := time.Parse(time.RFC3339, row.CreatedAt)
		credentials = append(credentials, crm.Credential{ID: row.CredentialID, Name: row.Name, Type: row.Type, CreatedAt: created})
	}
	slices.SortStableFunc(credentials, func(a, b crm.Credential) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return credentials, nil
}

// DeleteCredential deletes one credential of the user. One that is not there is as good as deleted.
//
// https://docs.runalloy.com/reference/embedded/delete-a-credential
func (c *Client) DeleteCredential(ctx context.Context, userID, credentialID string) error {
	r := request{
		operation: "delete_credential", subject: "this credential", tenant: true, userID: userID, writes: true,
		method: http.MethodDelete, path: []string{"users", userID, "credentials", credentialID}, limit: listLimit,
	}
	if err := c.ask(ctx, r, nil); err != nil && crm.CodeOf(err) != crm.NotFound {
		return err
	}
	return nil
}
