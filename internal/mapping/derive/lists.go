package derive

import (
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// valueList is a list of entries that hold one value each, such as e-mail
// addresses with a category.
type valueList struct {
	key   string              // the value's key in an entry
	value mapping.SchemaField // the value
	with  map[string]any      // what an entry needs beside the value
}

// labels are the keys beside the value of an entry.
var labels = set("category label type kind primary default is verified position rank order id preferred usage use")

// valueListOf recognises a list of single values; nil if it is none.
func valueListOf(f mapping.SchemaField) *valueList {
	var values, beside []mapping.SchemaField
	for _, e := range f.Entry {
		switch {
		case len(e.Keys) != len(f.Keys)+1 || len(e.Entry) > 0:
			return nil
		case e.ReadOnly:
		case isLabel(e.Keys[len(e.Keys)-1]):
			beside = append(beside, e)
		default:
			values = append(values, e)
		}
	}
	if len(values) > 1 && len(values) <= 3 {
		values = slices.DeleteFunc(values, func(e mapping.SchemaField) bool { return !e.Required })
	}
	if len(values) != 1 || len(values[0].Types) > 0 && !slices.Contains(values[0].Types, "string") {
		return nil
	}
	l := valueList{key: values[0].Keys[len(f.Keys)], value: values[0], with: map[string]any{}}
	for _, e := range beside {
		if v := constant(e); v != nil {
			l.with[e.Keys[len(f.Keys)]] = v
		}
	}
	return &l
}

func isLabel(key string) bool {
	parts := words(key)
	for _, word := range parts {
		if !labels[word] {
			return false
		}
	}
	return len(parts) > 0
}

// constant is what an entry says beside its value, nil where it need not say
// anything: the choice for work, else, if it must be there, the default, the
// first choice, "work" or true.
func constant(e mapping.SchemaField) any {
	for _, wanted := range []string{"work", "business", "office", "main", "primary"} {
		for _, choice := range e.Enum {
			if text, ok := choice.(string); ok && strings.EqualFold(text, wanted) {
				return choice
			}
		}
	}
	switch d := e.Default.(type) {
	case string, bool:
		if e.Required {
			return d
		}
	}
	switch {
	case !e.Required:
		return nil
	case len(e.Enum) > 0:
		return e.Enum[0]
	case slices.Contains(e.Types, "boolean"):
		return true
	case len(e.Types) == 0 || slices.Contains(e.Types, "string"):
		return "work"
	}
	return nil
}
