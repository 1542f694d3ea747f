package expr

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// day is the host's form of a date.
const day = "2006-01-02"

// dates declares date("2026-01-31"), midnight UTC of that day, and
// timestamp("…") for the same texts as date fields hold, and for Unix seconds,
// and string(moment), the text that the moment itself would be as a result.
// There is no now(): a filter must give the same answer when it is explained
// later.
func dates() []cel.EnvOption {
	read := cel.UnaryBinding(func(v ref.Val) ref.Val {
		text := string(v.(types.String))
		t, problem := parseDate(text)
		if problem != "" {
			return types.WrapErr(failed("%s %s", quote(text), problem))
		}
		return types.Timestamp{Time: t}
	})
	return []cel.EnvOption{
		cel.Function("date", cel.Overload("string_to_date", []*cel.Type{cel.StringType}, cel.TimestampType, read)),
		cel.Function(overloads.TypeConvertTimestamp,
			cel.Overload(overloads.StringToTimestamp, []*cel.Type{cel.StringType}, cel.TimestampType, read),
			cel.Overload(overloads.IntToTimestamp, []*cel.Type{cel.IntType}, cel.TimestampType,
				cel.UnaryBinding(func(v ref.Val) ref.Val {
					seconds, ok := v.(types.Int)
					if !ok || seconds < firstSecond || seconds > lastSecond {
						return types.WrapErr(failed("timestamp() needs whole seconds since 1970, of the years 1 to 9999"))
					}
					return types.Timestamp{Time: time.Unix(int64(seconds), 0).UTC()}
				}))),
		cel.Function(overloads.TypeConvertString,
			cel.Overload(overloads.TimestampToString, []*cel.Type{cel.TimestampType}, cel.StringType,
				cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(dateText(v.(types.Timestamp).Time)) }))),
	}
}

// The first and the last second of the years 1 to 9999.
const (
	firstSecond = -62_135_596_800
	lastSecond  = 253_402_300_799
)

// parseDate reads YYYY-MM-DD, taken as midnight UTC, or RFC 3339. The
// problem, where there is one, continues a sentence that begins with the text.
func parseDate(text string) (t time.Time, problem string) {
	text = strings.TrimSpace(text)
	layout := time.RFC3339Nano
	if len(text) == len(day) {
		layout = day
	}
	if len(text) <= 64 {
		t, err := time.Parse(layout, text)
		if utc := t.UTC(); err == nil && utc.Year() > 0 && utc.Year() <= 9999 {
			return utc, ""
		}
	}
	var y, m, d int
	if n, err := fmt.Sscanf(text[:min(len(text), len(day))], "%4d-%2d-%2d", &y, &m, &d); err == nil && n == 3 && y > 0 && m > 0 && m <= 12 {
		if last := time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day(); d < 1 || d > last {
			return t, fmt.Sprintf("is not a date: %s %d has %d days", time.Month(m), y, last)
		}
	}
	return t, "is not a date; write it as 2026-01-31 or as 2026-01-31T17:00:00Z"
}

// dateText writes a moment the way the host does: the day alone where it is
// midnight UTC, RFC 3339 otherwise.
func dateText(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(day)
	}
	return t.Format(time.RFC3339Nano)
}
