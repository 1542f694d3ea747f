package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// HostTokens checks the host platform's own JWTs against its JWKS. Only asymmetric algorithms are accepted.
type HostTokens struct {
	keys    keyfunc.Keyfunc
	options []jwt.ParserOption
}

// HostTokenOptions name where the keys are and whom the tokens have to be from and for. Issuer and Audience are not
// checked where they are empty.
type HostTokenOptions struct {
	JWKSURL, Issuer, Audience string
	Now                       func() time.Time
}

// NewHostTokens starts refreshing the keys until ctx ends. A JWKS that cannot be reached yet is no error.
func NewHostTokens(ctx context.Context, o HostTokenOptions) (*HostTokens, error) {
	if err := CheckURL(o.JWKSURL); err != nil {
		return nil, fmt.Errorf("HOST_JWKS_URL: %w", err)
	}
	keys, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{o.JWKSURL}, keyfunc.Override{
		Client: &http.Client{Timeout: 10 * time.Second}, HTTPTimeout: 10 * time.Second, RateLimitWaitMax: 2 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("HOST_JWKS_URL: %w", err)
	}
	options := []jwt.ParserOption{
		jwt.WithValidMethods([]string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(o.Now),
	}
	if o.Issuer != "" {
		options = append(options, jwt.WithIssuer(o.Issuer))
	}
	if o.Audience != "" {
		options = append(options, jwt.WithAudience(o.Audience))
	}
	return &HostTokens{keys: keys, options: options}, nil
}

func (h *HostTokens) verify(token string) (user string, err error) {
	var claims jwt.RegisteredClaims
	if _, err := jwt.ParseWithClaims(token, &claims, h.keys.Keyfunc, h.options...); err != nil {
		return "", refusedToken(err)
	}
	return claims.Subject, nil
}

// CheckURL accepts https, and plain http on loopback only.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("expected an absolute URL such as https://example.com, without user and fragment")
	}
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("expected https; plain http is for loopback only")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
