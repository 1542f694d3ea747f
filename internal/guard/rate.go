package guard

import (
	"sync"
	"time"
)

// Rate lets each key do so much in a time, by the generic cell rate algorithm: a second's worth at once after a rest,
// then one each interval. It counts for this process alone.
type Rate struct {
	now      func() time.Time
	start    time.Time
	interval time.Duration // between two
	burst    int           // at once

	mu   sync.Mutex
	keys keyed[cell]
}

// cell is when the key's next one would be due if it had never been early.
type cell struct{ due time.Duration }

// Allowance is what is left of a key's rate after a request. RetryAfter is zero where it was allowed.
type Allowance struct {
	Left       int
	RetryAfter time.Duration
}

// NewRate allows one each interval, and burst at once. It panics unless both are positive.
func NewRate(interval time.Duration, burst int, now func() time.Time) *Rate {
	if interval <= 0 || burst <= 0 {
		panic("guard: a rate needs a positive interval and burst")
	}
	return &Rate{now: now, start: now(), interval: interval, burst: burst}
}

// Allow counts one, unless it comes too early.
func (r *Rate) Allow(key string) (Allowance, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now().Sub(r.start)
	c, _ := r.keys.get(key, now)
	window := time.Duration(r.burst) * r.interval
	due := max(c.due, now)
	if early := due + r.interval - now - window; early > 0 {
		return Allowance{RetryAfter: early}, false
	}
	c.due = due + r.interval
	return Allowance{Left: int((window - (c.due - now)) / r.interval)}, true
}
