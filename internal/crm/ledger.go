package crm

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/mapping"
)

// Ledger is the durable memory of sends. Its leases run by the database's clock. Every error is StorageUnavailable where
// the database cannot be reached, and otherwise as said.
type Ledger interface {
	// Begin commits a `sending` row and takes the record's lease, or says why it did not. An expired lease is settled
	// on the way. A send that is Unchanged is committed as succeeded, under the same conditions and without a lease.
	Begin(ctx context.Context, in Intent) (Begun, error)
	// Renew prolongs the claim's lease; false: it was lost to another.
	Renew(ctx context.Context, c Claim, ttl time.Duration) (bool, error)
	// Amend commits, before the call, that the send will do something else than it began with. Conflict: the lease was
	// lost. CRMDuplicate: the CRM record belongs to another record.
	Amend(ctx context.Context, c Claim, a Amendment) error
	// Finish commits the outcome, the link and the release of the lease. Where the lease was lost meanwhile, the outcome of
	// a create still counts as long as the record waits for exactly that; otherwise it returns Conflict and changes nothing.
	Finish(ctx context.Context, c Claim, o Outcome) (Finished, error)
	// Enqueue commits a `queued` row and the job that will attend to it.
	Enqueue(ctx context.Context, in Intent) (Send, error)
	// Send returns NotFound for another user's send as for an absent one.
	Send(ctx context.Context, user string, id uuid.UUID) (Send, error)
	// Holder is the host's id of the record that is linked to a CRM record; empty: none is.
	Holder(ctx context.Context, connection uuid.UUID, object, crmRecordID string) (recordID string, err error)
}

// Queue is the part of the ledger that waiting sends need.
type Queue interface {
	// Waiting returns NotFound for an absent send.
	Waiting(ctx context.Context, id uuid.UUID) (Waiting, error)
	// Postpone puts a queued or unknown send off, and notes why.
	Postpone(ctx context.Context, id uuid.UUID, by time.Duration, f *Failure) error
	// Dismiss ends a queued send as failed.
	Dismiss(ctx context.Context, id uuid.UUID, f Failure) error
	// Settle stores what a look-up found out about an unknown send. It does nothing if the send is no longer unknown.
	Settle(ctx context.Context, id uuid.UUID, s Settlement) error
}

// Keys remembers what idempotency keys were used for.
type Keys interface {
	// Key returns false for a key that is not known.
	Key(ctx context.Context, user, value string) (KeyUse, bool, error)
	// BindKey notes a key for a send that another request began. Conflict: the key is taken.
	BindKey(ctx context.Context, user string, k Key, send uuid.UUID) error
	// KeepAnswer keeps the first answer given for a key and returns the one that is kept.
	KeepAnswer(ctx context.Context, user, key string, a KeptAnswer) (KeptAnswer, error)
}

// Intent is a send about to be made, or queued. Revision is the link's, as planned.
type Intent struct {
	Send     Send
	Claim    uuid.UUID       // names this one taking of the lease
	Draft    json.RawMessage // the record's fields as the host gave them
	Expect   string
	Before   View // with an update: what stood in the fields that it changes, as far as known
	Revision int64
	LeaseTTL time.Duration
	Key      *Key
	Resume   bool // the send is queued already
	RuledOut []string
	Pace     Pace
}

// Begun is Begin's answer. Holder is the send that has the lease (Busy), or that is not settled (Blocked).
type Begun struct {
	State        BeginState
	Claim        Claim
	Send         Send // with Granted: the row as committed
	Holder       uuid.UUID
	HolderDigest string
	HolderStatus SendStatus
	Open         bool          // with Blocked: a person has to settle it
	Wait         time.Duration // with Granted: how long the CRM may not be called yet
	Rounds       int           // with Granted: how often the send was attended to before
	Crowded      bool          // with Granted: Wait is longer than the pace's MaxWait, and no slot was taken
}

// BeginState says whether a send may go ahead.
type BeginState int

