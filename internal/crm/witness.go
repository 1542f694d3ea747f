package crm

import (
	"context"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// CredentialKeeper is told what calls reveal about a connection's credential.
type CredentialKeeper interface {
	// CredentialRefused moves the connection to needs_reconnect, if it still uses this credential.
	CredentialRefused(ctx context.Context, connection uuid.UUID, credentialID, reason string) error
	// CredentialWorked lets the credential that a reconnect replaced be deleted at Alloy, if the connection still uses the
	// one that worked: after another reconnect, what was retired is that very one.
	CredentialWorked(ctx context.Context, connection uuid.UUID, credentialID string) error
}

// witness draws from each call what it says about the connection's credential, and logs the failed ones.
type witness struct {
	keeper CredentialKeeper
	vault  Vault
	worked func() // told when a replaced credential waits for deletion
	log    zerolog.Logger
}

// succeeded tells that a connection's credential is good, where that matters: after a reconnect.
func (w *witness) succeeded(ctx context.Context, c Connection) {
	if c.RetiredCredentialID == "" {
		return
	}
	if err := w.keeper.CredentialWorked(ctx, c.ID, c.CredentialID); err != nil {
		w.log.Warn().Err(err).Msg("the replaced credential could not be marked for deletion")
	}
	w.worked()
}

// failed logs a failed call and acts on what it says about the credential. The CRM's own sentence may quote the record: it
// is stored with the send, sealed, and stays out of the log.
func (w *witness) failed(ctx context.Context, c Connection, action string, call *CallError) {
	w.log.Warn().AnErr("cause", call.Err).Str("code", string(call.Code)).Str("connector", c.Connector).Str("action", action).
		Stringer("connection_id", c.ID).Str("upstream_code", call.UpstreamCode).Int("upstream_status", call.Status).
		Str("execution_id", call.ExecutionID).Msg("CRM call failed")
	w.judge(ctx, c, call)
}

// judge moves the connection to needs_reconnect when its credential is certainly of no use. "Credential not found" is
// believed only after a look at the list: Alloy also says it when a call runs as another user.
func (w *witness) judge(ctx context.Context, c Connection, call *CallError) {
	switch {
	case call.Code == ReconnectRequired:
	case call.UnknownCred:
		listed, err := w.vault.Credentials(ctx, c.User.AlloyID, c.Connector)
		if err != nil || hasCredential(listed, c.CredentialID) {
			return
		}
		call.Code = ReconnectRequired
	default:
		return
	}
	if err := w.keeper.CredentialRefused(ctx, c.ID, c.CredentialID, refusedByCRM); err != nil {
		w.log.Error().Err(err).Stringer("connection_id", c.ID).Msg("the refused credential could not be noted")
	}
}

const refusedByCRM = "The CRM no longer accepts this connection's credential."
