package alloy

import (
	"net/http"
	"net/url"
	"time"

	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
)

// Client talks to Alloy's Connectivity API; safe for concurrent use.
type Client struct {
	base      *url.URL
	key       secret
	version   string
	timeout   time.Duration
	transport http.RoundTripper
	logger    zerolog.Logger
	observe   func(Observation)
	now       func() time.Time
}

var (
	_ crm.Directory = (*Client)(nil)
	_ crm.Vault     = (*Client)(nil)
	_ crm.Executor  = (*Client)(nil)
)

// secret is a value that no formatting verb can show: the fmt package prints a function as an address, also where it
// stands in an unexported field and a String method would not be asked.
type secret func() string

// New makes a client. The error names everything that is wrong with the options.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	base, err := o.check()
	if err != nil {
		return nil, err
	}
	return &Client{
		base:      base,
		key:       func() string { return o.APIKey },
		version:   o.APIVersion,
		timeout:   o.Timeout,
		transport: o.Transport,
		logger:    o.Logger,
		observe:   o.Observe,
		now:       o.Now,
	}, nil
}

// Close closes idle connections. Calls under way are not disturbed.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
