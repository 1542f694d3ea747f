package crm

import (
	"context"
	"encoding/json"
	"time"
)

// Call is one execution of a CRM action. UserID (Alloy's) and CredentialID are mandatory. Body is the CRM's own request
// body, transmitted byte for byte; empty: none.
type Call struct {
	UserID       string
	CredentialID string
	Connector    string
	Action       string
	Request      Request
}

// Request is what the CRM gets, under Alloy's requestBody, pathParams and queryParameters.
type Request struct {
	Body       json.RawMessage
	PathParams map[string]string
	Query      map[string]string
}

// Answer is a success. Data is the CRM's own body: empty, or JSON.
type Answer struct {
	Data        json.RawMessage
	ExecutionID string // Alloy's, empty where it gives none
}

// Effect says what a failed call may have done at the CRM.
type Effect int

const (
	// MayHaveHappened is the zero value, so that a failure nobody has thought about is treated as the dangerous one.
	MayHaveHappened Effect = iota
	// NotExecuted is certain: the request never left, or was turned away at the door (429, connection refused).
	NotExecuted
	// Refused is certain: the CRM, or Alloy, looked at the request and said no.
	Refused
)

// CallError is a failed call. Code is one of ReconnectRequired, RateLimited, CRMRejected, CRMDuplicate, CRMRecordGone,
// UpstreamUnavailable, Internal. Fields name the CRM's fields. Message is the CRM's own sentence, bounded and without
// secrets; it may be shown to the user.
type CallError struct {
	Code         Code
	Effect       Effect
	Message      string
	Fields       []FieldError
	RetryAfter   time.Duration
	ExecutionID  string
	ExistingID   string // with CRMDuplicate: the CRM's id of the record that is there already, if it says
	Held         bool   // the call was never made: it was held back here
	UnknownCred  bool   // Alloy said "Credential not found", which is no proof of a revocation
	UpstreamCode string // Alloy's or the CRM's own code, for the log
	Status       int    // HTTP status, 0 where there was no answer
	Err          error
}

func (e *CallError) Error() string {
	if e.Err != nil {
		return string(e.Code) + ": " + e.Message + " (" + e.Err.Error() + ")"
	}
	return string(e.Code) + ": " + e.Message
}

func (e *CallError) Unwrap() error { return e.Err }

// Executor runs CRM actions. Every error is a *CallError. It never retries.
type Executor interface {
	Execute(ctx context.Context, c Call) (Answer, error)
}
