package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/failpoint"
)

// sendAnswer is the answer to POST /v1/sends, down to its bytes: a repetition with the same key gets the very same.
type sendAnswer struct {
	status   int
	body     []byte
	send     uuid.UUID
	retry    int  // Retry-After in seconds; 0: none
	replayed bool // Idempotent-Replayed
	async    bool // the caller prefers not to wait
}

// answer is what a send, or the failure of one, is answered with. err is passed on where it is about no send: such a
// refusal uses no key up.
//
// A 201 or 200 that is given at once, by the holder of the record, follows from the stored send alone and need not be kept. Everything else is kept
// before it is given: a problem names its request, and a send that waits will have changed when it is asked for again.
func (s *Server) answer(ctx context.Context, r *http.Request, d crm.Draft, reply crm.Reply, err error) (oapi.CreateSendResponseObject, error) {
	if !concerns(reply, err) {
		return nil, err
	}
	a := sendAnswer{send: reply.Send.ID, replayed: reply.Replayed, async: d.Async}
	if reply.Kept != nil {
		a.status, a.body = reply.Kept.Status, reply.Kept.Body
		return a, nil
	}
	var content any
	if err != nil {
		note(r, err)
		p := problem(r, err)
		a.status, content, a.retry = p.Status, p, retryAfter(err, crm.Code(p.Code))
	} else {
		a.status, content = statusOf(reply.Send), asAnswered(reply.Send)
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(content); err != nil {
		return nil, err
	}
	a.body = body.Bytes()
	if d.Key == nil || (a.status < http.StatusAccepted && !reply.Replayed && !reply.Send.Late) {
		return a, nil
	}
	kept, err := s.Sender.KeepAnswer(ctx, d.User, d.Key.Value, crm.KeptAnswer{Status: a.status, Body: a.body})
	if err != nil {
		return nil, &crm.Error{
			Code: crm.StorageUnavailable, Detail: "The answer could not be kept for the idempotency key.",
			Remedy: "Repeat the request with the same key.", SendID: reply.Send.ID.String(), Err: err,
		}
	}
	a.status, a.body = kept.Status, kept.Body
	return a, nil
}

// concerns reports whether there is a send that the request came to, and err, if any, is that send's failure.
func concerns(reply crm.Reply, err error) bool {
	if reply.Send.ID == uuid.Nil {
		return false
	}
	if err == nil {
		return true
	}
	var e *crm.Error
	return errors.As(err, &e) && e.SendID == reply.Send.ID.String()
}

func statusOf(s crm.Send) int {
	switch {
	case s.Status != crm.Succeeded:
		return http.StatusAccepted
	case s.Operation == crm.Create:
		return http.StatusCreated
	}
	return http.StatusOK
}

// asAnswered is a send without what came after it.
func asAnswered(s crm.Send) oapi.Send {
	s.UndoneAt = time.Time{}
	return send(s)
}

// VisitCreateSendResponse writes the answer.
func (a sendAnswer) VisitCreateSendResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if a.status >= http.StatusBadRequest {
		h.Set("Content-Type", "application/problem+json")
	}
	if a.status == http.StatusCreated || a.status == http.StatusAccepted {
		h.Set("Location", sendPath(a.send))
	}
	if a.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retry))
	}
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	if a.async && a.status == http.StatusAccepted {
		h.Set("Preference-Applied", respondAsync)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	half := len(a.body) / 2
	_, _ = w.Write(a.body[:half]) // the caller may be gone; there is nobody left to tell
	if failpoint.Enabled {
		_ = http.NewResponseController(w).Flush() // so that half of it has really left
	}
	failpoint.At(failpoint.MidResponse)
	_, _ = w.Write(a.body[half:])
	return nil
}

func sendPath(id uuid.UUID) string { return "/v1/sends/" + id.String() }
