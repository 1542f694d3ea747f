//go:build !fault

package failpoint

import "time"

// Now is the process's clock.
func Now() time.Time { return time.Now() }
