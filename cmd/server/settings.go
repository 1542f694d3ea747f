package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sendtocrm/internal/api"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/guard"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/store"
)

// settings are the parts of the configuration that have a form of their own, taken apart.
type settings struct {
	serviceKeys    []api.ServiceKey
	sessionSecrets [][]byte
	encryptionKeys []store.Key
	connectionRate rate
	callerRate     rate
	library        *mapping.Library
	warnings       []string // what is allowed but should not stay so
}

// check takes the settings apart and collects every fault.
func (c *config) check(f *faults) settings {
	var s settings
	for _, r := range []struct{ name, value string }{
		{"DATABASE_URL", c.DatabaseURL}, {"ALLOY_API_KEY", c.AlloyAPIKey}, {"PUBLIC_URL", c.PublicURL}, {"SERVICE_KEYS", c.ServiceKeys},
	} {
		if strings.TrimSpace(r.value) == "" {
			f.add("%s is missing", r.name)
		}
	}
	c.checkURLs(f)
	c.checkDurations(f)
	s.serviceKeys = serviceKeys(c.ServiceKeys, f, func(warning string) { s.warnings = append(s.warnings, warning) })
	s.sessionSecrets = sessionSecrets(c.SessionSecrets, f)
	s.encryptionKeys = encryptionKeys(c.EncryptionKeys, f)
	s.connectionRate = readRate("CONNECTION_RATE", c.ConnectionRate, f)
	s.callerRate = readRate("CALLER_RATE", c.CallerRate, f)
	s.library = readLibrary(c.MappingDefinitions, c.HostFields, f)
	if len(s.encryptionKeys) == 0 {
		s.warnings = append(s.warnings, "ENCRYPTION_KEYS is not set: what is sent is stored in the database as it is")
	}
	if strings.TrimSpace(c.SessionSecrets) == "" && c.HostJWKSURL == "" {
		f.add("SESSION_SECRETS is missing (or HOST_JWKS_URL, where the platform has JWTs of its own)")
	}
	if c.HostJWKSURL != "" && c.HostJWTAudience == "" {
		f.add("HOST_JWT_AUDIENCE is missing: without it, any token of that issuer would be accepted")
	}
	if !slices.Contains([]string{"trace", "debug", "info", "warn", "error"}, c.LogLevel) {
		f.add("LOG_LEVEL has to be trace, debug, info, warn or error")
	}
	if c.LogFormat != "json" && c.LogFormat != "console" {
		f.add("LOG_FORMAT has to be json or console")
	}
	if !usernamePrefix.MatchString(c.UsernamePrefix) {
		f.add("USERNAME_PREFIX takes up to 32 letters, digits, _ and -")
	}
	return s
}

var usernamePrefix = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)

