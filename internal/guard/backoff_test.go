package guard_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sendtocrm/internal/guard"
)

func TestBackoffSpan(t *testing.T) {
	t.Parallel()
	const base, ceiling = 100 * time.Millisecond, 10 * time.Second
	almost := func() float64 { return math.Nextafter(1, 0) }
	for _, test := range []struct {
		name          string
		attempt       int
		base, ceiling time.Duration
		want          time.Duration
	}{
		{"first retry", 0, base, ceiling, 100 * time.Millisecond},
		{"doubles", 3, base, ceiling, 800 * time.Millisecond},
		{"at the ceiling", 7, base, ceiling, ceiling},
		{"far beyond", math.MaxInt, base, ceiling, ceiling},
		{"shift into the sign", 63, 1, math.MaxInt64, math.MaxInt64},
		{"largest power", 62, 1, math.MaxInt64, 1 << 62},
		{"large base", 1, math.MaxInt64 - 1, math.MaxInt64, math.MaxInt64},
		{"base above the ceiling", 0, ceiling, base, base},
		{"negative attempt", -5, base, ceiling, base},
		{"no base", 4, 0, ceiling, 0},
		{"no ceiling", 4, base, 0, 0},
		{"negative", 4, -base, -ceiling, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := guard.Backoff(test.attempt, test.base, test.ceiling, almost)
			if got > test.want || float64(got) < float64(test.want)*0.999 {
				t.Errorf("at most %v, want just below %v", got, test.want)
			}
			if got := guard.Backoff(test.attempt, test.base, test.ceiling, func() float64 { return 0 }); got != 0 {
				t.Errorf("at least %v, want 0", got)
			}
		})
	}
}

func TestBackoffStaysInItsSpan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.Int().Draw(t, "attempt")
		base := time.Duration(rapid.Int64().Draw(t, "base"))
		ceiling := time.Duration(rapid.Int64().Draw(t, "ceiling"))
		random := rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "random")
		got := guard.Backoff(attempt, base, ceiling, func() float64 { return random })
		if got < 0 || got > max(0, ceiling) {
			t.Fatalf("%v is outside of [0, %v]", got, ceiling)
		}
		if attempt <= 0 && got > max(0, base) {
			t.Fatalf("%v is more than the base %v", got, base)
		}
	})
}

// The waits are uniform: a Kolmogorov–Smirnov test does not reject it. That the test can reject shows in the waits with
// half jitter, which it does.
func TestBackoffIsUniform(t *testing.T) {
	t.Parallel()
	const n, base, ceiling = 4000, 50 * time.Millisecond, 5 * time.Second
	for attempt, span := range []time.Duration{base, 2 * base, 4 * base, 8 * base, 16 * base, 32 * base, 64 * base, ceiling, ceiling} {
		random := rand.New(rand.NewPCG(1998, uint64(attempt))).Float64
		full, half := make([]float64, n), make([]float64, n)
		for i := range n {
			full[i] = float64(guard.Backoff(attempt, base, ceiling, random)) / float64(span)
			half[i] = (1 + full[i]) / 2
		}
		if p := uniform(full); p <= 0.01 {
			t.Errorf("attempt %d: p = %.4f", attempt, p)
		}
		if p := uniform(half); p > 0.01 {
			t.Errorf("attempt %d: half jitter passes with p = %.4f", attempt, p)
		}
	}
}

// uniform is the p value of the Kolmogorov–Smirnov test of a sample against the uniform distribution on [0, 1], by the
// asymptotic formula with Stephens' correction.
func uniform(sample []float64) (p float64) {
	slices.Sort(sample)
	n, d := float64(len(sample)), 0.0
	for i, x := range sample {
		d = max(d, x-float64(i)/n, float64(i+1)/n-x)
	}
	lambda := (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n)) * d
	for k, sign := 1.0, 1.0; k <= 100; k, sign = k+1, -sign {
		p += 2 * sign * math.Exp(-2*k*k*lambda*lambda)
	}
	return min(1, max(0, p))
}

func TestWait(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ retryAfter, backoff, want time.Duration }{
		{0, 3 * time.Second, 3 * time.Second},
		{10 * time.Second, 0, 10 * time.Second},
		{10 * time.Second, 3 * time.Second, 13 * time.Second},
		{-time.Second, 3 * time.Second, 3 * time.Second},
		{time.Second, -3 * time.Second, time.Second},
		{math.MaxInt64 - 1, 3 * time.Second, math.MaxInt64},
	} {
		if got := guard.Wait(test.retryAfter, test.backoff); got != test.want {
			t.Errorf("Wait(%v, %v) = %v, want %v", test.retryAfter, test.backoff, got, test.want)
		}
	}
}
