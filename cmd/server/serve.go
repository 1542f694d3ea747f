package main

import (
	"context"
	"sync"
)

type serveCommand struct{}

// Run runs the service until the context ends. It never falls back to a sandbox or a private database.
func (serveCommand) Run(ctx context.Context, e env, out console) error {
	c, s, err := readConfig(e)
	if err != nil {
		return err
	}
	log := c.logger(out)
	for _, warning := range s.warnings {
		log.Warn().Msg(warning)
	}
	made, err := newService(ctx, c, s, log, nil)
	if err != nil {
		return err
	}
	defer made.store.Close()
	return made.run(ctx, c)
}

// run listens and serves until ctx ends, then drains.
func (s *service) run(ctx context.Context, c config) error {
	public, err := listen(ctx, "LISTEN_ADDR", c.ListenAddr)
	if err != nil {
		return err
	}
	admin, err := listen(ctx, "ADMIN_ADDR", c.AdminAddr)
	if err != nil {
		_ = public.Close()
		return err
	}
	if err := s.store.Ready(ctx); err != nil {
		s.log.Warn().Err(err).Msg("not ready yet")
	}
	s.log.Info().Str("version", version).Stringer("listen", public.Addr()).Stringer("admin", admin.Addr()).Msg("serving")
	err = serveAll(ctx, c.drain(), []endpoint{{"public", public, s.handler}, {"admin", admin, s.admin}}, s.chores, s.work)
	s.log.Info().Msg("stopped")
	return err
}

// chores does what nobody waits for until ctx ends.
func (s *service) chores(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { s.mappings.Run(ctx, choreInterval) })
	s.janitor.Run(ctx, choreInterval)
	both.Wait()
}

// work attends to waiting sends until ctx ends.
func (s *service) work(ctx context.Context) {
	if s.workers == nil {
		return
	}
	if err := s.workers.Run(ctx); err != nil {
		s.log.Error().Err(err).Msg("the queue's workers did not stop in time")
	}
}
