package crm

import (
	"context"
	"time"
)

// CallbackHint is what the query of the callback claims. It proves nothing; a failure it names only ends the wait early.
type CallbackHint struct {
	Failed bool
	Reason string // bounded by the caller
}

// Returned is the end of a consent flow. Status is the connection's, or "failed".
type Returned struct {
	Connection Connection
	ReturnURL  string
	Status     string
}

// FailedStatus is the callback's status for a flow that the CRM reported as failed.
const FailedStatus = "failed"

// callbackWaits are the pauses between looks at Alloy's list: a new credential may take some seconds to appear.
var callbackWaits = []time.Duration{
	200 * time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond,
	time.Second, time.Second, time.Second, time.Second,
}

// Callback finishes the one flow that the state names. It trusts no parameter: it lists the user's credentials and takes
// the one that was not there when the flow began. None in time means still pending, not failed. Errors: NotFound for an
// unknown state, NotFound with Gone for a used, expired or replaced one.
func (c *Connections) Callback(ctx context.Context, state string, hint CallbackHint) (Returned, error) {
	flow, connection, err := c.store.ConsumeFlow(ctx, hashState(state))
	if err != nil {
		return Returned{}, err
	}
	// The state is used up: a browser that goes away must not keep the flow from being finished.
	ctx = context.WithoutCancel(ctx)
	waits := callbackWaits
	if hint.Failed {
		waits = nil
	}
	for i := 0; ; i++ {
		settled, ok, err := c.settle(ctx, connection, flow)
		if !ok && err == nil {
			settled, ok, err = c.store.Fulfilled(ctx, flow) // by somebody who asked for the connection meanwhile
		}
		if ok {
			return Returned{Connection: settled, ReturnURL: flow.ReturnURL, Status: string(settled.Status)}, nil
		}
		if err != nil {
			c.config.Logger.Warn().Err(err).Stringer("connection_id", connection.ID).Msg("callback: credentials could not be listed")
		}
		if i >= len(waits) || !pause(ctx, waits[i]) {
			break
		}
	}
	return c.unsettled(ctx, flow, connection, hint)
}

func (c *Connections) unsettled(ctx context.Context, flow Flow, connection Connection, hint CallbackHint) (Returned, error) {
	returned := Returned{Connection: connection, ReturnURL: flow.ReturnURL, Status: string(Pending)}
	if connection.Status == Active {
		returned.Status = string(Active) // a reconnect that came to nothing leaves it as it was
	}
	if !hint.Failed {
		return returned, nil
	}
	returned.Status = FailedStatus
	reason := "The CRM reported that access was not granted."
	if hint.Reason != "" {
		reason = "The CRM reported: " + hint.Reason
	}
	noted, err := c.store.NoteReason(ctx, connection.ID, reason)
	if err != nil {
		c.config.Logger.Warn().Err(err).Msg("callback: the reason could not be stored")
		return returned, nil
	}
	returned.Connection = noted
	return returned, nil
}

// settle looks for the flow's credential and gives it to the connection. Of several new ones the newest is taken.
func (c *Connections) settle(ctx context.Context, connection Connection, flow Flow) (Connection, bool, error) {
	listed, err := c.vault.Credentials(ctx, connection.User.AlloyID, connection.Connector)
	if err != nil {
		return Connection{}, false, err
	}
	free, err := c.free(ctx, connection.User.ID, listed, flow.Known)
	if err != nil || len(free) == 0 {
		return Connection{}, false, err
	}
	if len(free) > 1 {
		c.config.Logger.Warn().Stringer("connection_id", connection.ID).Int("credentials", len(free)).
			Msg("several new credentials; the newest is taken")
	}
	active, err := c.store.Activate(ctx, connection, &flow, free[len(free)-1])
	if CodeOf(err) == Conflict {
		return Connection{}, false, nil
	}
	return active, err == nil, err
}
