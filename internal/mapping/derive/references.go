package derive

import "slices"

// nouns are words for a record of another object, with how surely they mean it.
var nouns = map[string]map[string]float64{
	"contact": {"contact": 1, "person": 1, "lead": .6, "customer": .5, "client": .5, "buyer": .5},
	"company": {"company": 1, "account": .95, "employer": .9, "business": .8, "customer": .5, "client": .5},
	"deal":    {"deal": 1, "prospect": .8},
}

// idWords say that a field holds the id of a record; refFillers may stand
// beside them.
var (
	idWords    = set("id key ref")
	refFillers = set("primary associated related linked sale record name object value")
)

// refers is how surely a field holds the CRM's id of a record of the object.
func refers(t *target, object string) float64 {
	if t.list != nil || t.Format != "" && t.Format != "uuid" && t.Format != "int32" && t.Format != "int64" {
		return 0
	}
	weight, isID := 0.0, false
	for _, word := range t.all {
		noun, ok := nouns[object][word]
		switch {
		case ok:
			weight = max(weight, noun)
		case idWords[word]:
			isID = true
		case !refFillers[word]:
			return 0
		}
	}
	switch {
	case isID:
		return weight * .95
	case t.Format == "uuid":
		return weight * .85
	case len(t.Types) > 0 && !slices.ContainsFunc(t.Types, func(kind string) bool { return kind != "integer" && kind != "number" }):
		return weight * .75
	}
	return 0
}

// pointers are the paths of objects that stand for another record: they have
// an id of their own, and whatever else they show belongs to that record.
func pointers(all []target) map[string]bool {
	out := make(map[string]bool)
	for i := range all {
		t := &all[i]
		if !slices.Equal(t.leaf, []string{"id"}) || len(t.outer) == 0 {
			continue
		}
		for _, words := range nouns {
			if slices.ContainsFunc(t.outer, func(word string) bool { return words[word] > 0 }) {
				out[parent(t.Path)] = true
			}
		}
	}
	return out
}

// parent is the path of the object that holds the field at a canonical path.
func parent(path string) string {
	above := ""
	for at := range ancestors(path) {
		above = at
	}
	return above
}
