package guard_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sendtocrm/internal/guard"
)

// In a CRM's time line of any shape, calls come every 100 ms and take as long as they like, or for ever. While the
// breaker is not closed, one goes out in 5 s at most; and once the CRM works again, it is closed within two probes.
func TestBreakerThroughAnOutage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const step, well = 100 * time.Millisecond, 400
		var at clock
		state := guard.Closed
		b := guard.NewBreakers(at.now, func(c guard.Change) {
			if c.From != state || c.From == c.To {
				t.Fatalf("told %v to %v while %v", c.From, c.To, state)
			}
			state = c.To
		})
		type call struct {
			ends int
			ok   bool
			done func(bool)
		}
		var running []call
		var probed time.Time
		outage := rapid.IntRange(1, 600).Draw(t, "outage")
		fails := rapid.Float64Range(0, 1).Draw(t, "share of failures")
		takes := rapid.SliceOfN(rapid.IntRange(0, 120), 7, 7).Draw(t, "steps that calls take; 120 is for ever")
		random := rapid.Float64Range(0, 1)
		for now := range outage + well {
			for _, c := range running {
				if c.ends == now {
					c.done(c.ok)
				}
			}
			before := state
			done, wait, ok := b.Allow("k")
			switch {
			case !ok && (wait <= 0 || wait > 5*time.Second || before == guard.Closed):
				t.Fatalf("refused for %v while %v", wait, before)
			case ok && before != guard.Closed:
				if gap := at.now().Sub(probed); !probed.IsZero() && gap < 5*time.Second {
					t.Fatalf("two probes in %v", gap)
				}
				probed = at.now()
			}
			if ok && now < outage && takes[now%7] < 120 {
				running = append(running, call{now + 1 + takes[now%7], random.Draw(t, "luck") >= fails, done})
			} else if ok && now >= outage {
				running = append(running, call{now + 1, true, done})
			}
			at.advance(step)
		}
		// All calls of the outage have ended by now, and the last failure can be no more than a probe's wait ago.
		if state != guard.Closed {
			t.Fatalf("%v, %v after the outage", state, well*step)
		}
	})
}

// Changes are told in their order, one at a time, by many callers, while the listener makes changes of its own.
func TestBreakersTellInOrder(t *testing.T) {
	t.Parallel()
	var at clock
	var telling, told atomic.Int32
	state := map[string]guard.State{} // without a lock: the race detector sees whether telling overlaps
	var b *guard.Breakers
	b = guard.NewBreakers(at.now, func(c guard.Change) {
		if telling.Add(1) != 1 || c.From != state[c.Key] {
			t.Errorf("told of %q from %v to %v while %v", c.Key, c.From, c.To, state[c.Key])
		}
		state[c.Key] = c.To
		told.Add(1)
		b.Open(c.Key)
		for range 5 {
			if done, _, ok := b.Allow("from inside"); ok && c.Key == "k" {
				done(false)
			}
		}
		telling.Add(-1)
	})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 2000 {
				if done, _, ok := b.Allow("k"); ok {
					done(i%7 == 0)
				}
				at.advance(10 * time.Millisecond)
			}
		})
	}
	group.Wait()
	if told.Load() < 3 {
		t.Errorf("%d changes told", told.Load())
	}
}

func TestBreakersSurviveAPanicOfTheListener(t *testing.T) {
	t.Parallel()
	var at clock
	told := 0
	b := guard.NewBreakers(at.now, func(guard.Change) {
		if told++; told == 1 {
			panic("no")
		}
	})
	func() {
		defer func() { recover() }()
		for range 5 {
			done, _, _ := b.Allow("k")
			done(false)
		}
	}()
	at.advance(5 * time.Second)
	if done, _, ok := b.Allow("k"); ok {
		done(true)
	}
	if told != 3 {
		t.Errorf("%d changes told, want 3", told)
	}
}
