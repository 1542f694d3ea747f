package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

// kinds is the one place where a code becomes an HTTP status and a title.
var kinds = map[crm.Code]struct {
	status int
	title  string
}{
	crm.InvalidRequest:       {http.StatusBadRequest, "The request is not valid"},
	crm.Unauthorized:         {http.StatusUnauthorized, "The caller is not known"},
	crm.Forbidden:            {http.StatusForbidden, "The caller may not do this"},
	crm.NotFound:             {http.StatusNotFound, "There is no such thing"},
	crm.Conflict:             {http.StatusConflict, "The request does not fit the present state"},
	crm.IdempotencyKeyReused: {http.StatusUnprocessableEntity, "The idempotency key belongs to another request"},
	crm.RequestInProgress:    {http.StatusConflict, "The same is under way already"},
	crm.PreviewOutdated:      {http.StatusConflict, "The preview is out of date"},
	crm.PayloadTooLarge:      {http.StatusRequestEntityTooLarge, "The body is too large"},
	crm.InvalidRecord:        {http.StatusUnprocessableEntity, "The record cannot be sent as it is"},
	crm.MappingIncomplete:    {http.StatusUnprocessableEntity, "The mapping does not cover this"},
	crm.ConnectionNotReady:   {http.StatusConflict, "The connection is not ready"},
	crm.ReconnectRequired:    {http.StatusConflict, "The CRM has to be connected again"},
	crm.RateLimited:          {http.StatusTooManyRequests, "Too many requests"},
	crm.CRMRejected:          {http.StatusUnprocessableEntity, "The CRM refused the record"},
	crm.CRMDuplicate:         {http.StatusConflict, "The CRM has such a record already"},
	crm.CRMRecordGone:        {http.StatusConflict, "The CRM record is gone"},
	crm.OutcomeUnknown:       {http.StatusConflict, "The outcome of an earlier send is not known"},
	crm.UpstreamUnavailable:  {http.StatusBadGateway, "The CRM cannot be reached"},
	crm.StorageUnavailable:   {http.StatusServiceUnavailable, "The database cannot be reached"},
	crm.Internal:             {http.StatusInternalServerError, "Something went wrong"},
	crm.MethodNotAllowed:     {http.StatusMethodNotAllowed, "The method is not allowed"},
	crm.UnsupportedMediaType: {http.StatusUnsupportedMediaType, "The media type is not supported"},
}

// statusClientClosed is what the log says of a caller who went away; nobody reads the answer.
const statusClientClosed = 499

// writeProblem is the one place where an error becomes an answer. Only what a [crm.Error] says in Detail, Remedy and
// Fields leaves the service; the inner cause goes into the request's log line.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	note(r, err)
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(statusClientClosed)
		return
	}
	p := problem(r, err)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Del("Location")
	if after := retryAfter(err, crm.Code(p.Code)); after > 0 {
		h.Set("Retry-After", strconv.Itoa(after))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="send-to-crm"`)
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // the caller may be gone; there is nobody left to tell
	}
}

func problem(r *http.Request, err error) oapi.Problem {
	var e *crm.Error
	if !errors.As(err, &e) {
		e = &crm.Error{Code: crm.Internal}
	}
	kind, ok := kinds[e.Code]
	if !ok {
		e, kind = &crm.Error{Code: crm.Internal}, kinds[crm.Internal]
	}
	detail := e.Detail
	if e.Code == crm.Internal || detail == "" {
		detail = kind.title + "."
	}
	if e.Said != "" {
		detail += " " + e.Said
	}
	p := oapi.Problem{
		Type: "/docs/errors#" + string(e.Code), Title: kind.title, Status: kind.status, Detail: detail,
		Instance: r.URL.EscapedPath(), Code: oapi.ErrorCode(e.Code), RequestId: requestID(r.Context()),
		Retryable: e.Code.Retryable(), Remedy: e.Remedy,
	}
	if p.Remedy == "" {
		p.Remedy = e.Code.Remedy()
	}
	if e.Gone {
		p.Status = http.StatusGone
	}
	if e.Code == crm.UpstreamUnavailable && e.RetryAfter > 0 {
		p.Status = http.StatusServiceUnavailable
	}
	if e.SendID != "" {
		p.SendId = &e.SendID
	}
	if fields := fieldErrors(e.Fields); len(fields) > 0 {
		p.Errors = &fields
	}
	return p
}

func fieldErrors(fields []crm.FieldError) []oapi.FieldError {
	named := make([]oapi.FieldError, len(fields))
	for i, f := range fields {
		named[i] = oapi.FieldError{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return named
}

// retryAfter is in whole seconds; 0 for codes that promise nothing.
func retryAfter(err error, code crm.Code) int {
	var e *crm.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return int(math.Ceil(e.RetryAfter.Seconds()))
	}
	switch code {
	case crm.RateLimited, crm.RequestInProgress, crm.StorageUnavailable:
		return 1
	}
	return 0
}
