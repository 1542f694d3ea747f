package crm

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// lease is a claim that is kept alive. heldSince is when the last request that prolonged it was sent: the database counts
// from a later moment, so that by this process's own clock the lease never lasts longer than by the database's.
type lease struct {
	claim     Claim
	ttl       time.Duration
	ledger    Ledger
	heldSince atomic.Pointer[time.Time]
	drop      context.CancelFunc
}

// errLeaseLost: another process has taken the record over; nothing may be called any more.
var errLeaseLost = errors.New("the lease was lost")

// errNothingCalled beside it: this claim has made no call.
var errNothingCalled = errors.New("nothing was called")

// hold renews the claim until it is dropped. A lease that is lost, or cannot be renewed, needs nothing done here: ensure
// looks before each call, and Finish decides by the claim what a late outcome is worth.
func (s *Sender) hold(ctx context.Context, c Claim, asked time.Time) *lease {
	ctx, cancel := context.WithCancel(ctx)
	l := &lease{claim: c, ttl: s.config.LeaseTTL, ledger: s.ledger, drop: cancel}
	l.heldSince.Store(&asked)
	go func() {
		for pause(ctx, l.ttl/3) {
			if err := l.renew(ctx); errors.Is(err, errLeaseLost) {
				return
			}
		}
	}()
	return l
}

func (l *lease) renew(ctx context.Context) error {
	asked := time.Now()
	held, err := l.ledger.Renew(ctx, l.claim, l.ttl)
	if err == nil && !held {
		return errLeaseLost
	}
	if err == nil {
		l.heldSince.Store(&asked)
	}
	return err
}

// ensure makes sure, right before a call, that the lease is fresh: a process that was stopped for a while must not go on
// where it left off, since by now another may have done its work.
func (l *lease) ensure(ctx context.Context) error {
	if time.Since(*l.heldSince.Load()) < l.ttl/2 {
		return nil
	}
	if err := l.renew(ctx); err != nil {
		return errors.Join(errLeaseLost, err)
	}
	return nil
}