// Begin's answers.
const (
	Granted BeginState = iota
	Busy               // another send of this record is under way, or was queued before
	Stale              // the link has changed since the plan was made
	Blocked            // an earlier create of this record has no known outcome
)

// Claim is the right to call the CRM for one record. Token fences: a later holder's is higher, and an outcome is only
// taken from the present one.
type Claim struct {
	ID     uuid.UUID // the intent's
	SendID uuid.UUID
	LinkID uuid.UUID
	Token  int64
	Record string // sorts claims as their records sort
}

// Amendment replaces what a send does: an update of a record that was found (CRMRecordID is set), or a create in place of
// one that is gone.
type Amendment struct {
	Operation   Operation
	Action      string
	Digest      string
	CRMRecordID string
	CRMURL      string
}

// Outcome is what a call came to.
type Outcome struct {
	Status      SendStatus
	CRMRecordID string
	CRMURL      string
	ExecutionID string
	Attempts    int // calls made, earlier ones included
	Failure     *Failure
	View        View          // with Succeeded: what the CRM now holds
	Unlink      bool          // the CRM record is gone
	Uncertain   bool          // an update may have happened
	DueIn       time.Duration // with Queued: when to try again; with Unknown: how long it may still happen
	Candidates  []Candidate   // with NeedsReview
	Undoes      uuid.UUID     // with Succeeded: the send that is taken back by it
}

// Finished is Finish's answer. At is zero for a send that is not at its end. Late: the lease had been lost, and others may
// have seen the send as unknown.
type Finished struct {
	At   time.Time
	Late bool
}

// Candidate is a CRM record that may be the host's.
type Candidate struct {
	CRMRecordID string         `json:"crmRecordId"`
	URL         string         `json:"url,omitempty"`
	Fields      mapping.Fields `json:"fields"` // universal
}

// Waiting is a send that waits, with what it takes to go on. Ages are by the database's clock.
type Waiting struct {
	Send
	User       string
	Draft      json.RawMessage // empty: no longer kept, or not readable
	Expect     string
	Rounds     int
	Lookups    int
	Recreated  int
	RuledOut   []string
	Ahead      bool          // another send of the record goes first
	Age        time.Duration // since it was first tried, or last set on its way by a person or a reconnect
	UnknownFor time.Duration
}

// Settlement is what a look-up says about an unknown send.
type Settlement struct {
	Status      SendStatus // Succeeded; Queued: send it again; NeedsReview; Unknown: not found (yet)
	CRMRecordID string     // with Succeeded, and with Queued where there is a record to update
	CRMURL      string
	View        View // with Succeeded: what the CRM was seen to hold
	Candidates  []Candidate
	LookAgainIn time.Duration // with Unknown
	AskPerson   bool          // with Unknown: nothing more can be found out by looking
}

// KeyUse is what a key was used for. Answer is nil as long as none was kept.
type KeyUse struct {
	Fingerprint []byte
	Send        Send
	Answer      *KeptAnswer
}

// KeptAnswer is an answer byte for byte.
type KeptAnswer struct {
	Status int
	Body   []byte
}

// Pace is a connection's configured rate: one call each Interval, Burst at once. MaxWait bounds how far ahead a slot may
// be taken. Interval 0: not limited.
type Pace struct {
	Interval time.Duration
	Burst    int
	MaxWait  time.Duration
}

// Pacer spreads the calls of a connection over time, for all replicas together.
type Pacer interface {
	// Reserve takes the next slot; false: it is further away than p.MaxWait, and was not taken.
	Reserve(ctx context.Context, connection uuid.UUID, p Pace) (wait time.Duration, ok bool, err error)
	// Paused is what is left of a pause that the CRM asked for.
	Paused(ctx context.Context, connection uuid.UUID) (time.Duration, error)
	// Throttled notes that the CRM asked for a pause, and slows the connection down.
	Throttled(ctx context.Context, connection uuid.UUID, pause time.Duration) error
}
