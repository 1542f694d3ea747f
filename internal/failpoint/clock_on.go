//go:build fault

package failpoint

import (
	"fmt"
	"os"
	"sync"
	"time"
)

var shift = sync.OnceValue(func() time.Duration {
	value := os.Getenv(ClockVariable)
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s=%s: want a duration such as 1h or -1h\n", ClockVariable, value)
		os.Exit(2)
	}
	return d
})

// Now is the process's clock, shifted as ordered. It keeps no monotonic reading, as after a real jump of the clock.
func Now() time.Time {
	now := time.Now()
	if d := shift(); d != 0 {
		return now.Round(0).Add(d)
	}
	return now
}
