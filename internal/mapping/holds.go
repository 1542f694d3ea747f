package mapping

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// maxEntries bounds a list whose entries are looked for one by one.
const maxEntries = 1000

// Holds reports whether a CRM's record, of a search or a get, has every one of
// the values that were sent, by target path.
//
// A number and its text are equal, texts are compared exactly but for
// surrounding blanks, no value is null or blank text. Of a list the entries
// have to be among the record's, of an object the keys; an empty list is held
// by an empty one alone. Where a rule says that its target holds a number, a
// date or an e-mail address, values are compared as such, since CRMs write
// those in their own way. A value that the record does not show is not held,
// except where no read could show it: nothing speaks against that one.
func (o *Object) Holds(record json.RawMessage, values map[string]json.RawMessage) bool {
	return len(o.Differs(record, values)) == 0
}

// Differs lists the target paths, sorted, whose values the record does not
// hold; Holds says when it does.
func (o *Object) Differs(record json.RawMessage, values map[string]json.RawMessage) []string {
	shown, err := decodeAny(record)
	if err != nil {
		return slices.Sorted(maps.Keys(values))
	}
	var out []string
	for _, written := range slices.Sorted(maps.Keys(values)) {
		if !o.holds(shown, written, values[written]) {
			out = append(out, written)
		}
	}
	return out
}

func (o *Object) holds(record any, written string, value json.RawMessage) bool {
	p, err := parsePath(written)
	if err != nil {
		return false
	}
	sent, err := decodeAny(value)
	if err != nil {
		return false
	}
	rule := o.ruleFor(p)
	if rule != nil && rule.isWriteOnly() {
		return true
	}
	found, there := p.get(record)
	if !there {
		return false
	}
	if rule == nil {
		return contains(found, sent, false)
	}
	email := len(rule.From) > 0 && o.types().of(rule.From[0]) == TypeEmail
	return contains(found, sent, email) || sameMeaning(rule, found, sent)
}

// isWriteOnly reports whether no read shows what the rule sends.
func (r *Rule) isWriteOnly() bool {
	kind, ok := transformNamed(r.Transform)
	if !ok {
		return false
	}
	_, hidden := kind.build(&options{values: r.Options, from: r.From}, target{}).(writeOnly)
	return hidden
}

// ruleFor is the rule that fills exactly p.
func (o *Object) ruleFor(p path) *Rule {
	for i := range o.Rules {
		for _, written := range o.Rules[i].targets() {
			if to, err := parsePath(written); err == nil && slices.Equal(to, p) {
				return &o.Rules[i]
			}
		}
	}
	return nil
}

// contains reports whether found has all of sent. fold: texts in any case.
func contains(found, sent any, fold bool) bool {
	switch want := sent.(type) {
	case []any:
		have, ok := found.([]any)
		if len(want) == 0 {
			return len(have) == 0 && (ok || noValue(found))
		}
		return ok && len(want) <= maxEntries && len(have) <= maxEntries && !slices.ContainsFunc(want, func(w any) bool {
			return !slices.ContainsFunc(have, func(h any) bool { return contains(h, w, fold) })
		})
	case map[string]any:
		have, ok := found.(map[string]any)
		for key, w := range want {
			h, there := have[key]
			if !there || !contains(h, w, fold) {
				return false
			}
		}
		return ok
	}
	if noValue(sent) || noValue(found) {
		return noValue(sent) && noValue(found)
	}
	return sameScalar(found, sent, fold)
}

func sameScalar(a, b any, fold bool) bool {
	x, ok1 := textOf(a)
	y, ok2 := textOf(b)
	if !ok1 || !ok2 {
		return false
	}
	x, y = strings.TrimSpace(x), strings.TrimSpace(y)
	if x == y || fold && strings.EqualFold(x, y) {
		return true
	}
	_, number1 := a.(json.Number)
	_, number2 := b.(json.Number)
	return (number1 || number2) && sameNumber(x, y)
}

func sameNumber(x, y string) bool {
	m, f1 := canonicalNumber(x)
	n, f2 := canonicalNumber(y)
	return f1 == nil && f2 == nil && m == n
}

// sameMeaning compares what the host would read from both values, for the
// transforms whose values CRMs write in another way than they were sent.
func sameMeaning(r *Rule, found, sent any) bool {
	if noValue(found) || noValue(sent) {
		return false
	}
	switch r.Transform {
	case "number", "integer", "decimal_string", "cents", "date", "unix_seconds":
	default:
		return false
	}
	m, faults := compile([]Rule{{To: r.To, From: []string{"value"}, Transform: r.Transform, Options: r.Options, Enabled: true}}, nil, typing{Universal(), ""})
	if len(faults) > 0 {
		return false
	}
	read := func(v any) (any, bool) {
		values, f := m.rules[0].lens.backward(v, []any{nil})
		return values, f == nil && len(values) == 1
	}
	a, ok1 := read(found)
	b, ok2 := read(sent)
	return ok1 && ok2 && sameValue(a, b)
}
