package crm

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// User is a user of the host platform. ID is ours, ExternalID the host's (opaque, 1-255 bytes), AlloyID Alloy's, empty
// until the first connect.
type User struct {
	ID         uuid.UUID
	ExternalID string
	AlloyID    string
}

// ConnectionStatus says whether a connection can be used, and if not, what it waits for.
type ConnectionStatus string

// The states of a connection.
const (
	Pending        ConnectionStatus = "pending"         // the user has yet to consent
	NeedsInput     ConnectionStatus = "needs_input"     // keys or other inputs are awaited
	Active         ConnectionStatus = "active"          // usable
	NeedsReconnect ConnectionStatus = "needs_reconnect" // the CRM refuses the credential
	Disconnected   ConnectionStatus = "disconnected"    // ended by the user; its memory stays
)

// Connection is one user's access to one CRM account through one credential at Alloy. Its id outlives reconnects.
type Connection struct {
	ID                  uuid.UUID
	User                User
	Connector           string
	Label               string
	Status              ConnectionStatus
	StatusReason        string // a sentence for a person
	AuthenticationType  string
	CredentialID        string // Alloy's; empty until connected
	RetiredCredentialID string // replaced by a reconnect; deleted at Alloy after the first success of the new one
	AccountName         string
	Tailored            int64 // counts the changes to its mappings and sync settings; 0: all as shipped
	CreatedAt           time.Time
	UpdatedAt           time.Time
	PausedFor           time.Duration // what is left of a pause that the CRM asked for, as [Subjects] read it
	BusyFor             time.Duration // until the next turn of its pace, as [Subjects] read it
}

// Started is a connection as a connect or reconnect leaves it: with the address of the consent page, or with the schema
// of the inputs that are awaited. Both are empty for an active one.
type Started struct {
	Connection
	AuthorizationURL string
	InputSchema      json.RawMessage
}

// Flow is one run through a CRM's consent page. Only the hash of its state is kept. Known are the credentials the user
// had when it began: the one that is not among them is the new one.
type Flow struct {
	ID           uuid.UUID
	ConnectionID uuid.UUID
	StateHash    []byte
	ReturnURL    string
	Known        []string
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// Credential is a row of Alloy's list of a user's credentials; it carries no secret and no status.
type Credential struct {
	ID, Name, Type string
	CreatedAt      time.Time
}

// NewCredential is what Alloy needs for a new credential. UserID is mandatory: without it Alloy acts as the owner of the
// API key. Inputs are the connector's own, flat; they hold secrets.
type NewCredential struct {
	UserID      string
	Connector   string
	Type        string
	RedirectURI string // for methods with a redirect
	Inputs      json.RawMessage
}

// CredentialStarted is Alloy's answer: a consent page's address (secret, of single use), or the credential itself.
type CredentialStarted struct {
	AuthorizationURL string
	CredentialID     string
}

// Vault keeps credentials: Alloy. Every method refuses an empty userID.
type Vault interface {
	// EnsureUser returns Alloy's id of the user with this username, made if need be; safe to call concurrently.
	EnsureUser(ctx context.Context, username string) (userID string, err error)
	// CreateCredential returns CRMRejected, with the fields where Alloy names them, for inputs that Alloy refuses.
	CreateCredential(ctx context.Context, c NewCredential) (CredentialStarted, error)
	// Credentials returns the user's credentials for a connector, oldest first.
	Credentials(ctx context.Context, userID, connector string) ([]Credential, error)
	// DeleteCredential succeeds for one that is not there.
	DeleteCredential(ctx context.Context, userID, credentialID string) error
}
