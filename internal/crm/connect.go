package crm

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"
)

// ConnectRequest asks for a connection. Credential is a JSON object with the CRM's inputs, flat, or empty.
type ConnectRequest struct {
	Connector          string
	ReturnURL          string
	AuthenticationType string
	Credential         json.RawMessage
	Label              string
}

// Start connects a user to a CRM, as far as that goes without the user. Errors: NotFound (no such CRM), InvalidRequest
// (return URL, authentication type, inputs), CRMRejected (Alloy refuses the inputs), UpstreamUnavailable.
func (c *Connections) Start(ctx context.Context, externalID string, r ConnectRequest) (Started, error) {
	if err := c.checkReturnURL(r.ReturnURL); err != nil {
		return Started{}, err
	}
	methods, err := c.catalog.AuthMethods(ctx, r.Connector)
	if err != nil {
		return Started{}, err
	}
	method, err := choose(methods, r.AuthenticationType, len(r.Credential) > 0)
	if err != nil {
		return Started{}, err
	}
	if len(r.Credential) > 0 {
		if err := checkInputs(method.Input, r.Credential); err != nil {
			return Started{}, err
		}
	}
	user, err := c.alloyUser(ctx, externalID)
	if err != nil {
		return Started{}, err
	}
	listed, err := c.vault.Credentials(ctx, user.AlloyID, r.Connector)
	if err != nil {
		return Started{}, err
	}
	connection := Connection{
		ID: uuid.Must(uuid.NewV7()), User: user, Connector: r.Connector, Label: r.Label,
		AuthenticationType: method.Type, Status: Pending,
	}
	if len(r.Credential) == 0 {
		if settled, ok, err := c.settleLive(ctx, user, r.Connector); err != nil || ok {
			return Started{Connection: settled}, err
		}
		adopted, ok, err := c.adopt(ctx, connection, listed)
		if err != nil || ok {
			return Started{Connection: adopted}, err
		}
		if method.NeedsInput() {
			connection.Status = NeedsInput
			opened, err := c.store.Open(ctx, connection, nil)
			return Started{Connection: opened, InputSchema: method.Input}, err
		}
	}
	open := func(f *Flow) (Connection, error) { return c.store.Open(ctx, connection, f) }
	return c.authenticate(ctx, connection, method, r.Credential, r.ReturnURL, listed, open)
}

// adopt takes over a credential that the user already has at Alloy and that no connection uses: the newest one.
func (c *Connections) adopt(ctx context.Context, connection Connection, listed []Credential) (Connection, bool, error) {
	free, err := c.free(ctx, connection.User.ID, listed, nil)
	if err != nil || len(free) == 0 {
		return Connection{}, false, err
	}
	opened, err := c.store.Open(ctx, connection, nil)
	if err != nil {
		return Connection{}, false, err
	}
	active, err := c.store.Activate(ctx, opened, nil, free[len(free)-1])
	if CodeOf(err) == Conflict {
		// Another request has just taken it; this connection goes on waiting.
		return Connection{}, false, nil
	}
	return active, err == nil, err
}

// settleLive looks first after a consent that is under way: a credential that it has just brought belongs to its
// connection, and is not for adoption. ok: that connection was waiting for its first credential, and is what is asked for.
func (c *Connections) settleLive(ctx context.Context, user User, connector string) (Connection, bool, error) {
	flow, waiting, live, err := c.store.LiveFlow(ctx, user.ID, connector)
	if err != nil || !live {
		return Connection{}, false, err
	}
	settled, ok, err := c.settle(ctx, waiting, flow)
	return settled, ok && waiting.Status == Pending, err
}

// free returns the listed credentials, oldest first, that no connection uses and that are not among the known ones.
func (c *Connections) free(ctx context.Context, user uuid.UUID, listed []Credential, known []string) ([]Credential, error) {
	used, err := c.store.CredentialsInUse(ctx, user)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(listed), func(l Credential) bool {
		return slices.Contains(used, l.ID) || slices.Contains(known, l.ID)
	}), nil
}
