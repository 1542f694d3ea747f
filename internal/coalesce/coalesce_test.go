package coalesce_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/coalesce"
)

// recorder is a run that takes its time, squares its items and remembers its batches.
type recorder struct {
	takes time.Duration
	fail  func(items []int) error // nil: never

	mu      sync.Mutex
	batches [][]int
	now     int
	most    int // runs at the same time
}

func (r *recorder) run(ctx context.Context, items []int) ([]int, error) {
	r.mu.Lock()
	r.batches = append(r.batches, slices.Clone(items))
	r.now++
	r.most = max(r.most, r.now)
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.now--
		r.mu.Unlock()
	}()
	select {
	case <-time.After(r.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r.fail != nil {
		if err := r.fail(items); err != nil {
			return nil, err
		}
	}
	squares := make([]int, len(items))
	for i, n := range items {
		squares[i] = n * n
	}
	return squares, nil
}

// sizes are the sizes of the batches so far.
func (r *recorder) sizes() (sizes []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.batches {
		sizes = append(sizes, len(b))
	}
	return sizes
}

// times tells how often an item was run.
func (r *recorder) times(item int) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.batches {
		for _, i := range b {
			if i == item {
				n++
			}
		}
	}
	return n
}

// answer is what one call of Do returned, and when.
type answer struct {
	result int
	err    error
	after  time.Duration
}

// do starts a call of Do in its own goroutine.
func do(ctx context.Context, c *coalesce.Coalescer[int, int], item int) <-chan answer {
	start, answers := time.Now(), make(chan answer, 1)
	go func() {
		result, err := c.Do(ctx, item)
		answers <- answer{result, err, time.Since(start)}
	}()
	return answers
}

// Callers come while the one lane is busy: they gather, the next run takes as many as it may, in one go.
func TestArrivalsGatherWhileTheLaneIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Second}
		c := coalesce.New(r.run, coalesce.Options{MaxBatch: 4})
		var answers []<-chan answer
		for i := range 8 {
			answers = append(answers, do(t.Context(), c, i))
			synctest.Wait()
		}
		var after []time.Duration
		for i, a := range answers {
			got := <-a
			if got.err != nil || got.result != i*i {
				t.Errorf("item %d: %d, %v", i, got.result, got.err)
			}
			after = append(after, got.after)
		}
		if diff := cmp.Diff([]int{1, 4, 3}, r.sizes()); diff != "" {
			t.Errorf("batches (-want +got):\n%s", diff)
		}
		const s = time.Second
		if diff := cmp.Diff([]time.Duration{s, 2 * s, 2 * s, 2 * s, 2 * s, 3 * s, 3 * s, 3 * s}, after); diff != "" {
			t.Errorf("answered after (-want +got):\n%s", diff)
		}
	})
}

func TestLanesRunBesideEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Second}
		c := coalesce.New(r.run, coalesce.Options{Lanes: 3, MaxBatch: 10})
		var answers []<-chan answer
		for i := range 13 {
			answers = append(answers, do(t.Context(), c, i))
			synctest.Wait()
		}
		for _, a := range answers {
			<-a
		}
		sizes := r.sizes()
		total := 0
		for _, n := range sizes {
			total += n
		}
		if r.most != 3 || total != 13 || len(sizes) > 6 {
			t.Errorf("%d runs at once, batches %v; want 3 runs at once and 13 items in 6 runs at most", r.most, sizes)
		}
	})
}

// A lone caller runs its items itself: in its own goroutine, at once, one by one.
func TestALoneCallerRunsInItsOwnGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inside := false // without a lock: the race detector sees another goroutine
		c := coalesce.New(func(_ context.Context, items []int) ([]int, error) {
			inside = true
			return items, nil
		}, coalesce.Options{})
		start := time.Now()
		for i := range 100 {
			inside = false
			if got, err := c.Do(t.Context(), i); got != i || err != nil || !inside {
				t.Fatalf("item %d: %d, %v, run %v", i, got, err, inside)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("waited %v", d)
		}
	})
}

// With real time and many callers: each item is run once, each caller gets its own result, and the size of the batches
// follows the number of callers.
func TestBatchesAdaptToTheLoad(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		callers, lanes   int
		least, atMost    float64 // average batch
		rounds, maxBatch int
	}{
		{"one caller", 1, 1, 1, 1, 50, 64},
		{"a caller for each lane", 4, 4, 1, 1, 20, 64},
		{"many callers", 64, 1, 4, 64, 20, 64},
		{"many callers, small batches", 64, 2, 3, 8, 20, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{takes: 500 * time.Microsecond}
			c := coalesce.New(r.run, coalesce.Options{Lanes: test.lanes, MaxBatch: test.maxBatch})
			var group sync.WaitGroup
			for caller := range test.callers {
				group.Go(func() {
					for round := range test.rounds {
						item := caller*test.rounds + round
						if got, err := c.Do(t.Context(), item); err != nil || got != item*item {
							t.Errorf("item %d: %d, %v", item, got, err)
						}
					}
				})
			}
			group.Wait()
			items := test.callers * test.rounds
			for i := range items {
				if n := r.times(i); n != 1 {
					t.Errorf("item %d was run %d times", i, n)
				}
			}
			average := float64(items) / float64(len(r.batches))
			if average < test.least || average > test.atMost || r.most > test.lanes {
				t.Errorf("average batch %.1f, want %v to %v; %d runs at once", average, test.least, test.atMost, r.most)
			}
			if largest := slices.Max(r.sizes()); largest > test.maxBatch {
				t.Errorf("a batch of %d", largest)
			}
		})
	}
}

// Callers whose contexts end at any moment, and batches that fail at any moment, leave the others unharmed and no lane
// behind.
func TestExactlyOnceUnderConcurrency(t *testing.T) {
	t.Parallel()
	const callers, rounds = 32, 60
	var effects [callers * rounds]atomic.Int32
	var batches atomic.Int64
	c := coalesce.New(func(_ context.Context, items []int) ([]int, error) {
		time.Sleep(50 * time.Microsecond)
		if batches.Add(1)%5 == 0 && len(items) > 1 {
			return nil, errRefused
		}
		for _, i := range items {
			effects[i].Add(1)
		}
		return items, nil
	}, coalesce.Options{Lanes: 2, MaxBatch: 8})
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for round := range rounds {
				item := caller*rounds + round
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if item%3 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(item%7)*40*time.Microsecond)
				}
				got, err := c.Do(ctx, item)
				check(t, item, got, err, ctx.Err(), effects[item].Load())
				cancel()
			}
		})
	}
	group.Wait()
	for i := range effects {
		if n := effects[i].Load(); n > 1 {
			t.Errorf("item %d took effect %d times", i, n)
		}
	}
	start := time.Now()
	if _, err := c.Do(t.Context(), 0); err != nil || time.Since(start) > 5*time.Second {
		t.Errorf("afterwards no lane is free: %v", err)
	}
}
