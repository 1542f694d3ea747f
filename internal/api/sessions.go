package api

import (
	"context"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
)

// sessionIssuer is both issuer and audience of session tokens: they are good for this service only.
const sessionIssuer = "send-to-crm"

const sessionTTL = 15 * time.Minute

// Sessions makes and checks session tokens: JWTs (HS256) whose subject is the host's user. The first secret signs, all
// verify, so secrets are rotated by putting a new one in front.
type Sessions struct {
	secrets [][]byte
	now     func() time.Time
}

// NewSessions without secrets makes no tokens and accepts none.
func NewSessions(secrets [][]byte, now func() time.Time) *Sessions {
	return &Sessions{secrets: secrets, now: now}
}

type sessionClaims struct {
	jwt.RegisteredClaims
	Origin string `json:"origin,omitempty"`
}

func (s *Sessions) sign(user, origin string, ttl time.Duration) (token string, expires time.Time, err error) {
	if len(s.secrets) == 0 {
		return "", expires, &crm.Error{
			Code: crm.Forbidden, Detail: "This service makes no session tokens.",
			Remedy: "Have the operator set SESSION_SECRETS, or use the platform's own JWTs.",
		}
	}
	now := s.now()
	expires = now.Add(ttl).UTC().Truncate(time.Second)
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, sessionClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: sessionIssuer, Audience: jwt.ClaimStrings{sessionIssuer}, Subject: user,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Origin: origin,
	}).SignedString(s.secrets[0])
	return token, expires, err
}

// verify returns the token's user. A token that is bound to an origin is refused from any other one.
func (s *Sessions) verify(token, origin string) (user string, err error) {
	keys := jwt.VerificationKeySet{}
	for _, secret := range s.secrets {
		keys.Keys = append(keys.Keys, secret)
	}
	var claims sessionClaims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return keys, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(sessionIssuer),
		jwt.WithAudience(sessionIssuer), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	if err != nil || len(s.secrets) == 0 {
		return "", refusedToken(err)
	}
	if claims.Origin != "" && origin != "" && origin != claims.Origin {
		return "", &crm.Error{Code: crm.Forbidden, Detail: "This session token belongs to another origin."}
	}
	return claims.Subject, nil
}

func refusedToken(err error) error {
	refusal := &crm.Error{Code: crm.Unauthorized, Detail: "The key or token is not valid.", Err: err}
	if errors.Is(err, jwt.ErrTokenExpired) {
		refusal.Detail = "The token has expired."
		refusal.Remedy = "Get a new token and try again."
	}
	return refusal
}

// CreateSession makes a session token for the user that the body names.
func (s *Server) CreateSession(ctx context.Context, r oapi.CreateSessionRequestObject) (oapi.CreateSessionResponseObject, error) {
	if err := serviceOnly(ctx); err != nil {
		return nil, err
	}
	if !validUser(r.Body.UserId) {
		return nil, &crm.Error{
			Code: crm.InvalidRequest, Detail: "userId has to be 1 to 255 bytes without control characters.",
			Fields: []crm.FieldError{{Field: "/userId", Code: "invalid", Message: "1 to 255 bytes without control characters."}},
		}
	}
	entryOf(ctx).user = r.Body.UserId
	ttl := sessionTTL
	if r.Body.TtlSeconds != nil {
		ttl = time.Duration(*r.Body.TtlSeconds) * time.Second
	}
	token, expires, err := s.Callers.Sessions.sign(r.Body.UserId, deref(r.Body.Origin), ttl)
	if err != nil {
		return nil, err
	}
	return oapi.CreateSession201JSONResponse{Token: token, ExpiresAt: expires}, nil
}
