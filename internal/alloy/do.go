package alloy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/failpoint"
)

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	envelope
}

// do sends the request once and returns the answer if it is a success. Any failure comes with its verdict and in clean
// words. The request goes straight to the transport: a redirect is an answer like any other, and nothing carries the
// bearer elsewhere.
func (c *Client) do(ctx context.Context, r request) (*reply, *crm.CallError) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, failure := c.send(ctx, r)
	if failure == nil {
		failure = c.checkResponse(r, answer)
	}
	if failure != nil {
		c.clean(failure, r.secrets)
		return nil, failure
	}
	return answer, nil
}

func (c *Client) send(ctx context.Context, r request) (*reply, *crm.CallError) {
	var d departure
	req, err := c.newRequest(httptrace.WithClientTrace(ctx, d.trace()), r)
	if err != nil {
		return nil, unmade(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, lost(err, crm.NotExecuted)
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, lost(err, d.effect())
	}
	defer res.Body.Close()
	if r.runsAction {
		failpoint.At(failpoint.BeforeAnswerRead)
	}
	body, err := readBounded(res, r.limit)
	if err != nil {
		failure := lost(err, crm.MayHaveHappened)
		failure.Status = res.StatusCode
		return nil, failure
	}
	return &reply{status: res.StatusCode, header: res.Header, envelope: openEnvelope(body)}, nil
}

// readBounded reads the body up to the limit, counted after decompression. An answer that announces more is not read.
func readBounded(res *http.Response, limit int64) ([]byte, error) {
	if res.ContentLength <= limit {
		body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
		if err != nil {
			return nil, fmt.Errorf("reading the answer after %d bytes: %w", len(body), err)
		}
		if int64(len(body)) <= limit {
			return body, nil
		}
	}
	return nil, fmt.Errorf("the answer is larger than %d bytes", limit)
}

// unmade is the failure of a call that our own side got wrong, so that it was not sent.
func unmade(err error) *crm.CallError {
	return &crm.CallError{Code: crm.Internal, Effect: crm.NotExecuted, Message: "The call could not be made.", Err: err}
}

// lost is the failure of a call without an answer.
func lost(err error, effect crm.Effect) *crm.CallError {
	message := "Alloy cannot be reached."
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		message = "Alloy did not answer in time."
	case errors.Is(err, context.Canceled):
		message = "The call was given up before Alloy answered."
	case effect == crm.MayHaveHappened:
		message = "Alloy's answer was lost."
	}
	return &crm.CallError{Code: crm.UpstreamUnavailable, Effect: effect, Message: message, Err: err}
}

// departure follows a request out of the house. A byte can only have left once a connection was got; until then, that
// is while waiting, resolving, dialling and shaking hands, the call has certainly not happened.
type departure struct{ stage atomic.Int32 }

const (
	untraced int32 = iota // a transport that tells nothing
	waiting
	leaving
)

// trace sets the stage back when a connection is asked for again: the transport does that for a request with a body
// only where nothing of it was written to the first connection.
func (d *departure) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { d.stage.Store(waiting) },
		GotConn: func(httptrace.GotConnInfo) { d.stage.Store(leaving) },
	}
}

func (d *departure) effect() crm.Effect {
	if d.stage.Load() == waiting {
		return crm.NotExecuted
	}
	return crm.MayHaveHappened
}
