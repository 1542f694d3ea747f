package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sendtocrm/internal/coalesce"
)

var errRefused = errors.New("refused")

func poison(bad ...int) func([]int) error {
	return func(items []int) error {
		for _, i := range items {
			if slices.Contains(bad, i) {
				return fmt.Errorf("%w: item %d", errRefused, i)
			}
		}
		return nil
	}
}

// together makes 0 run first and the items gather behind it, and gives their answers.
func together(t *testing.T, c *coalesce.Coalescer[int, int], items ...int) (answers []answer) {
	var waiting []<-chan answer
	for _, item := range append([]int{0}, items...) {
		waiting = append(waiting, do(t.Context(), c, item))
		synctest.Wait()
	}
	for _, w := range waiting[1:] {
		answers = append(answers, <-w)
	}
	<-waiting[0]
	return answers
}

func TestOneBadItemFailsAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		bad     []int
		lanes   int
		batches string
	}{
		{"the first", []int{1}, 1, "[[0] [1 2 3 4] [1] [2] [3] [4]]"},
		{"another", []int{3}, 1, "[[0] [1 2 3 4] [1] [2] [3] [4]]"},
		{"all", []int{1, 2, 3, 4}, 1, "[[0] [1 2 3 4] [1] [2] [3] [4]]"},
		{"none", nil, 1, "[[0] [1 2 3 4]]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{takes: time.Second, fail: poison(test.bad...)}
				for i, a := range together(t, coalesce.New(r.run, coalesce.Options{Lanes: test.lanes}), 1, 2, 3, 4) {
					item := i + 1
					if bad := slices.Contains(test.bad, item); bad != errors.Is(a.err, errRefused) || !bad && a.result != item*item {
						t.Errorf("item %d: %d, %v", item, a.result, a.err)
					}
					if a.err != nil && !strings.Contains(a.err.Error(), fmt.Sprint("item ", item)) {
						t.Errorf("item %d got the error of another: %v", item, a.err)
					}
				}
				if got := fmt.Sprint(r.batches); got != test.batches {
					t.Errorf("batches %s, want %s", got, test.batches)
				}
			})
		})
	}
}

// When a batch fails, the lanes that are free begin with its items.
func TestSingleRunsUseAllLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Second, fail: func(items []int) error {
			if items[0] == 100 {
				time.Sleep(500 * time.Millisecond) // so that the lanes do not become free at the same time
			}
			return poison(9)(items)
		}}
		c := coalesce.New(r.run, coalesce.Options{Lanes: 2})
		long := do(t.Context(), c, 100)
		synctest.Wait()
		answers := together(t, c, 9, 2, 3, 4)
		<-long
		last := slices.MaxFunc(answers, func(a, b answer) int { return int(a.after - b.after) })
		if last.after != 4*time.Second { // the batch in the second second, then four items in two lanes
			t.Errorf("the last answer came after %v", last.after)
		}
	})
}

// Those who come while the items of a failed batch run alone are not mixed with them.
func TestNewItemsDoNotJoinSingleRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Second, fail: poison(9)}
		c := coalesce.New(r.run, coalesce.Options{})
		late := make(chan (<-chan answer), 2)
		go func() {
			time.Sleep(2500 * time.Millisecond) // 9 runs alone
			for _, item := range []int{5, 6} {
				late <- do(t.Context(), c, item)
				synctest.Wait()
			}
		}()
		together(t, c, 9, 2, 3)
		for range 2 {
			if got := <-<-late; got.err != nil {
				t.Error(got.err)
			}
		}
		if got, want := fmt.Sprint(r.batches), "[[0] [9 2 3] [9] [2] [3] [5 6]]"; got != want {
			t.Errorf("batches %s, want %s", got, want)
		}
	})
}

func TestBatchesThatAreNotSplit(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost in the commit")
	for _, test := range []struct {
		name string
		opts coalesce.Options
		fail func([]int) ([]int, error)
		want func(error) bool
	}{
		{"Split says no", coalesce.Options{Split: func(err error) bool { return err != lost }},
			func([]int) ([]int, error) { return nil, lost },
			func(err error) bool { return err == lost }},
		{"time is over", coalesce.Options{Timeout: time.Minute},
			func([]int) ([]int, error) { time.Sleep(time.Hour); return nil, lost },
			func(err error) bool { return err == lost }},
		{"panic", coalesce.Options{},
			func([]int) ([]int, error) { panic(lost) },
			func(err error) bool {
				var p *coalesce.PanicError
				return errors.As(err, &p) && p.Value == any(lost) && strings.Contains(string(p.Stack), "split_test") && errors.Is(err, lost)
			}},
		{"Goexit", coalesce.Options{},
			func([]int) ([]int, error) { runtime.Goexit(); return nil, nil },
			func(err error) bool { return err != nil }},
		{"too few results", coalesce.Options{},
			func([]int) ([]int, error) { return []int{1}, nil },
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "1 results for 3 items") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				batches := 0
				c := coalesce.New(func(_ context.Context, items []int) ([]int, error) {
					batches++
					time.Sleep(time.Second)
					if len(items) > 1 {
						return test.fail(items)
					}
					return items, nil
				}, test.opts)
				var answers []<-chan answer
				for i := range 4 {
					answers = append(answers, do(t.Context(), c, i))
					synctest.Wait()
				}
				for i, a := range answers {
					if i == 1 && test.name == "Goexit" {
						continue // its goroutine has ended, as run wanted
					}
					if got := <-a; i > 0 && !test.want(got.err) {
						t.Errorf("item %d: %v", i, got.err)
					}
				}
				synctest.Wait()
				if _, err := c.Do(t.Context(), 5); err != nil || batches != 3 {
					t.Errorf("afterwards: %v, %d runs", err, batches)
				}
			})
		})
	}
}

func TestALoneRunThatFails(t *testing.T) {
	t.Parallel()
	broken := 0
	c := coalesce.New(func(_ context.Context, items []int) ([]int, error) {
		if broken++; broken == 1 {
			panic("broken")
		}
		return nil, errRefused
	}, coalesce.Options{})
	var p *coalesce.PanicError
	if _, err := c.Do(t.Context(), 1); !errors.As(err, &p) || errors.Unwrap(p) != nil || p.Error() != "coalesce: run panicked: broken" {
		t.Errorf("panic: %v", err)
	}
	if _, err := c.Do(t.Context(), 1); err != errRefused || broken != 2 {
		t.Errorf("error: %v after %d runs", err, broken)
	}
}