func (c *config) checkURLs(f *faults) {
	if c.DatabaseURL != "" {
		if err := store.CheckURL(c.DatabaseURL); err != nil {
			f.add("DATABASE_URL: %v", err)
		}
	}
	for _, a := range []struct{ name, value string }{{"LISTEN_ADDR", c.ListenAddr}, {"ADMIN_ADDR", c.AdminAddr}} {
		_, port, err := net.SplitHostPort(a.value)
		if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
			f.add("%s: expected [host]:port, such as :8080", a.name)
		}
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	for _, u := range []struct{ name, value string }{
		{"PUBLIC_URL", c.PublicURL}, {"ALLOY_BASE_URL", c.AlloyBaseURL}, {"HOST_JWKS_URL", c.HostJWKSURL},
	} {
		if u.value == "" {
			continue
		}
		if err := api.CheckURL(u.value); err != nil {
			f.add("%s: %v", u.name, err)
		}
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.RawQuery != "" {
		f.add("PUBLIC_URL may not have a query")
	}
	for _, raw := range c.ReturnURLs {
		if u, err := url.Parse(raw); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Fragment != "" || u.User != nil {
			f.add("RETURN_URLS: %q is no absolute http(s) URL without user and fragment", raw)
		}
	}
	for _, raw := range c.CORSOrigins {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || raw != u.Scheme+"://"+u.Host || (u.Scheme != "https" && u.Scheme != "http") || strings.Contains(raw, "*") {
			f.add("CORS_ORIGINS: %q is no origin; expected https://host[:port], without a path and without wildcards", raw)
		}
	}
}

func (c *config) checkDurations(f *faults) {
	for _, d := range []struct {
		name     string
		value    time.Duration
		min, max time.Duration
	}{
		{"ALLOY_TIMEOUT", c.AlloyTimeout, 100 * time.Millisecond, 5 * time.Minute},
		{"SCHEMA_TTL", c.SchemaTTL, 0, 24 * time.Hour},
		{"STATE_TTL", c.StateTTL, time.Second, 10 * time.Minute},
		{"LEASE_TTL", c.LeaseTTL, time.Second, 10 * time.Minute},
		{"LOOKUP_LAG", deref(c.LookupLag), 0, time.Hour},
	} {
		if !f.unparsed[d.name] && (d.value < d.min || d.value > d.max) {
			f.add("%s has to be between %v and %v", d.name, d.min, d.max)
		}
	}
	if c.Workers < 0 || c.Workers > 1000 {
		f.add("WORKERS has to be between 0 and 1000")
	}
	if c.DBMaxConns < 0 || c.DBMaxConns == 1 {
		f.add("DB_MAX_CONNS has to be 2 or more, or 0 for the default")
	}
}

func deref(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

var ratePattern = regexp.MustCompile(`^([1-9][0-9]{0,5})/(s|m|h)$`)

// rate is so many in a second, a minute or an hour; zero: not limited.
type rate struct {
	count int
	per   time.Duration
}

func (r rate) interval() time.Duration {
	if r.count == 0 {
		return 0
	}
	return max(r.per/time.Duration(r.count), time.Microsecond)
}

// burst is what fits into span, and one at least.
func (r rate) burst(span time.Duration) int { return max(1, int(span/r.interval())) }

// readRate reads 10/s, 100/m, 5000/h or off.
func readRate(name, raw string, f *faults) rate {
	if raw == "off" {
		return rate{}
	}
	parts := ratePattern.FindStringSubmatch(raw)
	if parts == nil {
		f.add("%s: expected so many a second, minute or hour, such as 10/s, 100/m or 5000/h, or off", name)
		return rate{}
	}
	count, _ := strconv.Atoi(parts[1])
	return rate{count, map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[parts[2]]}
}

// connectionPace lets half a second's worth come at once after a rest: in any ten seconds the rate is exceeded by a
// twentieth at most.
func (s settings) connectionPace() crm.Pace {
	if s.connectionRate.count == 0 {
		return crm.Pace{}
	}
	return crm.Pace{Interval: s.connectionRate.interval(), Burst: s.connectionRate.burst(500 * time.Millisecond)}
}

// callerLimit is nil where callers are not limited.
func (s settings) callerLimit() *guard.Rate {
	if s.callerRate.count == 0 {
		return nil
	}
	return guard.NewRate(s.callerRate.interval(), s.callerRate.burst(time.Second), time.Now)
}

// callerPolicy is the rate in the form of the RateLimit-Policy header.
func (s settings) callerPolicy() string {
	return fmt.Sprintf(`"caller";q=%d;w=%d`, s.callerRate.count, int(s.callerRate.per.Seconds()))
}

func serviceKeys(raw string, f *faults, warn func(string)) (keys []api.ServiceKey) {
	for _, pair := range items(raw) {
		name, secret, ok := strings.Cut(pair, ":")
		if !ok || name == "" || secret == "" {
			f.add("SERVICE_KEYS: expected name:secret,…; a part has no name or no secret")
			continue
		}
		if len(secret) < 16 {
			warn("the service key " + name + " has a secret of fewer than 16 bytes")
		}
		keys = append(keys, api.NewServiceKey(name, secret))
	}
	return keys
}

const minSessionSecret = 16

func sessionSecrets(raw string, f *faults) (secrets [][]byte) {
	for i, secret := range items(raw) {
		if len(secret) < minSessionSecret {
			f.add("SESSION_SECRETS: secret %d has %d bytes; it needs %d or more", i+1, len(secret), minSessionSecret)
		}
		secrets = append(secrets, []byte(secret))
	}
	return secrets
}

func encryptionKeys(raw string, f *faults) (keys []store.Key) {
	for i, pair := range items(raw) {
		id, encoded, ok := strings.Cut(pair, ":")
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || id == "" || err != nil || len(secret) != 32 {
			f.add("ENCRYPTION_KEYS: part %d is not id:base64 of 32 bytes; make one with `openssl rand -base64 32`", i+1)
			continue
		}
		if slices.ContainsFunc(keys, func(k store.Key) bool { return k.ID == id }) {
			f.add("ENCRYPTION_KEYS: the id %q is there twice", id)
			continue
		}
		keys = append(keys, store.Key{ID: id, Secret: secret})
	}
	return keys
}

func items(raw string) []string {
	var list []string
	for _, item := range strings.Split(raw, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// variable is the environment variable of a field of config.
func variable(field string) string {
	if f, ok := reflect.TypeFor[config]().FieldByName(field); ok {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		return name
	}
	return field
}
