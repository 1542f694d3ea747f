//go:build unix

package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// busyGoroutines counts those that are in the service's own code: not idle connections, of which there may be more after
// a crowd than before.
func (r *rig) busyGoroutines(p *process) (n int) {
	r.t.Helper()
	profile := string(r.fetch(http.MethodGet, p.admin+"/debug/pprof/goroutine?debug=1", nil))
	for record := range strings.SplitSeq(profile, "\n\n") {
		var same int
		if _, err := fmt.Sscanf(record, "%d @", &same); err == nil && strings.Contains(record, "sendtocrm/internal/") {
			n += same
		}
	}
	return n
}

// quantile of the durations of those attempts that count, such as 0.99; 0 for none.
func quantile(attempts []attempt, q float64, counts func(attempt) bool) time.Duration {
	var took []time.Duration
	for _, a := range attempts {
		if counts(a) {
			took = append(took, a.End.Sub(a.Start))
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(q*float64(len(took))))]
}

// share of the attempts that count.
func share(attempts []attempt, counts func(attempt) bool) float64 {
	if len(attempts) == 0 {
		return 0
	}
	n := 0
	for _, a := range attempts {
		if counts(a) {
			n++
		}
	}
	return float64(n) / float64(len(attempts))
}

// writes counts the calls that may change a CRM; looking something up needs no row.
func (h history) writes() (n int) {
	for _, c := range h.Calls {
		if slices.Contains(writing, c.Operation) {
			n++
		}
	}
	return n
}

// writing are the operations that change a record.
var writing = []string{"create", "update"}

// complaints are of one sort: a run of thousands of requests shows the first few and their number.
type complaints []string

func (c *complaints) add(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

func (c *complaints) report(t *testing.T) {
	t.Helper()
	const shown = 5
	if n := len(*c); n > 0 {
		t.Errorf("%d complaints:\n%s", n, strings.Join((*c)[:min(n, shown)], "\n"))
	}
}
