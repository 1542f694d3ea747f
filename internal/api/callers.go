package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"unicode/utf8"

	"sendtocrm/internal/crm"
)

// ServiceKey lets a service of the host platform in. Only the hash of its secret is kept.
type ServiceKey struct {
	Name string
	hash [sha256.Size]byte
}

// NewServiceKey keeps the hash of secret.
func NewServiceKey(name, secret string) ServiceKey {
	return ServiceKey{Name: name, hash: sha256.Sum256([]byte(secret))}
}

// Callers tells who calls.
type Callers struct {
	Keys     []ServiceKey
	Sessions *Sessions
	Host     *HostTokens // nil: the host's own JWTs are not accepted
}

// caller is who a request comes from. service is the key's name, empty for a browser. user is the host's id, empty for a
// service that named none.
type caller struct{ service, user string }

type callerKey struct{}

// identify refuses requests to /v1 that come from nobody known. The other routes of the contract are open to all.
func (c *Callers) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			next.ServeHTTP(w, r)
			return
		}
		known, err := c.caller(r)
		if err != nil {
			writeProblem(w, r, err)
			return
		}
		e := entryOf(r.Context())
		e.user, e.caller = known.user, "browser"
		if known.service != "" {
			e.caller = "service:" + known.service
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, known)))
	})
}

func (c *Callers) caller(r *http.Request) (caller, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return caller{}, &crm.Error{
			Code: crm.Unauthorized, Detail: "The request has no bearer token.",
			Remedy: "Send Authorization: Bearer with a service key or a session token.",
		}
	}
	if name, ok := c.service(token); ok {
		user := r.Header.Get("X-User-Id")
		if len(user) > 255 || !validUser(user) && user != "" {
			return caller{}, badUser()
		}
		return caller{service: name, user: user}, nil
	}
	user, err := c.browser(token, r.Header.Get("Origin"))
	return caller{user: user}, err
}

// service compares with every key, each in constant time, so that the time tells nothing.
func (c *Callers) service(token string) (name string, ok bool) {
	hash := sha256.Sum256([]byte(token))
	for _, key := range c.Keys {
		if subtle.ConstantTimeCompare(hash[:], key.hash[:]) == 1 {
			name, ok = key.Name, true
		}
	}
	return name, ok
}

func (c *Callers) browser(token, origin string) (user string, err error) {
	user, err = c.Sessions.verify(token, origin)
	if err != nil && c.Host != nil && crm.CodeOf(err) == crm.Unauthorized {
		user, err = c.Host.verify(token)
	}
	if err == nil && !validUser(user) {
		err = &crm.Error{Code: crm.Unauthorized, Detail: "The token names no usable user."}
	}
	return user, err
}

// validUser: 1 to 255 bytes of text that a header, a log line and Postgres can hold.
func validUser(user string) bool {
	if user == "" || len(user) > 255 || !utf8.ValidString(user) {
		return false
	}
	return !strings.ContainsFunc(user, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

func badUser() error {
	return &crm.Error{
		Code: crm.InvalidRequest, Detail: "X-User-Id has to name the end user in 1 to 255 bytes of UTF-8.",
		Fields: []crm.FieldError{{Field: "X-User-Id", Code: "required", Message: "The platform's id of the end user, 1 to 255 bytes."}},
	}
}

// user is the end user whom the request is about.
func user(ctx context.Context) (string, error) {
	known, _ := ctx.Value(callerKey{}).(caller)
	if known.user == "" {
		return "", badUser()
	}
	return known.user, nil
}

// serviceOnly refuses browsers.
func serviceOnly(ctx context.Context) error {
	if known, _ := ctx.Value(callerKey{}).(caller); known.service != "" {
		return nil
	}
	return &crm.Error{Code: crm.Forbidden, Detail: "Only the platform's services may do this.", Remedy: "Call with a service key."}
}
