package mapping

import (
	"fmt"
	"strings"
	"time"
)

// day is the host's form of a date.
const day = "2006-01-02"

// moment reads a host date: YYYY-MM-DD, taken as midnight UTC, or RFC 3339.
func moment(v any) (time.Time, *fault) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, faulty(InvalidDate, "a date such as 2025-12-31 is needed, but it is "+describe(v))
	}
	text = strings.TrimSpace(text)
	layout := time.RFC3339Nano
	if len(text) == len(day) {
		layout = day
	}
	t, err := time.Parse(layout, text)
	if err == nil && t.Year() > 0 && t.UTC().Year() > 0 && t.UTC().Year() <= 9999 {
		return t, nil
	}
	return time.Time{}, faulty(InvalidDate, dateProblem(text))
}

// dateProblem says why text is no date: a day that the calendar lacks is told
// apart from another way of writing.
func dateProblem(text string) string {
	var y, m, d int
	head := text[:min(len(text), len(day))]
	if n, err := fmt.Sscanf(head, "%4d-%2d-%2d", &y, &m, &d); err != nil || n != 3 || len(head) != len(day) {
		return excerpt(text) + " is not a date; write it as YYYY-MM-DD or in RFC 3339"
	}
	if y < 1 {
		return excerpt(text) + " is not a date: years begin at 0001"
	}
	if m < 1 || m > 12 {
		return fmt.Sprintf("%s is not a date: there is no month %d", excerpt(text), m)
	}
	if last := time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day(); d < 1 || d > last {
		return fmt.Sprintf("%s is not a date: %s %d has %d days", excerpt(text), time.Month(m), y, last)
	}
	return excerpt(text) + " is not a date; the time of day must follow RFC 3339, such as 2025-12-31T17:00:00Z"
}

// hostDate writes a moment the way the host does: the day alone where it is
// midnight UTC, RFC 3339 otherwise, so that no part of it is lost.
func hostDate(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(day)
	}
	return t.Format(time.RFC3339Nano)
}
