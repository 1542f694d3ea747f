package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Guess says how to find the record's id in the answers of a CRM that nobody
// has described. The id of a request, a job or a tenant may stand in the same
// answer, so every place is looked at, and an id counts only where no other
// one has as good a claim.
type Guess struct {
	// Within are the keys under which answers wrap a record: data, record. What
	// is found deeper inside beats what stands around it.
	Within []string
	// Linked are those of Within that may also hold another record that this
	// one belongs to. An id inside and a different one beside are in doubt.
	Linked []string
	// Names are the keys of an id, the surest first; those of one rank are
	// equals, and two different ids among them are in doubt.
	Names [][]string
	// Alone are keys that count where the answer is one flat object without
	// any of the names.
	Alone []string
	// Waiting are values of the key status beside an id that is the one of a
	// job which is still to be done, rather than a record's.
	Waiting []string
}

// maxWrappers bounds how deep a record is looked for.
const maxWrappers = 4

// find is the one id in an answer. The error says why there is none.
func (g *Guess) find(v any) (string, error) {
	found, err := g.within(v, maxWrappers)
	if err != nil {
		return "", err
	}
	if flat, ok := v.(map[string]any); ok && len(found) == 0 && !nested(flat) {
		found = values(flat, g.Alone)
	}
	if len(found) == 0 {
		return "", fmt.Errorf("found nothing at %s", strings.Join(slices.Concat(g.Names...), " or "))
	}
	for _, other := range found[1:] {
		if !sameID(found[0], other) {
			return "", fmt.Errorf("found both %s and %s, and nothing says which is the record's", describe(found[0]), describe(other))
		}
	}
	return recordID(found[0])
}

// within are the ids of the innermost records that v wraps, else v's own.
func (g *Guess) within(v any, depth int) ([]any, error) {
	if depth < 0 {
		return nil, nil
	}
	if list, ok := v.([]any); ok {
		var out []any
		for _, entry := range list {
			found, err := g.within(entry, depth-1)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
		return out, nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, nil
	}
	own := g.own(object)
	var inner []any
	for _, key := range g.Within {
		found, err := g.within(object[key], depth-1)
		if err != nil {
			return nil, err
		}
		if wrapped, ok := object[key].(map[string]any); ok && len(found) == 0 && len(own) > 0 {
			if found = values(wrapped, g.Alone); len(found) > 0 {
				found = append(found, own...) // inside is an id too, of whatever kind
			}
		} else if len(found) > 0 && slices.Contains(g.Linked, key) {
			found = append(found, own...)
		}
		inner = append(inner, found...)
	}
	if len(inner) > 0 {
		return inner, nil
	}
	if status, ok := object["status"].(string); ok && len(own) > 0 && slices.Contains(g.Waiting, strings.ToLower(status)) {
		return nil, fmt.Errorf("the answer's status is %s, so that its id may be the one of a job", excerpt(status))
	}
	return own, nil
}

// own are the values of an object's best names, several where they are equals.
func (g *Guess) own(object map[string]any) []any {
	for _, names := range g.Names {
		if found := values(object, names); len(found) > 0 {
			return found
		}
	}
	return nil
}

func values(object map[string]any, keys []string) []any {
	var out []any
	for _, key := range keys {
		if v := object[key]; v != nil {
			out = append(out, v)
		}
	}
	return out
}

// nested reports whether an object holds another one, in a list or not.
func nested(object map[string]any) bool {
	for _, v := range object {
		switch t := v.(type) {
		case map[string]any:
			return true
		case []any:
			if slices.ContainsFunc(t, func(entry any) bool { _, is := entry.(map[string]any); return is }) {
				return true
			}
		}
	}
	return false
}

// sameID compares ids as text, since some CRMs write one as a number and as text.
func sameID(a, b any) bool {
	one, err := recordID(a)
	other, wrong := recordID(b)
	return errors.Join(err, wrong) == nil && one == other
}
