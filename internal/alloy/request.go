package alloy

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"sendtocrm/internal/crm"
)

// The limits on answers, in bytes after decompression.
const (
	listLimit    = 10 << 20
	executeLimit = 8 << 20
)

// request is one call to Alloy before it becomes HTTP.
type request struct {
	operation string   // names the call in metrics and logs
	subject   string   // what a 404 is about, for a person
	method    string   // an HTTP method
	path      []string // segments, not escaped
	body      []byte   // JSON; nil: none
	limit     int64    // on the answer, in bytes

	tenant bool   // the call is made for a user
	userID string // Alloy's; mandatory for a tenant's call

	runsAction bool     // the answer is a CRM's
	recordID   bool     // the action addresses a record by its path
	writes     bool     // Alloy may object to what the body says
	secrets    []string // values that must not get into any text
	connector  string   // for the log
	action     string   // for the log
}

// newRequest builds the HTTP request. Its errors are *crm.Error with InvalidRequest: nothing was sent.
func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	if r.tenant && !(usableID(r.userID) && visibleASCII(r.userID)) {
		return nil, crm.Errorf(crm.InvalidRequest,
			"%s needs Alloy's id of the user; without a valid one Alloy would act as the owner of the API key.", r.operation)
	}
	endpoint, err := c.endpoint(r.path)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, endpoint.String(), body)
	if err != nil {
		return nil, crm.Errorf(crm.InvalidRequest, "The request to Alloy could not be built: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+c.key())
	req.Header.Set("X-Api-Version", c.version)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "send-to-crm")
	if r.tenant {
		req.Header.Set("X-Alloy-Userid", r.userID)
	}
	return req, nil
}

// encode is JSON without the HTML escapes and the line feed that the encoder adds for other media.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
