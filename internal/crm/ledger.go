package crm

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Ledger is the durable memory of sends. Its leases run by the database's clock. Errors of its methods are
// StorageUnavailable where the database cannot be reached, and NotFound where said.
type Ledger interface {
	// Link returns the zero Link for a record that was never sent.
	Link(ctx context.Context, connection uuid.UUID, object, recordID string) (Link, error)
	// Begin commits a `sending` row and takes the record's lease, or says why it did not. An expired lease is settled
	// on the way: its create becomes Unresolved, its update is safe to repeat. A send that is Unchanged is committed as
	// succeeded, under the same conditions and without a lease.
	Begin(ctx context.Context, in Intent) (Begun, error)
	// Renew prolongs the claim's lease; false: it was lost to another.
	Renew(ctx context.Context, c Claim, ttl time.Duration) (bool, error)
	// Finish commits the outcome, the link and the release of the lease. Where the lease was lost meanwhile, the outcome of
	// a create still counts as long as the record waits for exactly that; otherwise it returns Conflict and changes nothing.
	Finish(ctx context.Context, c Claim, o Outcome) (Send, error)
	// Send returns NotFound for another user's send as for an absent one.
	Send(ctx context.Context, user string, id uuid.UUID) (Send, error)
}

// Intent is a send about to be made. Revision is the link's, as planned.
type Intent struct {
	Send     Send
	Request  Request
	Revision int64
	LeaseTTL time.Duration
}

// Begun is Begin's answer. Holder is the send that has the lease (Busy) or that is not settled (Blocked).
type Begun struct {
	State        BeginState
	Claim        Claim
	Send         Send // with Granted: the row as committed
	Holder       uuid.UUID
	HolderDigest string
}

// BeginState says whether a send may go ahead.
type BeginState int

// Begin's answers.
const (
	Granted BeginState = iota
	Busy               // another send of this record is under way
	Stale              // the link has changed since the plan was made
	Blocked            // an earlier create of this record has no known outcome
)

// Claim is the right to call the CRM for one record. Token fences: a later holder's is higher, and an outcome is only
// taken from the present one.
type Claim struct {
	SendID uuid.UUID
	LinkID uuid.UUID
	Token  int64
}

// Outcome is what a call came to.
type Outcome struct {
	Status      SendStatus
	CRMRecordID string
	CRMURL      string
	ExecutionID string
	Attempts    int
	Failure     *Failure
	View        View // with Succeeded: what the CRM now holds
	Unlink      bool // the CRM record is gone
	Uncertain   bool // an update may have happened
}
