package crm

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func TestCacheLoadsOnceForMany(t *testing.T) {
	t.Parallel()
	c := newCache[int](time.Minute, (&clock{}).now)
	var loads atomic.Int32
	release := make(chan struct{})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			got, err := c.get(t.Context(), "k", func(context.Context) (int, error) {
				loads.Add(1)
				<-release
				return 7, nil
			})
			if got != 7 || err != nil {
				t.Errorf("%d %v", got, err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(release)
	group.Wait()
	if loads.Load() != 1 {
		t.Errorf("%d loads", loads.Load())
	}
}

func TestCacheServesStaleOnError(t *testing.T) {
	t.Parallel()
	var now clock
	c := newCache[int](time.Minute, now.now)
	answer, failure := 1, error(nil)
	get := func() (int, error) {
		return c.get(t.Context(), "k", func(context.Context) (int, error) { return answer, failure })
	}
	if got, err := get(); got != 1 || err != nil {
		t.Fatal(got, err)
	}
	answer, failure = 0, errors.New("away")
	now.advance(2 * time.Minute)
	if got, err := get(); got != 1 || err != nil {
		t.Errorf("while Alloy is away: %d %v", got, err)
	}
	answer, failure = 2, nil
	if got, _ := get(); got != 1 {
		t.Errorf("asked again at once: %d", got)
	}
	now.advance(retryStale)
	if got, _ := get(); got != 2 {
		t.Errorf("after the pause: %d", got)
	}
	now.advance(2 * time.Minute)
	failure = &Error{Code: NotFound}
	if _, err := get(); CodeOf(err) != NotFound {
		t.Errorf("what is gone is gone: %v", err)
	}
}

// A caller who gives up leaves the load to those who wait on.
func TestCacheOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	c := newCache[int](time.Minute, (&clock{}).now)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	go cancel()
	if _, err := c.get(ctx, "k", func(ctx context.Context) (int, error) {
		<-release
		return 1, ctx.Err()
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller: %v", err)
	}
	close(release)
	if got, err := c.get(t.Context(), "k", func(context.Context) (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("the next: %d %v", got, err)
	}
}

// Who is down is not asked by everybody: from the second failure on, once in a while.
func TestCacheLeavesAloneWhoIsDown(t *testing.T) {
	t.Parallel()
	var now clock
	c := newCache[int](time.Minute, now.now)
	loads, failure := 0, errors.New("away")
	get := func() error {
		_, err := c.get(t.Context(), "k", func(context.Context) (int, error) { loads++; return 1, failure })
		return err
	}
	for range 10 {
		if err := get(); err == nil {
			t.Fatal("a failure was kept as a success")
		}
	}
	if loads != 2 {
		t.Errorf("%d loads, want 2", loads)
	}
	now.advance(retryStale)
	failure = nil
	if err := get(); err != nil || loads != 3 {
		t.Errorf("after the pause: %v, %d loads", err, loads)
	}
}
