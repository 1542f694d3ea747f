package sandbox

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// compare orders two values as the searches of all CRMs here do: times where one of them is a time, numbers as numbers,
// the rest as texts without regard to case.
func compare(a, b string) int {
	x, xIsTime := instant(a)
	y, yIsTime := instant(b)
	if xIsTime || yIsTime {
		if !xIsTime {
			x, xIsTime = milliseconds(a)
		}
		if !yIsTime {
			y, yIsTime = milliseconds(b)
		}
		if xIsTime && yIsTime {
			return x.Compare(y)
		}
	}
	if isDigits(a) && isDigits(b) { // ids are too long for a float
		return cmp.Compare(sortable(a), sortable(b))
	}
	m, errA := strconv.ParseFloat(a, 64)
	n, errB := strconv.ParseFloat(b, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
}

func instant(s string) (time.Time, bool) {
	if len(s) < len(time.DateOnly) || s[4] != '-' {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000-0700", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func milliseconds(s string) (time.Time, bool) {
	ms, err := strconv.ParseInt(s, 10, 64)
	return time.UnixMilli(ms), err == nil
}

func isDigits(s string) bool { return s != "" && len(s) < 30 && strings.Trim(s, "0123456789") == "" }

// sortable is a key that sorts whole numbers by their size.
func sortable(s string) string {
	if isDigits(s) {
		return strings.Repeat("0", 30-len(s)) + s
	}
	return strings.ToLower(s)
}

// list is the value if it is a list; else nothing.
func list(v any) []any {
	items, _ := v.([]any)
	return items
}

// atoi is 0 for what is no number.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
