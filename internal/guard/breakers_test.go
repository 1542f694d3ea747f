package guard_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/guard"
)

// bench is a breaker with its clock and what it told.
type bench struct {
	*testing.T
	clock
	*guard.Breakers
	told []guard.Change
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t}
	b.Breakers = guard.NewBreakers(b.now, func(c guard.Change) { b.told = append(b.told, c) })
	return b
}

// begin has to be allowed.
func (b *bench) begin() (done func(bool)) {
	b.Helper()
	done, wait, ok := b.Allow("k")
	if !ok || wait != 0 {
		b.Fatalf("refused for %v", wait)
	}
	return done
}

// refused has to be refused for so long.
func (b *bench) refused(want time.Duration) {
	b.Helper()
	if _, wait, ok := b.Allow("k"); ok || wait != want {
		b.Fatalf("allowed %v, wait %v; want refused for %v", ok, wait, want)
	}
	if wait, open := b.Open("k"); !open || wait != want {
		b.Fatalf("open %v for %v; want for %v", open, wait, want)
	}
}

// calls makes one call after the other: '.' succeeds, 'x' fails, '1' to '9' lets so many seconds pass.
func (b *bench) calls(script string) {
	b.Helper()
	for _, c := range script {
		if c == '.' || c == 'x' {
			b.begin()(c == '.')
		} else {
			b.advance(time.Duration(c-'0') * time.Second)
		}
	}
}

// changes has to be what was told since the last time.
func (b *bench) changes(want ...guard.State) {
	b.Helper()
	var got []guard.State
	for _, c := range b.told {
		if c.Key != "k" {
			b.Errorf("told about %q", c.Key)
		}
		got = append(got, c.From, c.To)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Fatalf("changes told (-want +got):\n%s", diff)
	}
	b.told = nil
}

func TestBreakerOpens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, calls string
		open        bool
	}{
		{"four in a row", "xxxx", false},
		{"five in a row", "xxxxx", true},
		{"five in a row, slowly", "x9x9x9x9x", true},
		{"a success between", "xxxx.xxxx", false},
		{"five in a row among few calls", "....xxxxx", true},
		{"five in a row among many calls", strings.Repeat(".", 20) + "xxxxx", false},
		{"half of ten", ".x.x.x.x.x", true},
		{"half of nine and more", ".x.x.x.xx", false},
		{"less than half", strings.Repeat("..x", 20), false},
		{"half of many", strings.Repeat(".", 20) + strings.Repeat("x", 20), true},
		{"nearly half of many", strings.Repeat(".", 20) + strings.Repeat("x", 19), false},
		{"the good time is over", strings.Repeat(".", 20) + "9" + "1" + "xxxxx", true},
		{"the bad time is over", "..x.x.x." + "9" + "1" + ".x.x.x.x", false},
		{"all succeed", strings.Repeat(".", 50), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.calls(test.calls)
			if !test.open {
				b.begin()
				b.changes()
				return
			}
			b.changes(guard.Closed, guard.Open)
			b.refused(5 * time.Second)
			b.advance(2 * time.Second)
			b.refused(3 * time.Second)
		})
	}
}

func TestBreakerClosesOnTheProbesSuccess(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx5")
	if wait, open := b.Open("k"); open || wait != 0 {
		t.Errorf("a probe is due, but Open says %v for %v", open, wait)
	}
	probe := b.begin()
	b.refused(5 * time.Second)
	b.advance(time.Second)
	b.refused(4 * time.Second)
	probe(true)
	b.changes(guard.Closed, guard.Open, guard.Open, guard.HalfOpen, guard.HalfOpen, guard.Closed)
	b.calls("xxxx.") // what was before the opening is forgotten
	b.changes()
}

func TestBreakerOpensAgainOnTheProbesFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx5")
	probe := b.begin()
	b.advance(time.Second)
	probe(false)
	b.refused(5 * time.Second)
	b.changes(guard.Closed, guard.Open, guard.Open, guard.HalfOpen, guard.HalfOpen, guard.Open)
}

func TestBreakerDoesNotWaitForAHungProbe(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx5")
	b.begin() // never done
	b.advance(5*time.Second - 1)
	b.refused(1)
	b.advance(1)
	b.begin()(true)
	b.calls(".....")
	b.changes(guard.Closed, guard.Open, guard.Open, guard.HalfOpen, guard.HalfOpen, guard.Closed)
}

// A CRM that needs 7 s for an answer is let back: the first probe's success counts though the second is on its way.
func TestBreakerTakesALateProbesSuccess(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx5")
	first := b.begin()
	b.advance(5 * time.Second)
	second := b.begin()
	b.advance(2 * time.Second)
	first(true)
	b.begin()
	second(false) // of a time that is over
	b.calls("xxxx")
	b.changes(guard.Closed, guard.Open, guard.Open, guard.HalfOpen, guard.HalfOpen, guard.Closed)
}

func TestBreakerIgnoresResultsOfOlderTurns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	success, failure := b.begin(), b.begin()
	b.calls("xxxxx")
	success(true)
	b.refused(5 * time.Second) // a call from before the opening is no probe
	b.calls("5")
	b.begin()(true)
	b.calls("xxxx")
	failure(false) // would be the fifth
	b.begin()
}

func TestBreakerDoneCountsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	done := b.begin()
	for range 20 {
		done(false)
	}
	b.begin() // in the same place as the call before
	done(false)
	if n := b.Outstanding(); n != 1 {
		t.Errorf("%d calls outstanding, want 1", n)
	}
	b.changes()
}

func TestBreakersAreApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx")
	for range 10 {
		done, _, ok := b.Allow("another")
		if !ok {
			t.Fatal("one CRM's failures close off another")
		}
		done(true)
	}
	if _, open := b.Open("never seen"); open || b.Keys() != 2 {
		t.Errorf("looking opens %v, or is remembered: %d keys", open, b.Keys())
	}
}

func TestBreakersForgetIdleKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx5")
	late := b.begin()
	b.changes(guard.Closed, guard.Open, guard.Open, guard.HalfOpen)
	for range 3 {
		b.advance(guard.Idle)
		b.Allow("another")
	}
	b.changes(guard.HalfOpen, guard.Closed) // so that no metric shows it as open for ever
	late(false)
	if n := b.Keys(); n != 1 {
		t.Errorf("%d keys", n)
	}
	b.calls("xxxx.")
	b.changes()
}

// A key that is used again by the very call that would have dropped it is kept as it was.
func TestBreakersKeepAKeyInUse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.calls("xxxxx")
	b.changes(guard.Closed, guard.Open)
	b.advance(guard.Idle)
	b.Allow("another")
	b.advance(guard.Idle)
	b.begin()
	b.changes(guard.Open, guard.HalfOpen)
}

func TestBreakersMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var at clock
	b := guard.NewBreakers(at.now, nil)
	for i := range 5 * guard.KeyLimit {
		done, _, _ := b.Allow(strconv.Itoa(i))
		done(i%2 == 0)
	}
	if n := b.Keys(); n > 2*guard.KeyLimit || b.Outstanding() != 0 {
		t.Errorf("%d keys, %d outstanding", n, b.Outstanding())
	}
}

func TestStateNames(t *testing.T) {
	t.Parallel()
	got := []string{guard.Closed.String(), guard.Open.String(), guard.HalfOpen.String()}
	if diff := cmp.Diff([]string{"closed", "open", "half-open"}, got); diff != "" {
		t.Error(diff)
	}
}
