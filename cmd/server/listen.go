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

// drainLimit is how long running requests may take after a SIGTERM. A send in flight has to get its answer.
const drainLimit = 40 * time.Second

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

// serveAll serves until ctx ends, then stops listening and lets running requests finish. Background work given as jobs
// runs beside it and ends with it.
func serveAll(ctx context.Context, endpoints []endpoint, jobs ...func(context.Context)) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range endpoints {
		// WriteTimeout stays 0: an answer may take as long as its call to the CRM.
		server := &http.Server{
			Handler: e.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second,
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
			drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
			defer cancel()
			if err := server.Shutdown(drain); err != nil {
				_ = server.Close() // what has not finished by now will not
				return fmt.Errorf("%s: requests were still running after %v", e.name, drainLimit)
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
