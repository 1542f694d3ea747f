package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Options say how a Server is reached and what it keeps.
type Options struct {
	// APIKey is the bearer key that clients have to give. Required.
	APIKey string
	// PublicURL is the base URL under which Handler is reached, without a slash at its end, such as
	// "http://localhost:8081". It stands in the consent page's address and in record URLs. May be set later by
	// SetPublicURL.
	PublicURL string
	// StateFile keeps users, credentials, records and settings: it is read at the start and replaced whole after each
	// change. "" keeps everything in memory only.
	StateFile string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Logger gets what an operator should know, no secrets.
	Logger zerolog.Logger
}

// Server is a simulated Alloy with its CRMs. Its methods are safe for concurrent use.
type Server struct {
	apiKey    string
	publicURL atomic.Pointer[string]
	now       func() time.Time
	log       zerolog.Logger

	catalog  *catalog
	settings switchboard
	people   *directory
	books    *books
	ledger   *ledger
	faults   *faults
	schemas  *schemaBook
	pages    *pages
	dialects map[string]dialect
	mint     *mint
	saver    *saver // nil without a state file

	handler, management http.Handler
}

// New reads the state file, if there is one. It fails without an API key, with a public URL that is none, and with a
// state file that it cannot read.
func New(o Options) (*Server, error) {
	if o.APIKey == "" {
		return nil, errors.New("sandbox: the API key is missing; choose any and give the same to the client")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PublicURL != "" {
		if u, err := url.Parse(o.PublicURL); err != nil || u.Host == "" {
			return nil, fmt.Errorf("sandbox: the public URL %q is none; it should look like http://localhost:8081", o.PublicURL)
		}
	}
	c, err := readCatalog()
	if err != nil {
		return nil, fmt.Errorf("sandbox: the built-in catalogue is broken: %w", err)
	}
	p, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("sandbox: the built-in pages are broken: %w", err)
	}
	ids := newMint()
	s := &Server{
		apiKey: o.APIKey, now: o.Now, log: o.Logger, catalog: c, pages: p, dialects: dialects(),
		people: newDirectory(ids.next(o.Now())), mint: ids, books: newBooks(), ledger: newLedger(), faults: newFaults(), schemas: &schemaBook{},
	}
	s.settings.now.Store(defaultSettings())
	s.SetPublicURL(o.PublicURL)
	if o.StateFile != "" {
		if err := s.restore(o.StateFile); err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
	}
	s.handler, s.management = s.routes(), s.managementRoutes()
	return s, nil
}

// SetPublicURL tells the server where Handler is reached, for callers that learn it after New.
func (s *Server) SetPublicURL(base string) {
	base = strings.TrimSuffix(base, "/")
	s.publicURL.Store(&base)
}

func (s *Server) url(path string) string { return *s.publicURL.Load() + path }

// Handler serves the simulated API, the consent pages and the CRMs' pages.
func (s *Server) Handler() http.Handler { return s.handler }

// Management serves the switches. It asks for no key and shows everything: it belongs on a loopback address.
func (s *Server) Management() http.Handler { return s.management }
