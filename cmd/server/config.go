package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	envlib "github.com/caarlos0/env/v11"
	"github.com/rs/zerolog"
)

// config is every setting of `serve`. A field's comment ends with its default.
type config struct {
	// DatabaseURL is where Postgres is: postgres://user:password@host:5432/database. Required.
	DatabaseURL string `env:"DATABASE_URL"`
	// DBMaxConns bounds the pool. 0: the larger of 10 and the number of processors.
	DBMaxConns int32 `env:"DB_MAX_CONNS" envDefault:"0"`

	// AlloyAPIKey is the key of the Alloy account. Required.
	AlloyAPIKey string `env:"ALLOY_API_KEY"`
	// AlloyBaseURL is where Alloy is; plain http on loopback only. Defaults to https://production.runalloy.com.
	AlloyBaseURL string `env:"ALLOY_BASE_URL" envDefault:"https://production.runalloy.com"`
	// AlloyAPIVersion is sent as x-api-version. Defaults to 2025-09.
	AlloyAPIVersion string `env:"ALLOY_API_VERSION" envDefault:"2025-09"`
	// AlloyTimeout bounds one call. Defaults to 30s.
	AlloyTimeout time.Duration `env:"ALLOY_TIMEOUT" envDefault:"30s"`

	// ListenAddr is the public listener. Defaults to :8080.
	ListenAddr string `env:"LISTEN_ADDR" envDefault:":8080"`
	// AdminAddr is the operator's listener. Defaults to 127.0.0.1:9090.
	AdminAddr string `env:"ADMIN_ADDR" envDefault:"127.0.0.1:9090"`
	// PublicURL is where browsers reach the public listener; plain http on loopback only. Required.
	PublicURL string `env:"PUBLIC_URL"`

	// ServiceKeys are the host's services that may call: name:secret,… Required.
	ServiceKeys string `env:"SERVICE_KEYS"`
	// SessionSecrets sign session tokens: secret,… of 16 bytes or more; the first signs, all verify. Required unless
	// HostJWKSURL is given.
	SessionSecrets string `env:"SESSION_SECRETS"`
	// HostJWKSURL has the keys of the host's own JWTs. Defaults to none: they are not accepted.
	HostJWKSURL string `env:"HOST_JWKS_URL"`
	// HostJWTIssuer is the issuer that the host's JWTs have to name. Defaults to any.
	HostJWTIssuer string `env:"HOST_JWT_ISSUER"`
	// HostJWTAudience is the audience that the host's JWTs have to name. Required with HostJWKSURL.
	HostJWTAudience string `env:"HOST_JWT_AUDIENCE"`

	// ReturnURLs are where a browser may be sent after connecting, matched to the letter: url,… Defaults to none.
	ReturnURLs []string `env:"RETURN_URLS"`
	// CORSOrigins are the origins whose pages may call: origin,… Defaults to none.
	CORSOrigins []string `env:"CORS_ORIGINS"`
	// EncryptionKeys seal payloads at rest: id:base64 of 32 bytes,… The first encrypts, all decrypt. Defaults to none:
	// payloads are stored as they are, with a warning at the start.
	EncryptionKeys string `env:"ENCRYPTION_KEYS"`
	// UsernamePrefix goes before the host's user ids at Alloy, to keep environments apart. Defaults to nothing.
	UsernamePrefix string `env:"USERNAME_PREFIX"`

	// MappingDefinitions is a folder with connector definitions of your own; one for a connector that has a shipped one
	// replaces it. Defaults to none.
	MappingDefinitions string `env:"MAPPING_DEFINITIONS"`
	// HostFields is a YAML file that declares the platform's own record fields, and its values for fields such as
	// deal_stage. Defaults to none.
	HostFields string `env:"HOST_FIELDS"`

	// SchemaTTL is how long what Alloy offers is kept. Defaults to 10m.
	SchemaTTL time.Duration `env:"SCHEMA_TTL" envDefault:"10m"`
	// StateTTL is how long a user may take to consent in a CRM. Defaults to 10m.
	StateTTL time.Duration `env:"STATE_TTL" envDefault:"10m"`
	// LeaseTTL is how long a record stays with a process that does not renew. Defaults to 15s.
	LeaseTTL time.Duration `env:"LEASE_TTL" envDefault:"15s"`

	// ConnectionRate is how fast one connection's CRM is called, by all replicas together: 10/s, 100/m, or off. Slower
	// after the CRM asked for a pause. Defaults to 10/s.
	ConnectionRate string `env:"CONNECTION_RATE" envDefault:"10/s"`
	// CallerRate is how many requests a user may make: 100/s, 600/m, or off. A second's worth may come at once. Defaults to 100/s.
	CallerRate string `env:"CALLER_RATE" envDefault:"100/s"`
	// LookupLag is how long a CRM's search may not see a write. Defaults to the definition's: HubSpot 60s, others 10s.
	LookupLag *time.Duration `env:"LOOKUP_LAG"`
	// Workers is how many waiting sends this process attends to at once. 0: none, it serves HTTP only. Defaults to 16.
	Workers int `env:"WORKERS" envDefault:"16"`

	// LogLevel is trace, debug, info, warn or error. Defaults to info.
	LogLevel string `env:"LOG_LEVEL" envDefault:"info"`
	// LogFormat is json or console. Defaults to json.
	LogFormat string `env:"LOG_FORMAT" envDefault:"json"`
}

// drain is how long running requests may take after a SIGTERM: a send that has begun gets its answer and stores it.
func (c config) drain() time.Duration { return c.AlloyTimeout + 15*time.Second }

// readConfig reads and checks all settings; its error names every fault, one a line, and quotes no secret.
func readConfig(e env) (config, settings, error) {
	var c config
	faults := &faults{unparsed: map[string]bool{}}
	if err := envlib.ParseWithOptions(&c, envlib.Options{Environment: e}); err != nil {
		faults.parse(err)
	}
	s := c.check(faults)
	return c, s, faults.err()
}

// faults collects what is wrong with the settings.
type faults struct {
	lines    []string
	unparsed map[string]bool // settings that have no value to look at any further
}

func (f *faults) add(format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf(format, args...))
}

// parse names the settings that the library could not read. Its own text quotes values.
func (f *faults) parse(err error) {
	var all envlib.AggregateError
	if !errors.As(err, &all) {
		f.add("the environment cannot be read")
		return
	}
	for _, one := range all.Errors {
		var parse envlib.ParseError
		if errors.As(one, &parse) {
			name := variable(parse.Name)
			f.unparsed[name] = true
			f.add("%s has a value of the wrong form; expected %s", name, form(parse.Type.String()))
			continue
		}
		f.add("a setting cannot be read")
	}
}

func form(goType string) string {
	switch goType {
	case "time.Duration":
		return "a duration such as 10s or 5m"
	case "int32", "int":
		return "a whole number"
	}
	return "a " + goType
}

func (f *faults) err() error {
	if len(f.lines) == 0 {
		return nil
	}
	slices.Sort(f.lines)
	return usage{fmt.Errorf("Settings are missing or wrong:\n  %s\nREADME.md lists them all; `server dev` needs none.", strings.Join(f.lines, "\n  "))} //nolint:staticcheck // a message for a person
}

// logger writes to w as the settings say.
func (c config) logger(w console) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil {
		level = zerolog.InfoLevel
	}
	if c.LogFormat == "console" {
		return zerolog.New(zerolog.ConsoleWriter{Out: w.err, TimeFormat: time.TimeOnly}).Level(level).With().Timestamp().Logger()
	}
	return zerolog.New(w.err).Level(level).With().Timestamp().Logger()
}
