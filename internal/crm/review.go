package crm

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Review is what waits for a person: which of several CRM records is meant (match), or whether a create of which the
// answer was lost has happened (outcome).
type Review struct {
	ID           uuid.UUID
	Kind         string
	ConnectionID uuid.UUID
	SendID       uuid.UUID
	Object       string
	RecordID     string
	Candidates   []Candidate
	CreatedAt    time.Time
	Choice       Choice // empty: open
	ResolvedAt   time.Time
}

// The kinds of a conflict.
const (
	MatchConflict   = "match"
	OutcomeConflict = "outcome"
)

// Choice is a person's answer.
type Choice string

// The choices for a match and for an outcome.
const (
	LinkChoice   Choice = "link"   // it is this CRM record
	CreateChoice Choice = "create" // the CRM does not have it: create it
	SkipChoice   Choice = "skip"   // do not send it
)

// Resolution settles a conflict.
type Resolution struct {
	Choice      Choice
	CRMRecordID string // with LinkChoice
}

// ReviewStore keeps what waits for a person.
type ReviewStore interface {
	// Conflicts returns a page of the user's open conflicts, newest first.
	Conflicts(ctx context.Context, user string, p Page) ([]Review, error)
	// Resolve returns NotFound for another user's conflict as for an absent one, and Conflict for a settled one.
	Resolve(ctx context.Context, user string, id uuid.UUID, r Resolution) (Review, error)
	// Requeue sets a send that has ended without success on its way again, or has a waiting one attended to now. NotFound,
	// Conflict (it cannot be repeated), RequestInProgress.
	Requeue(ctx context.Context, user string, id uuid.UUID) (Send, error)
}

// Reviews are the decisions that only a person can take.
type Reviews struct{ store ReviewStore }

// NewReviews wires the use case.
func NewReviews(s ReviewStore) *Reviews { return &Reviews{store: s} }

// Conflicts returns a page of what waits for a person, newest first.
func (r *Reviews) Conflicts(ctx context.Context, user string, p Page) ([]Review, error) {
	return r.store.Conflicts(ctx, user, p)
}

// Resolve does what the person chose: the send goes on, or is canceled. Errors: NotFound, InvalidRequest, Conflict.
func (r *Reviews) Resolve(ctx context.Context, user, id string, chosen Resolution) (Review, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Review{}, NoSuchConflict()
	}
	switch chosen.Choice {
	case LinkChoice:
		if !validRecordID(chosen.CRMRecordID) {
			return Review{}, badChoice("/crmRecordId", "The choice link needs the CRM's id of the record: 1 to 255 bytes without blanks.")
		}
	case CreateChoice, SkipChoice:
		if chosen.CRMRecordID != "" {
			return Review{}, badChoice("/crmRecordId", "Only the choice link takes a CRM record.")
		}
	default:
		return Review{}, badChoice("/choice", "This conflict takes link, create or skip.")
	}
	return r.store.Resolve(ctx, user, parsed, chosen)
}

// Retry repeats a send that failed or was canceled, and has a waiting one attended to now. Errors: those of
// [ReviewStore.Requeue].
func (r *Reviews) Retry(ctx context.Context, user, id string) (Send, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Send{}, NoSuchSend()
	}
	return r.store.Requeue(ctx, user, parsed)
}

// NoSuchConflict is the answer for an absent conflict, another user's, and an id that is none.
func NoSuchConflict() *Error { return &Error{Code: NotFound, Detail: "There is no such conflict."} }

func badChoice(field, message string) *Error {
	return &Error{Code: InvalidRequest, Detail: message, Fields: []FieldError{{Field: field, Code: "invalid", Message: message}}}
}

func validRecordID(id string) bool {
	if id == "" || len(id) > 255 {
		return false
	}
	for _, r := range id {
		if r <= ' ' || r == 0x7f || r == '\uFFFD' {
			return false
		}
	}
	return true
}
