package sandbox

import (
	"net/http"
	"net/url"
)

const connectAgain = "Go back to the app that sent you here and connect again."

func linkUsed() *apology {
	return &apology{http.StatusGone, "This link has been used", "Each link works once. " + connectAgain}
}

// lookUpConsent finds the consent that the page's address names, or says to a person why there is none.
func (s *Server) lookUpConsent(r *http.Request) (consent, *connector, *apology) {
	query := r.URL.Query()
	c, ok := s.people.consent(query.Get("token"))
	k := s.catalog.byID[param(r, "connector")]
	switch {
	case !ok || k == nil || c.Connector != k.ID || c.UserID != query.Get("userId") || c.RedirectURI != query.Get("redirectUri"):
		return c, nil, &apology{http.StatusNotFound, "This link is not valid", connectAgain}
	case c.Used:
		return c, nil, linkUsed()
	case s.now().After(c.ExpiresAt):
		return c, nil, &apology{http.StatusGone, "This link has expired", connectAgain}
	}
	return c, k, nil
}

// GET /api/strategy/connector/{connector}/authorize
func (s *Server) consentPage(w http.ResponseWriter, r *http.Request) {
	c, k, sorry := s.lookUpConsent(r)
	if sorry != nil {
		s.apologise(w, *sorry)
		return
	}
	owner, _ := s.people.user(c.UserID)
	host := ""
	if u, err := url.Parse(c.RedirectURI); err == nil {
		host = u.Host
	}
	s.render(w, http.StatusOK, "consent", map[string]any{"Connector": k, "User": owner, "Host": host, "Action": r.URL.RequestURI()})
}

// POST /api/strategy/connector/{connector}/authorize with decision=allow or deny. The link is used up either way.
func (s *Server) consentDecision(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	decision := r.PostFormValue("decision")
	if decision != "allow" && decision != "deny" {
		s.apologise(w, apology{http.StatusBadRequest, "Please choose", "Go back and press Allow or Deny."})
		return
	}
	c, k, sorry := s.lookUpConsent(r)
	if sorry == nil {
		if _, first := s.people.useConsent(c.Token, s.now()); !first {
			sorry = linkUsed()
		}
	}
	if sorry != nil {
		s.apologise(w, *sorry)
		return
	}
	now := s.settings.current()
	made := ""
	if decision == "allow" && now.Callback != "error" {
		made = s.storeCredential(now, c.UserID, k, oauth2).ID
	}
	s.changed()
	if now.Callback == "never" {
		s.apologise(w, apology{http.StatusOK, "Done", "You can close this window and go back to the app."})
		return
	}
	http.Redirect(w, r, callback(c.RedirectURI, now.Callback, made), http.StatusSeeOther)
}

// callback is where the browser is sent. In the mode "bare", which is what users of Alloy have seen, it tells nothing,
// not even that the person has refused.
func callback(redirectURI, mode, credentialID string) string {
	u, err := url.Parse(redirectURI)
	if err != nil { // checked when it was given
		return redirectURI
	}
	query := u.Query()
	switch {
	case mode == "bare":
		return redirectURI
	case mode == "success":
		query.Set("success", map[bool]string{true: "true", false: "false"}[credentialID != ""])
	case credentialID != "":
		query.Set("credentialId", credentialID)
	default:
		query.Set("error", "access_denied")
		query.Set("error_description", "The user or the CRM refused access")
	}
	u.RawQuery = query.Encode()
	return u.String()
}
