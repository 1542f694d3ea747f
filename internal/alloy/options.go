package alloy

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// The defaults of [Options].
const (
	DefaultBaseURL    = "https://production.runalloy.com"
	DefaultAPIVersion = "2025-09"
	DefaultTimeout    = 30 * time.Second
)

// maxTimeout is the longest wait for one answer; Alloy's own limit for an execution is five minutes.
const maxTimeout = 5 * time.Minute

// Options configure a [Client]. Only APIKey has no default.
type Options struct {
	BaseURL    string        // https, or http on loopback; a path is kept as prefix. Default DefaultBaseURL
	APIKey     string        `json:"-"`
	APIVersion string        // x-api-version, YYYY-MM. Default DefaultAPIVersion
	Timeout    time.Duration // of one call, the reading of its answer included; at most 5 min. Default DefaultTimeout

	// Transport sends the requests; default NewTransport(). One of another kind must not follow redirects or retry, and
	// should honour net/http/httptrace: without it every lost call counts as one that may have happened.
	Transport http.RoundTripper

	Logger  zerolog.Logger    // a logger in the call's context goes first. Default: none
	Observe func(Observation) // called after each call, must not block. Default: none
	Now     func() time.Time  // for Retry-After dates. Default time.Now
}

// Observation is one call as metrics see it. Operation is one of a closed set, such as "execute" or "list_connectors";
// Outcome is "ok" or the crm.Code of the failure.
type Observation struct {
	Operation string
	Outcome   string
	Duration  time.Duration
}

// String hides the API key.
func (o Options) String() string {
	return fmt.Sprintf("alloy.Options{BaseURL: %q, APIVersion: %q, Timeout: %s}", o.BaseURL, o.APIVersion, o.Timeout)
}

// GoString hides the API key.
func (o Options) GoString() string { return o.String() }

func (o Options) withDefaults() Options {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.APIVersion == "" {
		o.APIVersion = DefaultAPIVersion
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Transport == nil {
		o.Transport = NewTransport()
	}
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

var versionForm = regexp.MustCompile(`^\d{4}-\d{2}$`)

// check returns the parsed base URL, or all faults at once. No fault quotes the API key or the user part of a URL.
func (o Options) check() (*url.URL, error) {
	base, err := checkBaseURL(o.BaseURL)
	faults := []error{err}
	switch {
	case o.APIKey == "":
		faults = append(faults, errors.New("alloy: the API key is missing; Alloy's dashboard makes one under Settings, API Keys"))
	case !visibleASCII(o.APIKey):
		faults = append(faults, errors.New("alloy: the API key contains blanks, line breaks or characters outside ASCII; copy it again"))
	}
	if !versionForm.MatchString(o.APIVersion) {
		faults = append(faults, fmt.Errorf("alloy: API version %q is not of the form YYYY-MM, such as %s", o.APIVersion, DefaultAPIVersion))
	}
	if o.Timeout < 0 || o.Timeout > maxTimeout {
		faults = append(faults, fmt.Errorf("alloy: timeout %s is not between 0 and %s", o.Timeout, maxTimeout))
	}
	return base, errors.Join(faults...)
}

func checkBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("alloy: the base URL cannot be parsed; it should look like " + DefaultBaseURL)
	case u.User != nil:
		return nil, errors.New("alloy: the base URL holds a user name; the API key is the only credential")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("alloy: the base URL has a query or a fragment; leave both out")
	case u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("alloy: base URL %q names no host; it should look like %s", raw, DefaultBaseURL)
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, fmt.Errorf("alloy: base URL %q would send the API key unencrypted; use https (http is for loopback only)", raw)
	default:
		return nil, fmt.Errorf("alloy: base URL %q has the scheme %q; use https", raw, u.Scheme)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// visibleASCII reports whether s may stand in a header as it is.
func visibleASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
