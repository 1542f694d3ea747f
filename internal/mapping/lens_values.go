package mapping

import (
	"maps"
	"slices"
)

// valueMapLens translates the host's value before another lens sends it, and
// what comes back after it.
type valueMapLens struct {
	inner   lens
	toCRM   map[string]any
	toHost  map[string]string // the text of a CRM value to the host's
	refuses bool              // a value without a counterpart is not sent
}

// newValueMap inverts the map. Where several host values stand for one CRM
// value, the first in alphabetical order comes back, unless the host's own
// value already says the same.
func newValueMap(inner lens, values map[string]any, refuses bool) valueMapLens {
	l := valueMapLens{inner: inner, toCRM: values, toHost: make(map[string]string, len(values)), refuses: refuses}
	for _, host := range slices.Backward(slices.Sorted(maps.Keys(values))) {
		text, _ := textOf(values[host])
		l.toHost[text] = host
	}
	return l
}

func (l valueMapLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	text, scalar := textOf(in.values[0])
	mapped, known := l.toCRM[text]
	if !scalar || !known {
		if l.refuses {
			return dst, faulty(NotAllowed, describe(in.values[0])+" is not in the rule's value map")
		}
		return l.inner.forward(dst, in)
	}
	return l.inner.forward(dst, &sources{names: in.names, values: []any{mapped}, refs: in.refs})
}

// backward refuses a CRM value that would be translated to another one when
// it is sent again.
func (l valueMapLens) backward(crm any, current []any) ([]any, *fault) {
	next, f := l.inner.backward(crm, current)
	if f != nil {
		return nil, f
	}
	text, scalar := textOf(next[0])
	if host, ok := l.toHost[text]; scalar && ok {
		return []any{host}, nil
	}
	if _, taken := l.toCRM[text]; taken || l.refuses {
		return nil, faulty(NotAllowed, "the CRM holds "+describe(crm)+", for which the rule's value map has no value of the host")
	}
	return next, nil
}
