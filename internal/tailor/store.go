package tailor

import (
	"context"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Version is one state of a connection's overrides for one object. Number 0 is the definition untouched.
type Version struct {
	Number       int
	Overrides    []mapping.Override
	Actions      map[string]string // logical operation to action id, where a person chose or accepted one
	RestoredFrom int               // 0: from none
	CreatedAt    time.Time
}

// Tailoring is everything that a customer has set for one connection, by object.
type Tailoring struct {
	Versions map[string]Version
	Settings map[string]Settings
}

// Store keeps tailorings.
type Store interface {
	// Connection returns NotFound for another user's connection as for an absent one.
	Connection(ctx context.Context, user string, id uuid.UUID) (crm.Connection, error)
	// Tailoring returns the newest version of each object, and the settings.
	Tailoring(ctx context.Context, connection uuid.UUID) (Tailoring, error)
	// SaveVersion stores the version after base, with what the schemas say now, and forgets the oldest of many. What had
	// drifted under the former one is over, and the host is told. Conflict where base is not the newest.
	SaveVersion(ctx context.Context, connection uuid.UUID, object string, base int, v Version, w []Watch) (Version, error)
	// Versions returns a page of an object's versions, newest first, below the given number; 0: from the newest. A page
	// ends early where it grows too large; more: there are older ones.
	Versions(ctx context.Context, connection uuid.UUID, object string, below, limit int) (page []Version, more bool, err error)
	// Version returns one; NotFound.
	Version(ctx context.Context, connection uuid.UUID, object string, number int) (Version, error)
	// SaveSettings replaces the settings of the given objects and leaves the others.
	SaveSettings(ctx context.Context, connection uuid.UUID, s map[string]Settings) error
	// LastLinked is the CRM record that was sent last; empty: none was.
	LastLinked(ctx context.Context, connection uuid.UUID, object string) (crmRecordID string, err error)
	Watches
}

// Watches keeps what schemas said about mapped fields.
type Watches interface {
	// Watch returns NotFound for a mapping that was never used.
	Watch(ctx context.Context, connection uuid.UUID, object, operation string) (Watch, error)
	// SaveWatch stores a check. Where its drifts are others than those stored, the host is told: an event is written with
	// them. A watch of an older version than the newest changes nothing.
	SaveWatch(ctx context.Context, w Watch) error
	// DueWatches claims watches of usable connections that were last checked before a while, oldest first.
	DueWatches(ctx context.Context, age time.Duration, limit int) ([]Watch, error)
	// Drifts returns what has changed under the mappings of connections.
	Drifts(ctx context.Context, connections []uuid.UUID) (map[uuid.UUID][]Watch, error)
}

// Watch remembers what a schema said about a mapping's fields when the mapping was first used.
type Watch struct {
	ConnectionID uuid.UUID
	User         string // the host's id; in what DueWatches returns
	Object       string
	Operation    string
	Version      int // of the mapping
	Shape        mapping.Shape
	Drifts       []mapping.Drift // what has changed since
	Since        time.Time       // of the drifts; zero: none
}
