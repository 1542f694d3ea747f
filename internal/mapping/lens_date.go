package mapping

import (
	"strconv"
	"time"
)

// dateLens sends a date in a fixed layout of the time package.
type dateLens struct {
	layout string
	clock  bool // the layout has a time of day
}

func newDate(o *options, _ target) lens {
	l := dateLens{layout: o.text("layout", day)}
	noon := time.Date(1987, time.November, 23, 12, 34, 56, 0, time.UTC)
	parsed, err := time.Parse(l.layout, noon.Format(l.layout))
	if err != nil || !sameDay(parsed, noon) {
		o.fault("option layout: %s does not hold year, month and day; write the 2nd of January 2006, such as 01/02/2006", excerpt(l.layout))
	}
	l.clock = noon.Format(l.layout) != noon.Add(time.Hour).Format(l.layout)
	return l
}

func sameDay(a, b time.Time) bool { return a.Format(day) == b.Format(day) }

// forward keeps the calendar day as written: a moment late in the evening of
// its own zone does not slip to the next day.
func (l dateLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	t, f := moment(in.values[0])
	if f != nil {
		return dst, f
	}
	return appendText(dst, t.Format(l.layout)), nil
}

// backward also takes the host's own forms, since CRMs answer in ISO forms
// what they were given in another.
func (l dateLens) backward(crm any, _ []any) ([]any, *fault) {
	text, _ := crm.(string)
	t, err := time.Parse(l.layout, text)
	if err != nil {
		var f *fault
		if t, f = moment(crm); f != nil {
			return nil, faulty(InvalidDate, "a date such as "+excerpt(l.layout)+" is expected, but the CRM holds "+describe(crm))
		}
	}
	if l.clock {
		return []any{hostDate(t)}, nil
	}
	return []any{t.Format(day)}, nil
}

// unixLens sends a moment as seconds since 1970 in UTC, a date as its midnight.
type unixLens struct{}

func newUnixSeconds(*options, target) lens { return unixLens{} }

func (unixLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	t, f := moment(in.values[0])
	if f != nil {
		return dst, f
	}
	return strconv.AppendInt(dst, t.Unix(), 10), nil
}

func (unixLens) backward(crm any, _ []any) ([]any, *fault) {
	text, f := wholeNumber(crm)
	if f != nil {
		return nil, f
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if t := time.Unix(seconds, 0).UTC(); err == nil && t.Year() > 0 && t.Year() <= 9999 {
		return []any{hostDate(t)}, nil
	}
	return nil, faulty(OutOfRange, text+" seconds since 1970 lie outside the years 1 to 9999")
}
