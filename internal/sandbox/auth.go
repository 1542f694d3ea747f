package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
)

// versions are the API versions that answer.
var versions = [...]string{"2025-09", "2025-06"}

// authenticate checks the headers that every call needs, and finds out whom the call acts for: without x-alloy-userid
// it is, silently, the API key's own user.
func (s *Server) authenticate(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, x *exchange) {
		if p := s.checkHeaders(r); p != nil {
			x.fail(w, p)
			return
		}
		id := strings.TrimSpace(r.Header.Get("x-alloy-userid"))
		switch {
		case id == "":
			x.user = s.people.keyOwner()
		case !isObjectID(id):
			x.fail(w, invalidInput("userId must be a valid ID"))
			return
		default:
			// An id that nobody has acts for nobody: lists are empty, credentials are not found.
			x.named, x.user = true, user{ID: id}
			if known, ok := s.people.user(id); ok {
				x.user = known
			}
		}
		s.ledger.change(x.entry, func(e *entry) { e.UserID = x.user.ID })
		next(w, r, x)
	}
}

func (s *Server) checkHeaders(r *http.Request) *problem {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		return &problem{status: http.StatusUnauthorized, code: "UNAUTHORIZED", message: "Authorization token required"}
	}
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.apiKey))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return &problem{status: http.StatusUnauthorized, code: "UNAUTHORIZED", message: "Invalid API key"}
	}
	switch version := r.Header.Get("x-api-version"); {
	case version == "":
		return invalidInput("x-api-version header is required")
	case !slices.Contains(versions[:], version):
		return invalidInput("x-api-version " + version + " is not supported")
	}
	return nil
}
