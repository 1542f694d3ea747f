package crm

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// ConnectionStore keeps users, connections and the flows that lead to them. Methods that name a user take the host's id
// and answer NotFound for another user's connection.
type ConnectionStore interface {
	ConnectionFinder
	// Connections returns a page, newest first, without the disconnected ones.
	Connections(ctx context.Context, user string, p Page) ([]Connection, error)
	// EnsureUser returns the user, made if need be.
	EnsureUser(ctx context.Context, externalID string) (User, error)
	// SetAlloyUser stores Alloy's id of the user.
	SetAlloyUser(ctx context.Context, id uuid.UUID, alloyID string) error
	// Open stores a connection that waits, reusing the one that already waits for the same connector, and its flow.
	Open(ctx context.Context, c Connection, f *Flow) (Connection, error)
	// BeginFlow stores a new flow of a connection, which waits from now on unless it is usable; it ends the user's older
	// flows for the same connector. Conflict where the connection was disconnected since it was read.
	BeginFlow(ctx context.Context, c Connection, f Flow) (Connection, error)
	// ConsumeFlow uses a state up, that of a fulfilled flow too. NotFound for an unknown state; NotFound with Gone for a
	// used, expired or superseded one.
	ConsumeFlow(ctx context.Context, stateHash []byte) (Flow, Connection, error)
	// Fulfilled reports whether the flow has led to a credential, and returns its connection as it is now.
	Fulfilled(ctx context.Context, f Flow) (Connection, bool, error)
	// LiveFlow returns the user's flow for a connector that has not ended, with its connection.
	LiveFlow(ctx context.Context, user uuid.UUID, connector string) (Flow, Connection, bool, error)
	// CheckableFlow returns the flow that a waiting connection hopes for, at most once per interval.
	CheckableFlow(ctx context.Context, connection uuid.UUID, interval time.Duration) (Flow, bool, error)
	// Activate gives the connection a credential, retires the one it had and ends its flows. It holds for the flow that
	// led to the credential, or without one (nil) for the connection as it was read. Conflict, and nothing, where that
	// flow has ended, the connection has changed, or another connection has the credential.
	Activate(ctx context.Context, c Connection, f *Flow, credential Credential) (Connection, error)
	// NoteReason stores why a connection still waits.
	NoteReason(ctx context.Context, connection uuid.UUID, reason string) (Connection, error)
	// CredentialsInUse returns the ids that the user's connections have, or that are about to be deleted.
	CredentialsInUse(ctx context.Context, user uuid.UUID) ([]string, error)
	// Disconnect ends local use and queues the credential's deletion; doing it twice is no error.
	Disconnect(ctx context.Context, user string, id uuid.UUID) error
}

// ConnectConfig is what connecting needs to know of the installation. PublicURL is where Alloy sends browsers back to,
// without a trailing slash. ReturnURLs is matched to the letter.
type ConnectConfig struct {
	PublicURL      string
	ReturnURLs     []string
	StateTTL       time.Duration
	UsernamePrefix string
	Now            func() time.Time
	Logger         zerolog.Logger
	Wake           func() // told when a credential waits for deletion
}

// Connections connects users to CRMs, and keeps them connected.
//
//	Start ─▶ adopt an existing credential ──────────────────────────────▶ active
//	      ─▶ keys given ─▶ credential at Alloy ─────────────────────────▶ active
//	      ─▶ keys awaited: needs_input ─▶ Reconnect with them ──────────▶ active
//	      ─▶ consent: pending ─▶ browser ─▶ Callback ─▶ new credential ─▶ active
//	                                          └▶ not listed yet: pending; Get looks again
type Connections struct {
	store   ConnectionStore
	vault   Vault
	catalog *Catalog
	config  ConnectConfig
}

// NewConnections wires the use cases.
func NewConnections(s ConnectionStore, v Vault, c *Catalog, config ConnectConfig) *Connections {
	return &Connections{store: s, vault: v, catalog: c, config: config}
}

// List returns a page of the user's connections, newest first.
func (c *Connections) List(ctx context.Context, user string, p Page) ([]Connection, error) {
	return c.store.Connections(ctx, user, p)
}

// Get returns one connection. One that waits for a consent is looked up at Alloy first, at most once a second.
func (c *Connections) Get(ctx context.Context, user, id string) (Connection, error) {
	found, err := c.find(ctx, user, id)
	if err != nil || found.Status == NeedsInput || found.Status == Disconnected {
		return found, err
	}
	flow, due, err := c.store.CheckableFlow(ctx, found.ID, time.Second)
	if err != nil || !due {
		return found, err
	}
	settled, ok, err := c.settle(ctx, found, flow)
	if err != nil {
		// The connection itself is known; that Alloy could not be asked is for the log.
		c.config.Logger.Warn().Err(err).Stringer("connection_id", found.ID).Msg("credentials could not be listed")
		return found, nil
	}
	if ok {
		return settled, nil
	}
	return found, nil
}

// Disconnect ends local use at once. The credential is deleted at Alloy in the background.
func (c *Connections) Disconnect(ctx context.Context, user, id string) error {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return NoSuchConnection()
	}
	if err := c.store.Disconnect(ctx, user, parsed); err != nil {
		return err
	}
	c.config.Wake()
	return nil
}

func (c *Connections) find(ctx context.Context, user, id string) (Connection, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Connection{}, NoSuchConnection()
	}
	return c.store.Connection(ctx, user, parsed)
}

// checkReturnURL compares to the letter: anything cleverer has been a way in elsewhere.
func (c *Connections) checkReturnURL(url string) error {
	if url == "" || slices.Contains(c.config.ReturnURLs, url) {
		return nil
	}
	return &Error{
		Code:   InvalidRequest,
		Detail: "The return URL is not on this service's list.",
		Remedy: "Use one of the RETURN_URLS to the letter, or have this one added by the operator.",
		Fields: []FieldError{{Field: "/returnUrl", Code: "not_listed", Message: "Not one of the configured return URLs."}},
	}
}

// alloyUser makes sure that the host's user is one of Alloy's, lazily, at the first connect.
func (c *Connections) alloyUser(ctx context.Context, externalID string) (User, error) {
	user, err := c.store.EnsureUser(ctx, externalID)
	if err != nil || user.AlloyID != "" {
		return user, err
	}
	user.AlloyID, err = c.vault.EnsureUser(ctx, username(c.config.UsernamePrefix, externalID))
	if err != nil {
		return user, err
	}
	return user, c.store.SetAlloyUser(ctx, user.ID, user.AlloyID)
}
