package crm

import (
	"errors"
	"fmt"
	"time"
)

// Code is a failure class. The vocabulary is closed and shared by the API's problems, send rows, metric labels and
// the user interface; openapi.yaml lists it as ErrorCode.
type Code string

// The closed vocabulary.
const (
	InvalidRequest       Code = "invalid_request"
	Unauthorized         Code = "unauthorized"
	Forbidden            Code = "forbidden"
	NotFound             Code = "not_found"
	Conflict             Code = "conflict"
	IdempotencyKeyReused Code = "idempotency_key_reused"
	RequestInProgress    Code = "request_in_progress"
	PreviewOutdated      Code = "preview_outdated"
	PayloadTooLarge      Code = "payload_too_large"
	InvalidRecord        Code = "invalid_record"
	MappingIncomplete    Code = "mapping_incomplete"
	ConnectionNotReady   Code = "connection_not_ready"
	ReconnectRequired    Code = "reconnect_required"
	RateLimited          Code = "rate_limited"
	CRMRejected          Code = "crm_rejected"
	CRMDuplicate         Code = "crm_duplicate"
	CRMRecordGone        Code = "crm_record_gone"
	OutcomeUnknown       Code = "outcome_unknown"
	UpstreamUnavailable  Code = "upstream_unavailable"
	StorageUnavailable   Code = "storage_unavailable"
	Internal             Code = "internal"
	MethodNotAllowed     Code = "method_not_allowed"
	UnsupportedMediaType Code = "unsupported_media_type"
)

// Error is what every use case and port returns for an expected failure. Detail and Remedy are sentences for people and
// may leave the service; Err is the inner cause, for the log only.
type Error struct {
	Code       Code
	Detail     string        // what went wrong, where
	Said       string        // the CRM's own words, after Detail; they may quote the record and stay out of the log
	Remedy     string        // what to do; empty: the code's usual remedy
	Fields     []FieldError  // faults by field, where there are any
	RetryAfter time.Duration // 0: not known
	SendID     string        // the send this is about, if any
	Gone       bool          // with NotFound: it was there once, and will not come back
	Err        error
}

// FieldError is one field's fault. Field is a key of the host's record, or a JSON pointer into a request.
type FieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Errorf makes an Error with a detail; a %w verb keeps the cause for the log as well.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Detail: err.Error(), Err: errors.Unwrap(err)}
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s (%v)", e.Code, e.Detail, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of err: Internal for anything that is no [Error].
func CodeOf(err error) Code {
	var e *Error
	if asError(err, &e) {
		return e.Code
	}
	return Internal
}

func asError(err error, target **Error) bool { return errors.As(err, target) }

// Retryable reports whether the same request may succeed later without anybody changing anything.
func (c Code) Retryable() bool {
	switch c {
	case RequestInProgress, RateLimited, UpstreamUnavailable, StorageUnavailable, Internal:
		return true
	}
	return false
}

// Remedy is the usual advice for a code, a sentence that can be shown to a person.
func (c Code) Remedy() string {
	if r, ok := remedies[c]; ok {
		return r
	}
	return remedies[Internal]
}

var remedies = map[Code]string{
	InvalidRequest:       "Correct the request as the details say and try again.",
	Unauthorized:         "Sign in again, or call with a valid key or session token.",
	Forbidden:            "Ask the platform's operator for access.",
	NotFound:             "Check the id, and that it belongs to the user named in the request.",
	Conflict:             "Load the current state and try again.",
	IdempotencyKeyReused: "Use a new key for a new request, and the same key only to repeat the very same one.",
	RequestInProgress:    "The same record is being sent right now; wait a moment and look at the result.",
	PreviewOutdated:      "Something has changed since the preview. Look at a new preview, then send.",
	PayloadTooLarge:      "Send less at once.",
	InvalidRecord:        "Correct the fields named here, then send again.",
	MappingIncomplete:    "This object cannot be sent to this CRM with the present mapping; ask the platform's operator to complete it.",
	ConnectionNotReady:   "Finish connecting the CRM first.",
	ReconnectRequired:    "Connect the CRM again; nothing that was sent before is lost.",
	RateLimited:          "The CRM asks for a pause; try again a little later.",
	CRMRejected:          "Correct what the CRM objects to, then send again.",
	CRMDuplicate:         "The CRM already has such a record; open it there, or change what makes them equal.",
	CRMRecordGone:        "The record was deleted in the CRM. Send it again to create it anew.",
	OutcomeUnknown:       "The CRM's answer was lost. The service looks in the CRM whether the record arrived; where it cannot, GET /v1/conflicts lists it for a person to settle. Until then it is not created again.",
	UpstreamUnavailable:  "The CRM cannot be reached at the moment; try again later.",
	StorageUnavailable:   "The service is short of its database; try again in a moment.",
	Internal:             "Try again; if it happens again, give the request id to the platform's support.",
	MethodNotAllowed:     "Use one of the methods that the Allow header names.",
	UnsupportedMediaType: "Send the body as application/json.",
}
