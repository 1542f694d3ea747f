package mapping

import (
	"maps"
	"slices"
)

// claim is what a record must show at a path in order to count.
type claim struct {
	path   string
	kind   keyKind
	wanted []string // any of these, in the form in which values are compared
	absent bool     // or nothing at all
}

// claims are what a record must show to be the one that was asked for.
func (o *Object) claims(q *Question, keys map[string]key, fields Fields) []claim {
	var out []claim
	for _, field := range slices.Sorted(maps.Keys(q.Carries)) {
		out = append(out, claim{path: q.Carries[field], kind: keys[field].kind, wanted: []string{keys[field].same}})
	}
	byPath := make(map[string]claim)
	for _, field := range slices.Sorted(maps.Keys(q.Agrees)) {
		kind := o.types().keyKind(field)
		for _, sent := range o.follows.agreed(field) {
			k, ok := keyOf(kind, fields[sent])
			if !ok {
				continue
			}
			c := byPath[q.Agrees[field]]
			c.path, c.kind, c.absent = q.Agrees[field], kind, true
			c.wanted = append(c.wanted, k.same)
			byPath[c.path] = c
		}
	}
	for _, p := range slices.Sorted(maps.Keys(byPath)) {
		out = append(out, byPath[p])
	}
	return out
}

// holds reports whether the record shows what is claimed.
func (c claim) holds(record any) bool {
	shown := false
	for _, text := range textsAt(record, c.path) {
		if same := comparison(c.kind, text); same != "" {
			if slices.Contains(c.wanted, same) {
				return true
			}
			shown = true
		}
	}
	return c.absent && !shown
}

// textsAt are the texts at a path; a list on the way stands for all its entries.
func textsAt(v any, written string) []string {
	p, err := parsePath(written)
	if err != nil {
		return nil
	}
	found := []any{v}
	for _, s := range append(p, step{index: -1}) { // one more, for a list at the end
		var next []any
		for _, v := range found {
			list, isList := v.([]any)
			switch {
			case s.index >= 0:
				if s.index < len(list) {
					next = append(next, list[s.index])
				}
			case isList:
				for _, item := range list {
					next = append(next, stepInto(item, s.key))
				}
			default:
				next = append(next, stepInto(v, s.key))
			}
		}
		found = next
	}
	var out []string
	for _, v := range found {
		if text, ok := textOf(v); ok {
			out = append(out, text)
		}
	}
	return out
}

// stepInto is the value at a key, or v itself where the key is empty.
func stepInto(v any, key string) any {
	if key == "" {
		return v
	}
	object, _ := v.(map[string]any)
	return object[key]
}
