package testdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// source is one way to get a server. open returns the URL of its maintenance database and how to stop it, or
// *unavailable if the next source is to be tried; any other error is final.
type source struct {
	name string
	open func(ctx context.Context) (adminURL string, stop func() error, err error)
}

// unavailable is why a source cannot serve here.
type unavailable struct{ reason error }

func (u *unavailable) Error() string { return u.reason.Error() }
func (u *unavailable) Unwrap() error { return u.reason }

// sources in the order in which they are tried.
func sources() []source {
	return []source{
		{"TEST_DATABASE_URL", func(ctx context.Context) (string, func() error, error) {
			return openGiven(ctx, os.Getenv("TEST_DATABASE_URL"))
		}},
		{"Docker", openDocker},
		{"installed Postgres", openInstalled},
	}
}

// harness opens one server at its first use and keeps it.
type harness struct {
	sources []source

	once   sync.Once
	server *server
	stop   func() error
	err    error
}

func newHarness(sources []source) *harness { return &harness{sources: sources} }

// open returns the server, starting it if this is the first call. log is told once what was chosen and why.
func (h *harness) open(ctx context.Context, log func(format string, args ...any)) (*server, error) {
	h.once.Do(func() {
		var reasons []error
		for _, src := range h.sources {
			adminURL, stop, err := src.open(ctx)
			if err != nil {
				err = fmt.Errorf("%s: %w", src.name, err)
				reasons = append(reasons, err)
				if errors.As(err, new(*unavailable)) {
					continue
				}
				h.err = err
				return
			}
			h.stop = stop
			if h.server, h.err = newServer(ctx, adminURL); h.err != nil {
				return
			}
			log("testdb: databases come from %s%s", src.name, because(reasons))
			return
		}
		h.err = errors.Join(reasons...)
	})
	return h.server, h.err
}

// because lists why the sources before the chosen one were passed over.
func because(reasons []error) string {
	var text string
	for _, reason := range reasons {
		text += fmt.Sprintf("\n\t(%v)", reason)
	}
	return text
}

// close stops the server if one was started here.
func (h *harness) close() {
	h.once.Do(func() { h.err = errors.New("the tests of this package are over") })
	if h.stop == nil {
		return
	}
	if err := h.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "testdb: stop the server: %v\n", err)
	}
}
