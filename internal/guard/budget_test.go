package guard_test

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"sendtocrm/internal/guard"
)

func retries(b *guard.Budget, key string, tries int) (granted int) {
	for range tries {
		if b.Retry(key) {
			granted++
		}
	}
	return granted
}

func TestBudget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                string
		before, first, want int // first tries before the purse is emptied, after it, and retries granted then
	}{
		{"empty", 0, 0, 0},
		{"nine tries earn none", 0, 9, 0},
		{"ten tries earn one", 0, 10, 1},
		{"a tenth", 0, 57, 5},
		{"saves no more than ten", 0, 5000, 10},
		{"a full purse earns nothing", 5000, 9, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := guard.NewBudget((&clock{}).now)
			for range test.before {
				b.First("k")
			}
			if got := retries(b, "k", 100); got != 10 {
				t.Errorf("%d retries from a full purse, want 10", got)
			}
			for range test.first {
				b.First("k")
			}
			if got := retries(b, "k", 100); got != test.want {
				t.Errorf("%d retries, want %d", got, test.want)
			}
			if got := retries(b, "another", 100); got != 10 {
				t.Errorf("%d retries of another key, want 10", got)
			}
		})
	}
}

// In any order of tries, the retries stay within a tenth of the first tries and ten.
func TestBudgetIsATenth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := guard.NewBudget((&clock{}).now)
		first, granted := 0, 0
		for range rapid.IntRange(1, 20).Draw(t, "rounds") {
			for range rapid.IntRange(0, 150).Draw(t, "first tries") {
				b.First("k")
				first++
			}
			granted += retries(b, "k", rapid.IntRange(0, 30).Draw(t, "retries"))
			if 10*granted > first+100 {
				t.Fatalf("%d retries for %d first tries", granted, first)
			}
		}
	})
}

func TestBudgetForgetsIdleKeys(t *testing.T) {
	t.Parallel()
	var at clock
	b := guard.NewBudget(at.now)
	retries(b, "busy", 10)
	retries(b, "idle", 10)
	for range 3 {
		at.advance(guard.Idle)
		b.Retry("busy")
	}
	if n := b.Keys(); n != 1 {
		t.Errorf("%d keys, want the busy one", n)
	}
	if b.Retry("busy") || !b.Retry("idle") {
		t.Error("a busy key was forgotten, or an idle one was not")
	}
}

func TestBudgetMemoryIsBounded(t *testing.T) {
	t.Parallel()
	b := guard.NewBudget((&clock{}).now)
	retries(b, "used", 10)
	for i := range 5 * guard.KeyLimit {
		b.First(strconv.Itoa(i))
		if i%1000 == 0 && b.Retry("used") {
			t.Fatal("a key in use was forgotten")
		}
	}
	if n := b.Keys(); n > 2*guard.KeyLimit {
		t.Errorf("%d keys", n)
	}
}
