package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/web/callback"
)

type requestKey struct{}

// withRequest lets a handler see the request itself, where the contract's parameters are not all there is to it.
func withRequest(next oapi.StrictHandlerFunc, _ string) oapi.StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		return next(context.WithValue(ctx, requestKey{}, r), w, r, request)
	}
}

func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

// OauthCallback finishes the flow that the state names and sends the browser home. Alloy's query is not documented;
// what it says of a failure is a hint and no more.
func (s *Server) OauthCallback(ctx context.Context, r oapi.OauthCallbackRequestObject) (oapi.OauthCallbackResponseObject, error) {
	request := requestOf(ctx)
	returned, err := s.Connections.Callback(ctx, r.State, hint(request.URL.Query()))
	if err != nil {
		if crm.CodeOf(err) == crm.NotFound && strings.Contains(request.Header.Get("Accept"), "text/html") {
			return s.lostPage(err.(*crm.Error)), nil //nolint:errorlint,forcetypeassert // CodeOf has looked
		}
		return nil, err
	}
	id := returned.Connection.ID.String()
	entryOf(ctx).connection, entryOf(ctx).user = id, returned.Connection.User.ExternalID
	if returned.ReturnURL != "" {
		return oapi.OauthCallback303Response{Headers: oapi.OauthCallback303ResponseHeaders{
			Location: optional(withQuery(returned.ReturnURL, url.Values{"connectionId": {id}, "status": {returned.Status}})),
		}}, nil
	}
	return callbackPage{http.StatusOK, callback.Page{
		Title: titles[returned.Status], Message: messages[returned.Status], Status: returned.Status,
		ConnectionID: id, Origins: s.CORSOrigins,
	}}, nil
}

var titles = map[string]string{
	string(crm.Active): "Connected", string(crm.Pending): "Almost there", crm.FailedStatus: "Not connected",
}

var messages = map[string]string{
	string(crm.Active):  "The CRM is connected. You can close this window.",
	string(crm.Pending): "The CRM has not confirmed the connection yet. You can close this window; it may take a moment.",
	crm.FailedStatus:    "The CRM did not grant access. You can close this window and try again.",
}

func (s *Server) lostPage(e *crm.Error) callbackPage {
	page := callback.Page{Title: "This link is not valid", Message: e.Detail + " " + e.Remedy, Status: "unknown"}
	if e.Gone {
		page.Title, page.Status = "This link is no longer valid", "expired"
		return callbackPage{http.StatusGone, page}
	}
	return callbackPage{http.StatusNotFound, page}
}

// callbackPage is the answer for a browser that has no page of the host's to go back to.
type callbackPage struct {
	status int
	page   callback.Page
}

// VisitOauthCallbackResponse writes the page.
func (c callbackPage) VisitOauthCallbackResponse(w http.ResponseWriter) error {
	return callback.Write(w, c.status, c.page)
}

// hint reads the names that other clients have seen or looked for.
func hint(query url.Values) crm.CallbackHint {
	h := crm.CallbackHint{Failed: query.Get("error") != "" || query.Get("success") == "false"}
	reason := query.Get("error_description")
	if reason == "" {
		reason = query.Get("error")
	}
	reason = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(reason, ""))
	h.Reason = bounded(reason, 120)
	return h
}

// withQuery adds parameters to a URL that was matched to the letter, keeping its own.
func withQuery(raw string, add url.Values) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	query := u.Query()
	for name, values := range add {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String()
}
