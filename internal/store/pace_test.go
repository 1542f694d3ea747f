package store_test

import (
	"sync"
	"testing"
	"time"

	"sendtocrm/internal/crm"
)

// Slots are an interval apart, for all who ask at once; what comes at once after a rest is bounded.
func TestPaceSpreadsCalls(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pace := crm.Pace{Interval: 100 * time.Millisecond, Burst: 3, MaxWait: time.Minute}
	if _, _, err := b.store.Reserve(t.Context(), b.connection.ID, pace); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	began := time.Now()
	longest, none := time.Duration(0), 0
	for range 30 {
		group.Go(func() {
			wait, ok, err := b.store.Reserve(t.Context(), b.connection.ID, pace)
			if err != nil || !ok {
				t.Errorf("%v %v", ok, err)
			}
			mu.Lock()
			defer mu.Unlock()
			longest = max(longest, wait)
			if wait == 0 {
				none++
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	if least := 27*pace.Interval - took; longest < least || longest > 31*pace.Interval {
		t.Errorf("the last of 30 waits %v, want about 2.8 s", longest)
	}
	if most := 3 + int(took/pace.Interval); none > most {
		t.Errorf("%d came at once, at most %d may", none, most)
	}
	pace.MaxWait = 10 * time.Millisecond
	before, ok, err := b.store.Reserve(t.Context(), b.connection.ID, pace)
	if err != nil || ok {
		t.Errorf("a slot far away was taken: %v %v", before, err)
	}
	if after, _, _ := b.store.Reserve(t.Context(), b.connection.ID, pace); after > before {
		t.Errorf("a slot that was not taken is gone: %v, then %v", before, after)
	}
}

// A pause that the CRM asked for is kept, and slows the connection down.
func TestPaceLearns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pace := crm.Pace{Interval: 100 * time.Millisecond, Burst: 1, MaxWait: time.Minute}
	for range 3 { // many calls meet the same wall
		if err := b.store.Throttled(t.Context(), b.connection.ID, 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	first, _, err := b.store.Reserve(t.Context(), b.connection.ID, pace)
	if err != nil || first < 4*time.Second || first > 5*time.Second {
		t.Errorf("the pause: %v %v", first, err)
	}
	second, _, err := b.store.Reserve(t.Context(), b.connection.ID, pace)
	if step := second - first; err != nil || step < 110*time.Millisecond || step > 150*time.Millisecond {
		t.Errorf("slots are %v apart after a 429, want about 150 ms: %v", step, err)
	}
	c, _, err := b.store.Subject(t.Context(), "user-1", b.connection.ID, "contact", "r1")
	if err != nil || c.PausedFor < 4*time.Second || c.PausedFor > 5*time.Second {
		t.Errorf("who plans does not hear of the pause: %v %v", c.PausedFor, err)
	}
}

// The turn is taken together with the lease, and not without it.
func TestBeginTakesATurn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	intent := func(record string) crm.Intent {
		in := b.intent(record, 0, crm.Create)
		in.Pace = crm.Pace{Interval: time.Second, Burst: 1, MaxWait: 1500 * time.Millisecond}
		return in
	}
	if begun := b.begin(intent("r1")); begun.Wait != 0 || begun.Crowded {
		t.Errorf("%+v", begun)
	}
	if busy := b.begin(intent("r1")); busy.State != crm.Busy {
		t.Errorf("%+v", busy)
	}
	if begun := b.begin(intent("r2")); begun.Wait < 500*time.Millisecond || begun.Wait > time.Second || begun.Crowded {
		t.Errorf("who did not get the record took a turn: %+v", begun)
	}
	if begun := b.begin(intent("r3")); begun.State != crm.Granted || !begun.Crowded {
		t.Errorf("%+v", begun)
	}
}
