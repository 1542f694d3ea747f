package alloy

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"sendtocrm/internal/crm"
)

// findings are what an answer that reports a failure says, wherever it says it.
type findings struct {
	http       int       // the status of Alloy's answer
	envelope   int       // the statusCode in its body; 0: none
	alloy      complaint // Alloy's words; empty where it has none
	crm        complaint // the CRM's
	fromCRM    bool      // the CRM has answered, so that statuses and texts may be its own
	recordID   bool      // the call addressed a record by its path
	retryAfter time.Duration
}

// verdict decides what a failure means, in this order: a code of Alloy's that leaves no doubt, a rate limit in any
// form, the CRM's own code, the status. Whatever is left over may have happened.
func (f findings) verdict() *crm.CallError {
	e := &crm.CallError{Code: crm.CRMRejected, Effect: crm.Refused, Message: f.message(), UpstreamCode: f.upstreamCode()}
	e.Fields = f.crm.fields
	if len(e.Fields) == 0 {
		e.Fields = f.alloy.fields
	}
	switch {
	case f.alloy.code == "INVALID_CREDENTIAL", f.status() == http.StatusUnauthorized && credentialEnded.MatchString(f.alloy.message):
		e.Code = crm.ReconnectRequired
	case f.rateLimited():
		e.Code, e.Effect, e.RetryAfter = crm.RateLimited, crm.NotExecuted, f.retryAfter
	case f.credentialMissing():
		e.UnknownCred = true
	case f.crm.class != unclassified && !(f.crm.class == presumed && f.status() > 499):
		f.byClass(e)
	default:
		f.byStatus(e)
	}
	return e
}

// byClass follows the CRM's own code.
func (f findings) byClass(e *crm.CallError) {
	switch f.crm.class {
	case unauthenticated:
		e.Code = crm.ReconnectRequired
	case duplicate:
		e.Code = crm.CRMDuplicate
		if usableID(f.crm.existingID) {
			e.ExistingID = f.crm.existingID
		}
	case gone:
		if f.recordID {
			e.Code = crm.CRMRecordGone
		}
	case busy:
		e.Code, e.Effect, e.RetryAfter = crm.UpstreamUnavailable, crm.NotExecuted, f.retryAfter
	}
}

// refusals are Alloy's codes that say no before anything is done.
var refusals = map[string]bool{
	"VALIDATION_ERROR": true, "INVALID_INPUT": true, "AUTHENTICATION_NOT_FOUND": true,
}

// byStatus follows the HTTP status, Alloy's or the one it passes on. 5xx anywhere, 408 and redirects leave the outcome
// open, and so does a failure with a status of success whose code is not known.
func (f findings) byStatus(e *crm.CallError) {
	status := f.status()
	switch {
	case refusals[f.alloy.code]:
		if f.alloy.code == "VALIDATION_ERROR" && sameRecord.MatchString(e.Message) {
			f.duplicateInWords(e)
		}
	case status == http.StatusUnauthorized && !f.fromCRM:
		e.Code, e.Message = crm.Internal, "The service could not sign in at Alloy."
	case status == http.StatusUnauthorized:
		e.Code = crm.ReconnectRequired
	case status == http.StatusNotFound || status == http.StatusGone || f.alloy.code == "RECORD_NOT_FOUND":
		if f.recordID && f.aboutRecord() {
			e.Code = crm.CRMRecordGone
		}
	case status == http.StatusRequestTimeout || status < 400 || status > 499:
		e.Code, e.Effect, e.RetryAfter = crm.UpstreamUnavailable, crm.MayHaveHappened, f.retryAfter
	case sameRecord.MatchString(e.Message) || existingIDIn(e.Message) != "":
		f.duplicateInWords(e)
	}
}

func (f findings) duplicateInWords(e *crm.CallError) {
	e.Code, e.ExistingID = crm.CRMDuplicate, existingIDIn(e.Message)
}

// status is the one that counts: a 5xx wherever it stands, because it is the one that leaves the outcome open; else the
// innermost. Below 400 where the failure has none.
func (f findings) status() int {
	innermost := f.http
	for _, s := range []int{f.http, f.alloy.status, f.envelope, f.crm.status} {
		if s > 499 {
			return s
		}
		if s >= 400 {
			innermost = s
		}
	}
	return innermost
}

func (f findings) rateLimited() bool {
	for _, s := range []int{f.http, f.alloy.status, f.envelope, f.crm.status} {
		if s == http.StatusTooManyRequests {
			return true
		}
	}
	return f.alloy.code == "RATE_LIMIT_EXCEEDED" || f.alloy.code == "TOO_MANY_REQUESTS" || f.crm.class == throttled
}

// credentialMissing is Alloy's "Credential not found". It is no proof of a revocation: a call as another user gets it too.
func (f findings) credentialMissing() bool {
	return f.alloy.code == "CREDENTIAL_NOT_FOUND" || strings.Contains(strings.ToLower(f.alloy.message), "credential not found")
}

// credentialEnded is Alloy's sentence about the user's credential, for the form of an error that has no code of its own.
var credentialEnded = regexp.MustCompile(`(?i)\bcredential\b.*\b(expired|revoked)\b`)

// alloysOwn are the things of Alloy's that can be absent. Their absence says nothing about a record.
var alloysOwn = regexp.MustCompile(`(?i)\b(action|connector|credential|user|authentication|route|endpoint|page` +
	`|cannot (get|post|put|patch|delete))\b`)

// aboutRecord reports whether a 404 is about the CRM's record: because the CRM says so, or because the words name
// something that is not Alloy's own.
func (f findings) aboutRecord() bool {
	if f.fromCRM || f.alloy.code == "RECORD_NOT_FOUND" {
		return true
	}
	said := strings.ToLower(f.message())
	return strings.Contains(said, "not found") && strings.Trim(said, " .") != "not found" && !alloysOwn.MatchString(said)
}

// message is the CRM's own sentence, else Alloy's, else one that says how little is known.
func (f findings) message() string {
	for _, m := range []string{f.crm.message, f.alloy.message} {
		if m != "" {
			return m
		}
	}
	return fmt.Sprintf("The CRM or Alloy answered with HTTP %d and no explanation.", f.status())
}

func (f findings) upstreamCode() string {
	if f.crm.code != "" {
		return f.crm.code
	}
	return f.alloy.code
}
