package derive

import (
	"slices"

	"sendtocrm/internal/mapping"
)

// reading is how one text names an operation on an object.
type reading struct {
	weight     float64
	verb, noun string
	stray      bool // a word of it is explained by neither
}

// strayed is what is left of a weight where a name speaks of something else too.
const strayed = .3

// read weighs the words of a text. The resource stands in for a text without
// a noun (createRecord in people).
func read(text, resource, object, operation string) reading {
	parts := raw(text)
	if len(parts) > maxWords {
		return reading{}
	}
	var r reading
	first := 0 // position of the verb
	for i, part := range parts {
		switch {
		case r.verb == "" && verbs[operation][part] > 0:
			r.verb, first = part, i
		case subjects[object][singularNoun(part)] > 0:
			if r.noun == "" {
				r.noun = part
			}
		case !beside[part] && !besideFor[operation][part]:
			r.stray = true
		}
	}
	if r.verb == "" && r.noun == "" {
		return reading{} // it says nothing, such as a number
	}
	if r.verb == "" {
		return reading{stray: r.stray}
	}
	r.weight = verbs[operation][r.verb]
	if first > 0 {
		r.weight *= .95
	}
	if r.noun == "" {
		for _, part := range raw(resource) {
			if subjects[object][singularNoun(part)] > 0 {
				r.noun = part
			}
		}
		r.weight *= .9
	}
	r.weight *= subjects[object][singularNoun(r.noun)] * plurality(operation, r.noun, parts)
	if r.stray {
		r.weight *= strayed
	}
	return r
}

// plurality tells reading one record from reading many, and writing one from
// writing a batch.
func plurality(operation, noun string, parts []string) float64 {
	many := singularNoun(noun) != noun || slices.Contains(parts, "records") || slices.Contains(parts, "all") || slices.Contains(parts, "many")
	switch operation {
	case mapping.ActionSearch:
		return 1
	case mapping.ActionList:
		if !many && !slices.Contains(parts, "list") {
			return .3
		}
		return 1
	case mapping.ActionGet:
		if many && !slices.Contains(parts, "id") {
			return .3
		}
		return 1
	}
	if many {
		return .85
	}
	return 1
}

// raw are the words of a name as they are written, in lower case.
func raw(text string) []string {
	if len(text) > maxName {
		return nil
	}
	var out []string
	for _, word := range cut(text) {
		if !empty[word] {
			out = append(out, word)
		}
	}
	return out
}

func singularNoun(word string) string {
	if word == "people" || word == "persons" {
		return "person"
	}
	return singular(word)
}
