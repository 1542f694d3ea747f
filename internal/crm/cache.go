package crm

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// cache keeps what Alloy offers for a while: one load at a time per key, and while a reload fails the old value serves.
// Keys are bounded by the caller, who only asks for ids that Alloy itself has listed.
type cache[V any] struct {
	ttl    time.Duration
	now    func() time.Time
	flight singleflight.Group
	mu     sync.RWMutex
	kept   map[string]kept[V]
	failed map[string]failed
}

type kept[V any] struct {
	value V
	until time.Time
}

// failed is a key that could not be loaded lately.
type failed struct {
	err   error
	times int
	until time.Time
}

// retryStale is how long an old value serves after a failed reload before the next try, and how long a key that has failed
// twice is not tried again.
const retryStale = 5 * time.Second

// loadLimit bounds a load, which outlives the caller that started it because others may wait for it.
const loadLimit = time.Minute

func newCache[V any](ttl time.Duration, now func() time.Time) *cache[V] {
	return &cache[V]{ttl: ttl, now: now, kept: map[string]kept[V]{}, failed: map[string]failed{}}
}

func (c *cache[V]) get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
	c.mu.RLock()
	old, have := c.kept[key]
	down := c.failed[key]
	c.mu.RUnlock()
	if have && c.now().Before(old.until) {
		return old.value, nil
	}
	if down.times > 1 && c.now().Before(down.until) {
		var none V
		return none, down.err
	}
	done := c.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
		defer cancel()
		value, err := load(ctx)
		if err == nil {
			c.put(key, value, c.ttl)
			return value, nil
		}
		if have && CodeOf(err) != NotFound {
			c.put(key, old.value, retryStale)
			return old.value, nil
		}
		c.fail(key, err)
		return value, err
	})
	select {
	case r := <-done:
		return r.Val.(V), r.Err
	case <-ctx.Done():
		var none V
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return none, &Error{Code: UpstreamUnavailable, Detail: "Alloy did not answer in time.", Err: ctx.Err()}
		}
		return none, ctx.Err()
	}
}

func (c *cache[V]) put(key string, value V, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[key] = kept[V]{value: value, until: c.now().Add(ttl)}
	delete(c.failed, key)
}

// fail notes a failure. One is soon forgotten; from the second on, who is down is left alone for a while.
func (c *cache[V]) fail(key string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	times := 1
	if before, ok := c.failed[key]; ok && c.now().Before(before.until.Add(retryStale)) {
		times = before.times + 1
	}
	c.failed[key] = failed{err: err, times: times, until: c.now().Add(retryStale)}
}
