package alloy

import (
	"context"
	"fmt"
	"net/http"

	"sendtocrm/internal/crm"
)

type wireUser struct {
	UserID   string `json:"userId"`
	Username string `json:"username"`
}

// EnsureUser returns Alloy's id of the user: got by the name; else made; else got again, because somebody else may have
// made it in between and Alloy's word for that is not documented.
func (c *Client) EnsureUser(ctx context.Context, username string) (string, error) {
	id, err := c.user(ctx, username)
	if !absent(err) {
		return id, err
	}
	id, refusal := c.createUser(ctx, username)
	if refusal == nil || crm.CodeOf(refusal) != crm.CRMRejected {
		return id, refusal
	}
	if id, err = c.user(ctx, username); absent(err) {
		return "", refusal
	}
	return id, err
}

// user gets a user by name. The path takes an id as well as a name, so the answer may be about somebody whose id is our
// user's name: that one is not ours.
//
// https://docs.runalloy.com/reference/connectivity-api/get-a-user
func (c *Client) user(ctx context.Context, username string) (string, error) {
	r := request{
		operation: "get_user", subject: "this user", method: http.MethodGet, path: []string{"users", username},
		limit: listLimit, writes: true,
	}
	var answer wireUser
	if err := c.ask(ctx, r, &answer); err != nil {
		return "", err
	}
	if answer.Username != "" && answer.Username != username {
		return "", crm.Errorf(crm.NotFound, "Alloy has another user under this name.")
	}
	return answer.id(r)
}

// createUser makes a user. CRMRejected where Alloy refuses the name, also because it exists.
//
// https://docs.runalloy.com/reference/connectivity-api/create-a-user
func (c *Client) createUser(ctx context.Context, username string) (string, error) {
	body, err := encode(map[string]string{"username": username})
	if err != nil {
		return "", crm.Errorf(crm.InvalidRequest, "The user's name is no text: %w", err)
	}
	r := request{
		operation: "create_user", subject: "the new user", method: http.MethodPost, path: []string{"users"},
		body: body, limit: listLimit, writes: true,
	}
	var answer wireUser
	if err := c.ask(ctx, r, &answer); err != nil {
		return "", noAPI(err)
	}
	return answer.id(r)
}

func (u wireUser) id(r request) (string, error) {
	if !usableID(u.UserID) || !visibleASCII(u.UserID) {
		return "", malformed(r, errMissing("userId"))
	}
	return u.UserID, nil
}

// absent reports whether a user is not there: Alloy says so, or that the name cannot be an id.
func absent(err error) bool {
	code := crm.CodeOf(err)
	return err != nil && (code == crm.NotFound || code == crm.CRMRejected)
}

func errMissing(key string) error { return fmt.Errorf("%q is missing or unusable", key) }
