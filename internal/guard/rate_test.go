package guard

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// In no window does a key get more than the burst and what the window earns; what is refused is told when to come again,
// and comes through then.
func TestRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(1, 1000).Draw(t, "interval")) * time.Millisecond
		burst := rapid.IntRange(1, 20).Draw(t, "burst")
		now := time.Unix(0, 0)
		r := NewRate(interval, burst, func() time.Time { return now })
		var taken []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "pause")) * time.Millisecond)
			left, ok := r.Allow("k")
			if ok != (left.RetryAfter == 0) || left.Left < 0 || left.Left >= burst {
				t.Fatalf("%+v %t", left, ok)
			}
			if ok {
				taken = append(taken, now)
				continue
			}
			now = now.Add(left.RetryAfter)
			if _, ok := r.Allow("k"); !ok {
				t.Fatal("refused at the time it was told to come")
			}
			taken = append(taken, now)
		}
		for i := range taken {
			for j := i; j < len(taken); j++ {
				if most := burst + int(taken[j].Sub(taken[i])/interval); j-i+1 > most {
					t.Fatalf("%d in %v, want %d at most", j-i+1, taken[j].Sub(taken[i]), most)
				}
			}
		}
	})
}

func TestRateKeepsKeysApart(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	r := NewRate(time.Second, 1, func() time.Time { return now })
	for i := range 100 {
		if _, ok := r.Allow(fmt.Sprint(i)); !ok {
			t.Fatal("one key's use was another's")
		}
	}
	if _, ok := r.Allow("5"); ok {
		t.Error("a second one within the interval")
	}
}
