package guard

import (
	"math"
	"time"
)

// Backoff is the wait before a retry with full jitter: uniform in [0, min(ceiling, base·2^attempt)], where attempt 0 is
// the first retry. random gives numbers in [0, 1). Full jitter spreads the retries of calls that failed together better
// than any wait with a fixed part: Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
func Backoff(attempt int, base, ceiling time.Duration, random func() float64) time.Duration {
	if base <= 0 || ceiling <= 0 {
		return 0
	}
	attempt = max(0, attempt)
	span := ceiling
	if base <= ceiling>>min(attempt, 63) { // as base·2^attempt <= ceiling, without the overflow
		span = base << attempt
	}
	if wait := random() * float64(span); wait < float64(span) {
		return time.Duration(wait)
	}
	return span
}

// Wait joins what the other side asked for (Retry-After; 0: nothing) with our own backoff. The jitter comes on top, so
// that nobody returns before they were told to, and those who were told the same do not return together.
func Wait(retryAfter, backoff time.Duration) time.Duration {
	retryAfter, backoff = max(0, retryAfter), max(0, backoff)
	if retryAfter > math.MaxInt64-backoff {
		return math.MaxInt64
	}
	return retryAfter + backoff
}
