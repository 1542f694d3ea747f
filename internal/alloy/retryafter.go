package alloy

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps what an answer can ask for: a mistaken header must not stop a connection for days.
const maxRetryAfter = time.Hour

// retryAfter reads Retry-After as seconds or as an HTTP date (RFC 9110, 10.2.3). 0: absent, past, or unreadable. A date
// is measured against the answer's own Date where there is one, which makes a wrong clock on either side harmless.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
