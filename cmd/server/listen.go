package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// endpoint is a handler on a listener.
type endpoint struct {
	name     string
	listener net.Listener
	handler  http.Handler
}

func listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", setting, addr, err)
	}
	return l, nil
}

// errStillRunning is the end of a drain that was too short. A connection that was opened and not used yet counts as one
// that may bring a request, for five seconds: browsers keep such spares.
var errStillRunning = errors.New("requests were still running")

// impatient takes a drain that was too short for a good end: a person who presses Ctrl-C wants just that.
func impatient(err error) error {
	if errors.Is(err, errStillRunning) {
		return nil
	}
	return err
}

// serveAll serves until ctx ends, then stops listening and lets running requests finish, for as long as drain says.
// Background work given as jobs runs beside it and ends with it.
func serveAll(ctx context.Context, drain time.Duration, endpoints []endpoint, jobs ...func(context.Context)) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range endpoints {
		// WriteTimeout and ReadTimeout stay 0: an answer may take as long as its call to the CRM, and a read deadline that
		// passes meanwhile would look like a caller who has gone. The API sets a deadline of its own for each body.
		server := &http.Server{
			Handler: e.handler, ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout: 120 * time.Second, MaxHeaderBytes: 32 << 10,
			BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		}
		group.Go(func() error {
			if err := server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("the %s listener stopped: %w", e.name, err)
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
			defer cancel()
			if err := server.Shutdown(finishing); err != nil {
				_ = server.Close() // what has not finished by now will not
				return fmt.Errorf("%s: %w after %v", e.name, errStillRunning, drain)
			}
			return nil
		})
	}
	for _, job := range jobs {
		group.Go(func() error {
			job(ctx)
			return nil
		})
	}
	return group.Wait()
}
