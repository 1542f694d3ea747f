package mapping

import (
	"maps"
	"slices"
)

// listLens sends a value as the one entry of a list: an object that holds it
// under a key, beside fixed fields such as a category, or the bare value. item
// is the lens of the value.
type listLens struct {
	item           lens
	key            string
	with           map[string]any
	prefix, suffix []byte // the JSON around the value
}

func newList(o *options, _ target) lens {
	l := listLens{item: o.item("item"), key: o.text("key", ""), with: maps.Clone(o.scalars("with"))}
	if l.key == "" {
		if len(l.with) > 0 {
			o.fault("option with: needs the option key, the name that the value has beside it")
		}
		l.prefix, l.suffix = []byte("["), []byte("]")
		return l
	}
	l.prefix = append(appendText([]byte("[{"), l.key), ':')
	for _, name := range slices.Sorted(maps.Keys(l.with)) {
		if name == l.key {
			o.fault("option with: %s is the key of the value itself", excerpt(name))
		}
		l.suffix = append(appendText(append(l.suffix, ','), name), ':')
		l.suffix, _ = appendJSON(l.suffix, l.with[name], 0)
	}
	l.suffix = append(l.suffix, "}]"...)
	return l
}

// item is an option that names the transform of a single value.
func (o *options) item(name string) lens {
	inner := options{values: o.object(name), from: o.from}
	if o.values[name] == nil {
		return copyLens{}
	}
	chosen := inner.choice("transform", "", "cents", "copy", "country", "date", "decimal_string", "email", "integer", "number", "phone", "unix_seconds")
	own := options{values: inner.object("options"), from: o.from}
	kind, known := transformNamed(chosen)
	var built lens = copyLens{}
	if known && len(inner.faults) == 0 {
		built = kind.build(&own, target{})
	}
	for _, problem := range append(inner.done(), own.done()...) {
		o.fault("option %s: %s", name, problem)
	}
	return built
}

func (l listLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	dst, f := l.item.forward(append(dst, l.prefix...), in)
	return append(dst, l.suffix...), f
}

// backward takes the entry that carries the fixed fields, else the first one
// that has a value.
func (l listLens) backward(crm any, current []any) ([]any, *fault) {
	entries, ok := crm.([]any)
	if !ok {
		entries = []any{crm}
	}
	var found any
	for _, entry := range entries {
		v, matches, ok := l.read(entry)
		if !ok {
			return nil, faulty(WrongType, "a list of entries with "+excerpt(l.key)+" is expected, but the CRM holds "+describe(entry))
		}
		if noValue(v) {
			continue
		}
		if matches {
			return l.item.backward(v, current)
		}
		if found == nil {
			found = v
		}
	}
	if found == nil {
		return []any{nil}, nil
	}
	return l.item.backward(found, current)
}

// read takes the value out of one entry and tells whether the entry carries
// the fixed fields.
func (l listLens) read(entry any) (v any, matches, ok bool) {
	object, isObject := entry.(map[string]any)
	if !isObject {
		_, scalar := textOf(entry)
		return entry, len(l.with) == 0, scalar || entry == nil
	}
	if l.key == "" {
		return nil, false, false
	}
	for name, want := range l.with {
		a, _ := textOf(want)
		b, scalar := textOf(object[name])
		if !scalar || a != b {
			return object[l.key], false, true
		}
	}
	return object[l.key], true, true
}
