package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/coalesce"
)

// check holds an answer against what the item did: as many effects as the answer says, where it says so.
func check(t *testing.T, item, got int, err, ctxErr error, effects int32) {
	t.Helper()
	switch {
	case err == nil:
		if got != item || effects != 1 {
			t.Errorf("item %d: result %d with %d effects", item, got, effects)
		}
	case ctxErr == nil || !errors.Is(err, ctxErr):
		t.Errorf("item %d: %v, while its context says %v", item, err, ctxErr)
	case !errors.Is(err, coalesce.ErrUnknown) && effects != 0:
		t.Errorf("item %d: %v, but it took effect", item, err)
	}
}

func TestAContextThatHasEndedRunsNothing(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := coalesce.New(r.run, coalesce.Options{}).Do(ctx, 1)
	if err != context.Canceled || r.times(1) != 0 {
		t.Errorf("%v, run %d times", err, r.times(1))
	}
}

// Item 0 runs for a second; 1, 2, 3 run together in the second after. Whose context ends when, and what they get.
func TestContextEndings(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, test := range []struct {
		name    string
		who     int
		ends    time.Duration
		after   time.Duration // Do returns
		want    error         // nil: the result
		unknown bool
		batches []int
	}{
		{"alone, while it runs", 0, 500 * ms, 1000 * ms, nil, false, []int{1, 3}},
		{"in the queue, first", 1, 500 * ms, 500 * ms, context.DeadlineExceeded, false, []int{1, 2}},
		{"in the queue, later", 3, 500 * ms, 500 * ms, context.DeadlineExceeded, false, []int{1, 2}},
		{"while it leads a batch", 1, 1500 * ms, 2000 * ms, nil, false, []int{1, 3}},
		{"in the batch of another", 2, 1500 * ms, 1500 * ms, context.DeadlineExceeded, true, []int{1, 3}},
		{"afterwards", 2, 2500 * ms, 2000 * ms, nil, false, []int{1, 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{takes: time.Second}
				c := coalesce.New(r.run, coalesce.Options{})
				var answers []<-chan answer
				for i := range 4 {
					ctx := t.Context()
					if i == test.who {
						limited, cancel := context.WithTimeout(ctx, test.ends)
						defer cancel()
						ctx = limited
					}
					answers = append(answers, do(ctx, c, i))
					synctest.Wait()
				}
				for i, a := range answers {
					got := <-a
					if i != test.who {
						if got.err != nil || got.result != i*i {
							t.Errorf("item %d: %d, %v", i, got.result, got.err)
						}
						continue
					}
					if !errors.Is(got.err, test.want) || errors.Is(got.err, coalesce.ErrUnknown) != test.unknown || got.after != test.after {
						t.Errorf("%v after %v; want %v, unknown %v, after %v", got.err, got.after, test.want, test.unknown, test.after)
					}
					if test.want == nil && got.result != i*i {
						t.Errorf("result %d", got.result)
					}
				}
				if diff := cmp.Diff(test.batches, r.sizes()); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A batch of 9, 2 and 3 fails after 2 s, and they run alone one after the other. Whose context ends meanwhile has been
// run, so nobody says that nothing happened; and who has left holds up nobody.
func TestContextEndingsAroundASplit(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, test := range []struct {
		name    string
		who     int
		ends    time.Duration
		unknown bool
		batches string
	}{
		{"leader, in the batch", 1, 1500 * ms, true, "[[0] [9 2 3] [2] [3]]"},
		{"leader, alone", 1, 2500 * ms, false, "[[0] [9 2 3] [9] [2] [3]]"},
		{"another, in the batch", 2, 1500 * ms, true, "[[0] [9 2 3] [9] [3]]"},
		{"another, waiting to be alone", 2, 2500 * ms, true, "[[0] [9 2 3] [9] [3]]"},
		{"another, alone", 2, 3500 * ms, false, "[[0] [9 2 3] [9] [2] [3]]"},
		{"the last, waiting to be alone", 3, 3500 * ms, true, "[[0] [9 2 3] [9] [2]]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{takes: time.Second, fail: poison(9)}
				c := coalesce.New(r.run, coalesce.Options{})
				var answers []<-chan answer
				for i, item := range []int{0, 9, 2, 3} {
					ctx := t.Context()
					if i == test.who {
						limited, cancel := context.WithTimeout(ctx, test.ends)
						defer cancel()
						ctx = limited
					}
					answers = append(answers, do(ctx, c, item))
					synctest.Wait()
				}
				for i, a := range answers {
					got := <-a
					switch unknown := errors.Is(got.err, coalesce.ErrUnknown); {
					case unknown != (i == test.who && test.unknown):
						t.Errorf("caller %d: %v", i, got.err)
					case unknown && !errors.Is(got.err, context.DeadlineExceeded):
						t.Errorf("caller %d: %v does not name the context's error", i, got.err)
					case !unknown && (i == 1) != errors.Is(got.err, errRefused):
						t.Errorf("caller %d: %v", i, got.err)
					}
				}
				if got := fmt.Sprint(r.batches); got != test.batches {
					t.Errorf("batches %s, want %s", got, test.batches)
				}
				if _, err := c.Do(t.Context(), 5); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// The context ends at the moment when the lane becomes free: whichever is seen first, the item is not run, and the one
// behind it is.
func TestAContextEndsAsItsCallerGetsTheLane(t *testing.T) {
	t.Parallel()
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			r := &recorder{takes: time.Second, fail: func([]int) error { cancel(); return nil }}
			c := coalesce.New(r.run, coalesce.Options{})
			first := do(t.Context(), c, 0)
			synctest.Wait()
			second := do(ctx, c, 1)
			synctest.Wait()
			third := do(t.Context(), c, 2)
			if got := <-second; got.err != context.Canceled || r.times(1) != 0 {
				t.Errorf("%v, run %d times", got.err, r.times(1))
			}
			if a, b := <-first, <-third; a.err != nil || b.err != nil || b.after != 2*time.Second {
				t.Errorf("the others: %v, %v", a, b)
			}
		})
	}
}

// The context of a run is no caller's: it ends by the time limit only.
func TestTheContextOfARun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := coalesce.New(func(ctx context.Context, items []int) ([]int, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, coalesce.Options{Timeout: 3 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got := <-do(ctx, c, 1); got.err != context.DeadlineExceeded || got.after != 3*time.Second {
			t.Errorf("%v after %v", got.err, got.after)
		}
	})
}
