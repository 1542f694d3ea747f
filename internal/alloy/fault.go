package alloy

import (
	"context"
	"net/http"
	"strings"
	"time"

	"sendtocrm/internal/crm"
)

// ask makes a call that runs no CRM action and decodes its answer into out; nil: the answer's body is of no interest.
func (c *Client) ask(ctx context.Context, r request, out any) error {
	began := time.Now()
	answer, failure := c.do(ctx, r)
	var err error
	switch {
	case failure != nil:
		err = fault(r, failure)
	case out != nil:
		err = decode(r, answer, out)
	}
	outcome := "ok"
	if err != nil {
		outcome = string(crm.CodeOf(err))
	}
	c.report(ctx, r, began, outcome, failure)
	return err
}

// fault turns a failure into the error that the ports promise for calls that run no action.
func fault(r request, e *crm.CallError) *crm.Error {
	if refused, ok := e.Err.(*crm.Error); ok { //nolint:errorlint // set so in one place, never wrapped
		return refused // before it was sent
	}
	f := &crm.Error{Code: crm.UpstreamUnavailable, Detail: e.Message, RetryAfter: e.RetryAfter, Err: e}
	switch {
	case e.Code == crm.RateLimited:
		f.Code, f.Detail = crm.RateLimited, "Alloy asks for a pause."
	case e.Code == crm.Internal || e.Status == http.StatusForbidden:
		f.Code, f.Detail = crm.Internal, "Alloy does not accept the service's API key for this."
		f.Remedy = "The platform's operator has to check the Alloy API key."
	case e.UpstreamCode == "AUTHENTICATION_NOT_FOUND":
		f.Code, f.Detail = crm.InvalidRequest, "This CRM does not offer that authentication type."
	case missing(r, e):
		f.Code, f.Detail = crm.NotFound, "Alloy does not know "+r.subject+"."
	case e.Effect == crm.Refused && r.writes:
		f.Code, f.Fields = crm.CRMRejected, e.Fields
	case e.Effect == crm.Refused:
		f.Code, f.Detail = crm.Internal, "Alloy refused to tell about "+r.subject+"."
	}
	return f
}

// missing reports whether the call's subject is not there: by status, by code, or, where nothing but the subject can be
// meant, in words.
func missing(r request, e *crm.CallError) bool {
	if e.Status == http.StatusNotFound {
		return true
	}
	words := strings.ToLower(strings.TrimRight(e.Message, "."))
	return e.Effect == crm.Refused &&
		(e.UnknownCred || strings.HasSuffix(e.UpstreamCode, "NOT_FOUND") || !r.writes && strings.HasSuffix(words, "not found"))
}

// noAPI turns a 404 for a path that always exists into what it means.
func noAPI(err error) error {
	if crm.CodeOf(err) != crm.NotFound {
		return err
	}
	return &crm.Error{
		Code:   crm.Internal,
		Detail: "There is no Connectivity API at the configured address.",
		Remedy: "The platform's operator has to check the base URL.",
		Err:    err,
	}
}
