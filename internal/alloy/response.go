package alloy

import (
	"encoding/json"
	"fmt"
	"net/http"

	"sendtocrm/internal/crm"
)

// checkResponse is the only place where an answer becomes a failure: a status outside 2xx, a redirect included; an error
// in any of its forms, whatever the status; or something that is no JSON. An empty body is an error only to whoever
// needs one.
func (c *Client) checkResponse(r request, answer *reply) *crm.CallError {
	e := answer.envelope
	success := answer.status >= 200 && answer.status <= 299
	if success && e.readable && !e.failed(r.runsAction) {
		return nil
	}
	f := findings{
		http:       answer.status,
		envelope:   e.statusCode(),
		recordID:   r.recordID,
		retryAfter: retryAfter(answer.header, c.now()),
	}
	if e.readable {
		f.alloy = alloyComplaint(e)
		f.crm, f.fromCRM = crmComplaint(e, answer.status)
	}
	failure := f.verdict()
	failure.Status = answer.status
	failure.ExecutionID = e.executionID(answer.header)
	switch {
	case success && !e.readable:
		failure.Err = fmt.Errorf("the answer (HTTP %d, %d bytes) is not JSON", answer.status, len(answer.body))
	case answer.status >= 300 && answer.status <= 399:
		failure.Err = fmt.Errorf("HTTP %d: redirects are not followed, the API key would go with them; check the base URL", answer.status)
	case failure.Code == crm.Internal:
		failure.Err = fmt.Errorf("HTTP %d: Alloy refuses the API key; check that it is current and belongs to this environment", answer.status)
	default:
		failure.Err = fmt.Errorf("HTTP %d %s", answer.status, http.StatusText(answer.status))
	}
	return failure
}

// decode reads a successful answer into v. An answer of another form than the documented one is an outage of Alloy's:
// guessing at it could take a wrong id for a right one.
func decode(r request, answer *reply, v any) error {
	err := json.Unmarshal(answer.body, v)
	if err == nil {
		return nil
	}
	if len(answer.body) == 0 {
		err = fmt.Errorf("HTTP %d with an empty body", answer.status)
	}
	return malformed(r, err)
}

func malformed(r request, err error) error {
	return &crm.Error{
		Code:   crm.UpstreamUnavailable,
		Detail: "Alloy's answer about " + r.subject + " is not of the documented form.",
		Err:    err,
	}
}
