package guard

import "time"

// horizon is how far back a window looks, in slices of a tenth of it: what it counts is between nine and ten seconds old
// at most.
const (
	horizon = 10 * time.Second
	parts   = 10
)

// window counts calls and failures of the last seconds. Its zero value is empty.
type window [parts]struct {
	at              int64 // the number of this part since the beginning of time, plus one; 0: never used
	calls, failures int
}

func (w *window) add(ok bool, now time.Duration) {
	at := part(now)
	p := &w[at%parts]
	if p.at != at {
		*p = window{}[0]
		p.at = at
	}
	p.calls++
	if !ok {
		p.failures++
	}
}

func (w *window) sum(now time.Duration) (calls, failures int) {
	at := part(now)
	for i := range w {
		if p := &w[i]; p.at > at-parts && p.at <= at {
			calls += p.calls
			failures += p.failures
		}
	}
	return calls, failures
}

func part(now time.Duration) int64 { return int64(max(0, now)/(horizon/parts)) + 1 }
