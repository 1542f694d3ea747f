package derive

import (
	"slices"

	"sendtocrm/internal/mapping"
)

// containers are keys that only wrap a record; they add nothing to a name.
var containers = set(`property properties data attribute field record body payload input item object value entity element model
	param parameter request resource result info information detail standard`)

// stamps are words of fields that a CRM fills by itself.
var stamps = set("created creation modified modification updated update changed deleted archived system sys etag revision")

// target is a field of the schema, with the names that it goes by.
type target struct {
	mapping.SchemaField
	list *valueList // not nil where the field is a list of entries with one value

	key   string   // the last key, or the last two, for people
	leaf  []string // words of the last key
	outer []string // words of the keys around it, wrappers left out
	all   []string // both, each word once
	title []string // words of outer and the title; nil without a title
	tale  []string // words of outer and a short description; nil otherwise
	stray bool     // it stands in an object of its own, or the CRM seems to fill it
}

// targets lists what rules can fill: plain fields, those inside the list that
// wraps the record, and lists that hold one kind of value.
func targets(object string, schema *mapping.Schema) []target {
	fields := schema.Fields()
	var out []target
	for i := range fields {
		out = appendTargets(out, object, fields[i], len(fields) == 1)
	}
	for i := range out {
		out[i].name(object)
	}
	withoutPrefix(out)
	return out
}

func appendTargets(out []target, object string, f mapping.SchemaField, alone bool) []target {
	if !nameable(f.Keys) || len(out) >= maxTargets {
		return out
	}
	if len(f.Entry) == 0 {
		return append(out, target{SchemaField: f})
	}
	if !wraps(object, f, alone) {
		if l := valueListOf(f); l != nil {
			return append(out, target{SchemaField: f, list: l})
		}
		if !slices.Contains(words(f.Keys[len(f.Keys)-1]), "address") {
			return out
		}
	}
	for _, inner := range f.Entry {
		inner.Required = inner.Required && f.Required
		out = appendTargets(out, object, inner, false)
	}
	return out
}

// maxTargets bounds what is looked at when entries of lists are counted too.
const maxTargets = 4_000

// wraps reports whether the entries of a list are the records themselves: by
// its keys, or because there is nothing else and they have many fields.
func wraps(object string, f mapping.SchemaField, alone bool) bool {
	if alone && len(f.Entry) > 3 {
		return true
	}
	for _, key := range f.Keys {
		if !transparent(object, key) {
			return false
		}
	}
	return true
}

// transparent reports whether a key wraps the record, or the object's fields.
func transparent(object, key string) bool {
	parts := words(key)
	for _, word := range parts {
		if !containers[word] && !own[object][word] {
			return false
		}
	}
	return len(parts) > 0
}

// nameable reports whether a rule may name the keys: some of them mean
// something to the JavaScript that many CRMs run on.
func nameable(keys []string) bool {
	for _, key := range keys {
		if key == "__proto__" || key == "constructor" || key == "prototype" {
			return false
		}
	}
	return len(keys) > 0 && len(keys) <= maxSteps
}

// maxSteps is how deep an override may reach.
const maxSteps = 12

func (t *target) name(object string) {
	last := t.Keys[len(t.Keys)-1]
	t.key = last
	for _, key := range t.Keys[:len(t.Keys)-1] {
		if !transparent(object, key) {
			t.outer = append(t.outer, wordsOrUnknown(key)...)
		}
	}
	t.leaf = words(last)
	if len(t.outer) > 0 && slices.Equal(t.leaf, []string{"id"}) {
		t.key = t.Keys[len(t.Keys)-2] + "." + last
	}
	if t.list != nil {
		for _, word := range words(t.list.key) {
			if !containers[word] {
				t.leaf = append(t.leaf, word)
			}
		}
	}
	t.leaf = once(t.leaf)
	t.all = once(append(slices.Clone(t.outer), t.leaf...))
	t.stray = t.automatic() || slices.ContainsFunc(t.outer, func(word string) bool { return !containers[word] && !customFillers[word] })
	if title := words(t.Title); len(title) > 0 {
		t.title = once(append(slices.Clone(t.outer), title...))
	}
	if tale := words(t.Description); len(tale) > 0 && len(tale) <= 4 {
		t.tale = once(append(slices.Clone(t.outer), tale...))
	}
}

// wordsOrUnknown are the words of a key that surrounds a field; one without
// words must not vanish, since it could mean anything.
func wordsOrUnknown(key string) []string {
	if parts := words(key); len(parts) > 0 {
		return parts
	}
	return []string{"?"}
}

// once keeps the first of each word.
func once(list []string) []string {
	out := list[:0]
	for _, word := range list {
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// withoutPrefix drops a first word that most names share, such as a prefix of
// the CRM's vendor.
func withoutPrefix(all []target) {
	count, named := make(map[string]int), 0
	for i := range all {
		if leaf := all[i].leaf; len(leaf) > 0 {
			named++
			if len(leaf) > 1 {
				count[leaf[0]]++
			}
		}
	}
	for i := range all {
		t := &all[i]
		if len(t.leaf) < 2 || count[t.leaf[0]] < 4 || count[t.leaf[0]]*10 < named*7 || slices.Contains(t.outer, t.leaf[0]) {
			continue
		}
		prefix := t.leaf[0]
		t.leaf = t.leaf[1:]
		t.all = slices.DeleteFunc(t.all, func(word string) bool { return word == prefix })
	}
}

// automatic reports whether the CRM seems to fill the field by itself.
func (t *target) automatic() bool {
	return t.ReadOnly || slices.Equal(t.leaf, []string{"id"}) ||
		slices.ContainsFunc(t.leaf, func(word string) bool { return stamps[word] })
}

// has reports whether the field takes a JSON type; where the schema does not
// say, it takes none for sure.
func (t *target) has(kind string) bool { return slices.Contains(t.Types, kind) }
