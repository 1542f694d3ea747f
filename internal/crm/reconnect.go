package crm

import (
	"context"
	"encoding/json"
)

// Reconnect gives a connection a new credential and keeps its id. The old credential is deleted at Alloy after the first
// success of the new one. It also finishes a connection that waits for keys. Errors as [Connections.Start]'s.
func (c *Connections) Reconnect(ctx context.Context, user, id, returnURL string, inputs json.RawMessage) (Started, error) {
	if err := c.checkReturnURL(returnURL); err != nil {
		return Started{}, err
	}
	connection, err := c.find(ctx, user, id)
	if err != nil {
		return Started{}, err
	}
	methods, err := c.catalog.AuthMethods(ctx, connection.Connector)
	if err != nil {
		return Started{}, err
	}
	method, err := choose(methods, connection.AuthenticationType, len(inputs) > 0)
	if err != nil {
		// Alloy may have changed what the CRM offers since the first connect.
		if method, err = choose(methods, "", len(inputs) > 0); err != nil {
			return Started{}, err
		}
	}
	if len(inputs) > 0 {
		if err := checkInputs(method.Input, inputs); err != nil {
			return Started{}, err
		}
	} else if method.NeedsInput() {
		return Started{Connection: connection, InputSchema: method.Input}, nil
	}
	if connection.User.AlloyID == "" {
		if connection.User, err = c.alloyUser(ctx, user); err != nil {
			return Started{}, err
		}
	}
	listed, err := c.vault.Credentials(ctx, connection.User.AlloyID, connection.Connector)
	if err != nil {
		return Started{}, err
	}
	open := func(f *Flow) (Connection, error) {
		if f == nil {
			return connection, nil
		}
		return c.store.BeginFlow(ctx, connection, *f)
	}
	return c.authenticate(ctx, connection, method, inputs, returnURL, listed, open)
}
