package crm

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/mapping"
)

// Operation is what a send does at the CRM.
type Operation string

// The operations. An unchanged record is not sent at all.
const (
	Create    Operation = "create"
	Update    Operation = "update"
	Unchanged Operation = "unchanged"
	Delete    Operation = "delete" // takes a create back
)

// Send is one attempt to bring a record into a CRM, from the row that precedes the call to its outcome.
type Send struct {
	ID             uuid.UUID
	ConnectionID   uuid.UUID
	Connector      string
	Object         string
	RecordID       string
	Status         SendStatus
	Operation      Operation
	Action         string // empty where no call was needed
	CRMRecordID    string
	CRMURL         string
	ExecutionID    string
	Attempts       int // calls made
	Failure        *Failure
	MappingVersion int
	Digest         string
	Warnings       []mapping.Issue
	Undoes         uuid.UUID // the send that this one takes back, if any
	CreatedAt      time.Time
	CompletedAt    time.Time // zero while it is under way
	UndoneAt       time.Time // zero unless another send took it back
	Late           bool      // only in the answer to the send itself: it lost its lease, and others may have been told otherwise
}

// Failure is why a send did not succeed, as it is stored and shown. It holds no values of the record.
type Failure struct {
	Code       Code         `json:"code"`
	Detail     string       `json:"detail"`
	Fields     []FieldError `json:"fields,omitempty"`
	RetryAfter int          `json:"retryAfter,omitempty"` // seconds
}

// detail is empty for none.
func (f *Failure) detail() string {
	if f == nil {
		return ""
	}
	return f.Detail
}

// Err is the failure as an error that names the send.
func (f *Failure) Err(id uuid.UUID) *Error {
	return &Error{
		Code: f.Code, Detail: f.Detail, Fields: f.Fields, SendID: id.String(),
		RetryAfter: time.Duration(f.RetryAfter) * time.Second,
	}
}

// Draft is what a caller wants previewed or sent. Exactly one of ConnectionID and Connector is given.
type Draft struct {
	User         string // the host's id
	ConnectionID string
	Connector    string
	Object       string
	RecordID     string
	Fields       mapping.Fields
	Raw          json.RawMessage // Fields as they came; kept with the send
	Expect       string          // a digest the plan has to have; empty: any
	Key          *Key            // nil: the request has no idempotency key
	Async        bool            // queue it rather than wait for the CRM
	RuledOut     []string        // CRM records that a person says are not this one
	found        *memo           // what was found while the same send was planned before; nil: look each time
}

// Key is an idempotency key, scoped to the user. Fingerprint is a hash of the request that it stands for.
type Key struct {
	Value       string
	Fingerprint []byte
}

// View is what a CRM record is known to hold: canonical JSON values by target path.
type View map[string]json.RawMessage

// Link is what is remembered of a record on one connection. The zero Link is that of a record never sent.
type Link struct {
	CRMRecordID    string
	CRMURL         string
	View           View
	ViewCertain    bool  // false after an update whose answer was lost: the next one sends every field
	Revision       int64 // counts every change; a plan is good only for the revision it was made from
	MappingVersion int
	LastSentAt     time.Time
	Unresolved     uuid.UUID // the create whose outcome is not known, if any: nothing may be created meanwhile
}

// adopt makes a record that was found the link's; what it holds is not known.
func (l *Link) adopt(crmRecordID, url string) {
	l.CRMRecordID, l.CRMURL, l.View, l.ViewCertain = crmRecordID, url, nil, false
}

// Page asks for part of a list. Limit is 1 to 200. Cursor is the last id of the page before; zero: from the newest.
type Page struct {
	Limit  int
	Cursor uuid.UUID
}
