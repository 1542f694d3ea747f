package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// options reads a rule's settings for a transform and collects what is wrong
// with them.
type options struct {
	values map[string]any
	from   []string // the rule's host fields
	used   map[string]bool
	faults []string
}

func (o *options) take(name string) any {
	if o.used == nil {
		o.used = make(map[string]bool)
	}
	o.used[name] = true
	return o.values[name]
}

func (o *options) fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

// text is a text option, or fallback where it is not set.
func (o *options) text(name, fallback string) string {
	switch v := o.take(name).(type) {
	case nil:
		return fallback
	case string:
		return v
	default:
		o.fault("option %s: want text, found %s", name, describe(v))
		return fallback
	}
}

// choice is a text option out of a set.
func (o *options) choice(name, fallback string, choices ...string) string {
	v := o.text(name, fallback)
	if !slices.Contains(choices, v) {
		o.fault("option %s: %s is not one of %v", name, excerpt(v), choices)
	}
	return v
}

// whole is a whole number within bounds.
func (o *options) whole(name string, fallback, low, high int) int {
	v := o.take(name)
	if v == nil {
		return fallback
	}
	if text, f := wholeNumber(v); f == nil {
		if n, err := strconv.Atoi(text); err == nil && low <= n && n <= high {
			return n
		}
	}
	o.fault("option %s: want a whole number from %d to %d, found %s", name, low, high, describe(v))
	return fallback
}

// flag is a boolean option, false where it is not set.
func (o *options) flag(name string) bool {
	switch v := o.take(name).(type) {
	case nil:
		return false
	case bool:
		return v
	default:
		o.fault("option %s: want true or false, found %s", name, describe(v))
		return false
	}
}

// scalars is an object of texts, numbers and booleans.
func (o *options) scalars(name string) map[string]any {
	object := o.object(name)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if _, ok := textOf(object[key]); !ok {
			o.fault("option %s.%s: want text, a number or a boolean, found %s", name, key, describe(object[key]))
		}
	}
	return object
}

// object is an option with settings of its own, nil where it is not set.
func (o *options) object(name string) map[string]any {
	v := o.take(name)
	object, ok := v.(map[string]any)
	if v != nil && !ok {
		o.fault("option %s: want an object, found %s", name, describe(v))
	}
	return object
}

// done reports all faults, options that the transform does not know included.
func (o *options) done() []string {
	for _, name := range slices.Sorted(maps.Keys(o.values)) {
		if !o.used[name] {
			o.fault("unknown option %s", excerpt(name))
		}
	}
	return o.faults
}
