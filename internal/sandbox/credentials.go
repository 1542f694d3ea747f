package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// POST /connectors/{connector}/credentials starts a consent, or stores a credential at once where the type is key-based.
func (s *Server) createCredential(w http.ResponseWriter, _ *http.Request, x *exchange) {
	if x.connector == nil {
		x.fail(w, notFound("Connector"))
		return
	}
	var in struct {
		UserID             string         `json:"userId"`
		AuthenticationType string         `json:"authenticationType"`
		RedirectURI        string         `json:"redirectUri"`
		Data               map[string]any `json:"data"`
	}
	if p := x.decode(&in); p != nil {
		x.fail(w, p)
		return
	}
	owner, p := s.credentialOwner(x, in.UserID)
	if p != nil {
		x.fail(w, p)
		return
	}
	offers := x.connector.offers(x.settings)
	at := slices.IndexFunc(offers, func(m authMethod) bool { return m.Type == in.AuthenticationType })
	switch {
	case in.AuthenticationType == "":
		x.fail(w, invalidInput("authenticationType is required"))
		return
	case at < 0:
		x.fail(w, &problem{
			status: http.StatusNotFound, code: "AUTHENTICATION_NOT_FOUND", message: "Authentication not found", top: true,
		})
		return
	}
	method := offers[at]
	if p := checkInputs(method.Data, in.Data); p != nil {
		x.fail(w, p)
		return
	}
	if method.Type != oauth2 {
		made := s.storeCredential(x.settings, owner.ID, x.connector, method.Type)
		writeJSON(w, http.StatusOK, map[string]string{"credentialId": made.ID})
		return
	}
	if !isWebAddress(in.RedirectURI) {
		x.fail(w, invalidField("redirectUri", "has to be an http or https URL"))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"oauthUrl": s.openConsent(x.settings, owner.ID, x.connector, in.RedirectURI)})
}

// credentialOwner takes the user from the body or the header; the documents disagree on which of them counts. Here,
// unlike elsewhere, one of them has to be there, and they must not contradict each other.
func (s *Server) credentialOwner(x *exchange, inBody string) (user, *problem) {
	id := inBody
	switch {
	case inBody == "" && (x.settings.RequireBodyUserID || !x.named):
		return user{}, invalidInput("userId is required")
	case inBody == "":
		id = x.user.ID
	case !isObjectID(inBody):
		return user{}, invalidInput("userId must be a valid ID")
	case x.named && inBody != x.user.ID:
		return user{}, invalidInput("userId does not match x-alloy-userid")
	}
	u, ok := s.people.user(id)
	if !ok {
		return user{}, notFound("User")
	}
	return u, nil
}

// checkInputs holds the connector's own inputs against their schema: presence, text, list of values.
func checkInputs(raw json.RawMessage, data map[string]any) *problem {
	var want struct {
		Required   []string `json:"required"`
		Properties map[string]struct {
			Enum []string `json:"enum"`
		} `json:"properties"`
	}
	if raw == nil {
		return nil
	}
	_ = json.Unmarshal(raw, &want) // the catalogue's own, read before
	for _, name := range want.Required {
		if value, _ := data[name].(string); strings.TrimSpace(value) == "" {
			return invalidField("data."+name, "is required")
		}
	}
	for name, property := range want.Properties {
		if value, ok := data[name].(string); ok && property.Enum != nil && !slices.Contains(property.Enum, value) {
			return invalidField("data."+name, "has to be one of "+strings.Join(property.Enum, ", "))
		}
	}
	return nil
}

func isWebAddress(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// storeCredential always adds one; nothing is ever replaced.
func (s *Server) storeCredential(now *settings, userID string, c *connector, kind string) credential {
	if !strings.HasPrefix(kind, c.ID+"-") {
		kind = c.ID + "-" + kind
	}
	at := s.now()
	made := s.people.addCredential(credential{
		ID: s.mint.next(at), UserID: userID, Connector: c.ID, Type: kind, CreatedAt: at, UpdatedAt: at,
		ListedAt: at.Add(time.Duration(now.CredentialDelayMs) * time.Millisecond),
	}, c.Name)
	s.changed()
	return made
}

// GET /connectors/{connector}/credentials
func (s *Server) listCredentials(w http.ResponseWriter, _ *http.Request, x *exchange) {
	if x.connector == nil {
		x.fail(w, notFound("Connector"))
		return
	}
	rows := s.listed(func(c credential) bool { return c.UserID == x.user.ID && c.Connector == x.connector.ID })
	for _, row := range rows {
		delete(row, "connectorId")
	}
	writeJSON(w, http.StatusOK, map[string]any{"credentials": rows})
}

// GET /users/{user}/credentials?connectorId=. The rows have a connectorId that is always null, as observed.
func (s *Server) listUserCredentials(w http.ResponseWriter, r *http.Request, x *exchange) {
	u, p := s.pathUser(r)
	if p != nil {
		x.fail(w, p)
		return
	}
	wanted := r.URL.Query().Get("connectorId")
	rows := s.listed(func(c credential) bool { return c.UserID == u.ID && (wanted == "" || c.Connector == wanted) })
	writeJSON(w, http.StatusOK, map[string]any{"data": rows})
}

func (s *Server) listed(match func(credential) bool) []map[string]any {
	now := s.now()
	rows := []map[string]any{}
	for _, c := range s.people.credentialsOf(match) {
		if c.ListedAt.After(now) {
			continue
		}
		rows = append(rows, map[string]any{
			"credentialId": c.ID, "name": c.Name, "type": c.Type, "connectorId": nil,
			"createdAt": timestamp(c.CreatedAt), "updatedAt": timestamp(c.UpdatedAt),
		})
	}
	return rows
}

// timestamp is a time as Alloy and most CRMs write it.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// DELETE /users/{user}/credentials/{credential}
func (s *Server) deleteCredential(w http.ResponseWriter, r *http.Request, x *exchange) {
	u, p := s.pathUser(r)
	if p != nil {
		x.fail(w, p)
		return
	}
	id := param(r, "credential")
	if c, ok := s.people.credential(id); !ok || c.UserID != u.ID || !s.people.removeCredential(id) {
		x.fail(w, &problem{status: http.StatusNotFound, code: "INVALID_INPUT", message: "Credential not found"})
		return
	}
	s.changed()
	writeJSON(w, http.StatusOK, map[string]bool{"success": true})
}

// openConsent gives out the address of a consent page.
func (s *Server) openConsent(now *settings, userID string, c *connector, redirectURI string) string {
	token := secretToken()
	at := s.now()
	s.people.addConsent(consent{
		Token: token, UserID: userID, Connector: c.ID, RedirectURI: redirectURI,
		ExpiresAt: at.Add(time.Duration(now.ConsentTTLSeconds) * time.Second),
	}, at)
	s.changed()
	return s.url(fmt.Sprintf("/api/strategy/connector/%s/authorize?userId=%s&redirectUri=%s&token=%s",
		c.ID, userID, url.QueryEscape(redirectURI), token))
}
