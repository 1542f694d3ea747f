package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// ConnectionFinder finds the connection that a draft means.
type ConnectionFinder interface {
	// Connection returns NotFound for another user's connection as for an absent one.
	Connection(ctx context.Context, user string, id uuid.UUID) (Connection, error)
	// Usable returns the user's connections to a connector that are not disconnected.
	Usable(ctx context.Context, user, connector string) ([]Connection, error)
}

// subject finds the connection that the draft means, and what is remembered of the record on it.
func (p *Planner) subject(ctx context.Context, d Draft) (Connection, Link, error) {
	if d.ConnectionID != "" {
		id, err := uuid.Parse(d.ConnectionID)
		if err != nil {
			return Connection{}, Link{}, NoSuchConnection()
		}
		return p.subjects.Subject(ctx, d.User, id, d.Object, d.RecordID)
	}
	connection, err := p.only(ctx, d)
	if err != nil {
		return Connection{}, Link{}, err
	}
	link, err := p.subjects.Link(ctx, connection.ID, d.Object, d.RecordID)
	return connection, link, err
}

// only finds the one connection of the user to the draft's connector.
func (p *Planner) only(ctx context.Context, d Draft) (Connection, error) {
	found, err := p.subjects.Usable(ctx, d.User, d.Connector)
	found = Preferred(found)
	switch {
	case err != nil:
		return Connection{}, err
	case len(found) == 0:
		return Connection{}, &Error{Code: NotFound, Detail: "The user has no connection to this CRM.", Remedy: "Connect the CRM first."}
	case len(found) > 1:
		return Connection{}, &Error{
			Code:   InvalidRequest,
			Detail: fmt.Sprintf("The user has %d connections to this CRM.", len(found)),
			Remedy: "Name one by connectionId.",
			Fields: []FieldError{{Field: "/connector", Code: "ambiguous", Message: "Several connections match; give connectionId instead."}},
		}
	}
	return found[0], nil
}

// Preferred leaves out attempts to connect that nobody has finished, where there is a finished connection beside them.
func Preferred(connections []Connection) []Connection {
	finished := slices.DeleteFunc(slices.Clone(connections), func(c Connection) bool {
		return c.Status == Pending || c.Status == NeedsInput
	})
	if len(finished) > 0 {
		return finished
	}
	return connections
}

// Ready refuses a connection that cannot be used.
func Ready(c Connection) error {
	switch c.Status {
	case Active:
		return nil
	case NeedsReconnect:
		return &Error{Code: ReconnectRequired, Detail: refusedByCRM}
	case Disconnected:
		return &Error{Code: ConnectionNotReady, Detail: "This connection was disconnected.", Remedy: "Reconnect it, or connect the CRM anew."}
	case NeedsInput:
		return &Error{Code: ConnectionNotReady, Detail: "This connection waits for the CRM's keys.", Remedy: "Give the keys that its inputSchema asks for."}
	}
	return &Error{Code: ConnectionNotReady, Detail: "This connection waits for the user's consent in the CRM."}
}

// NoSuchConnection is the answer for an absent connection, another user's, and an id that is none.
func NoSuchConnection() *Error {
	return &Error{Code: NotFound, Detail: "There is no such connection."}
}
