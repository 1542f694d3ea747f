package api

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"sendtocrm/internal/crm"
)

// admit refuses what is more than the service can do at once, before the body is read and the database asked: a quick
// refusal costs little, a slow failure costs everybody. The calling user is the gate's class, so that one user cannot
// keep the others out.
func (s *Server) admit(next http.Handler) http.Handler {
	if s.Gate == nil && s.CallerRate == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, ok := r.Context().Value(callerKey{}).(caller)
		if !ok { // no route of /v1
			next.ServeHTTP(w, r)
			return
		}
		class := "user " + known.user
		if known.user == "" {
			class = "service " + known.service
		}
		if !s.withinRate(w, r, class) {
			return
		}
		if s.Gate == nil {
			next.ServeHTTP(w, r)
			return
		}
		leave, in := s.Gate.Enter(class)
		if !in {
			writeProblem(w, r, &crm.Error{
				Code: crm.RateLimited, Detail: "Too many requests are under way; this one was not begun.",
				Remedy: "Wait a moment, then repeat the request.", RetryAfter: time.Second,
			})
			return
		}
		defer leave()
		next.ServeHTTP(w, r)
	})
}

// withinRate counts the request against the caller's rate, and refuses it if that is used up. The headers are those of
// draft-ietf-httpapi-ratelimit-headers.
func (s *Server) withinRate(w http.ResponseWriter, r *http.Request, class string) bool {
	if s.CallerRate == nil {
		return true
	}
	left, ok := s.CallerRate.Allow(class)
	w.Header().Set("RateLimit-Policy", s.CallerPolicy)
	w.Header().Set("RateLimit", fmt.Sprintf(`"caller";r=%d;t=%d`, left.Left, int(math.Ceil(left.RetryAfter.Seconds()))))
	if !ok {
		writeProblem(w, r, &crm.Error{
			Code: crm.RateLimited, Detail: "This user has made too many requests in a short time; this one was not begun.",
			Remedy: "Wait as long as Retry-After says, then repeat the request.", RetryAfter: left.RetryAfter,
		})
	}
	return ok
}
