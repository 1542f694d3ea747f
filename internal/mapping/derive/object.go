package derive

import (
	"maps"
	"slices"

	"sendtocrm/internal/mapping"
)

// Object is the mapping of a CRM that nobody has described: the chosen actions
// by operation, and general ways to read its answers. It has no rules, and no
// look-up, since nothing is guessed about searches. details are those of the
// actions by id, as far as they are known: they tell how the CRM calls its
// records and ids, and what wraps a record. The connector's id and name are
// no part of the CRM's word for a record.
func Object(connector, name, object string, actions map[string][]string, details map[string]Action, c *mapping.Catalogue) *mapping.Object {
	var first, byID []Action // the detail of each operation's first action
	for _, operation := range slices.Sorted(maps.Keys(actions)) {
		for _, id := range actions[operation] {
			if a, ok := details[id]; ok {
				a.ID = id
				first = append(first, a)
				if needsID(operation) {
					byID = append(byID, a)
				}
				break
			}
		}
	}
	noun := nounOf(connector, name, object, actions)
	o := mapping.Object{
		Name: object, Label: label(noun, object), Actions: cloned(actions), Answer: answer(noun, byID),
		Read: readOf(noun, wrapper(object, first, actions[mapping.ActionCreate])), Rules: []mapping.Rule{},
	}
	switch object {
	case "contact":
		o.NaturalKeys = [][]string{{"contact_email"}}
	case "company":
		o.NaturalKeys = [][]string{{"company_domain"}, {"company_name"}}
	}
	return mapping.NewObject(o, c)
}

func cloned(actions map[string][]string) map[string][]string {
	out := make(map[string][]string, len(actions))
	for operation, ids := range actions {
		out[operation] = slices.Clone(ids)
	}
	return out
}

// nounOf is the CRM's own word for a record, from the ids of its actions: what
// is left of createProspectRecord without verb and padding. Empty if nothing is.
func nounOf(connector, name, object string, actions map[string][]string) []string {
	ours := make(map[string]bool)
	for _, word := range append(raw(connector), raw(name)...) {
		ours[word] = subjects[object][singularNoun(word)] == 0
	}
	for _, operation := range []string{mapping.ActionCreate, mapping.ActionUpdate, mapping.ActionGet, mapping.ActionDelete} {
		for _, id := range actions[operation] {
			var noun []string
			for _, word := range raw(id) {
				if verbs[operation][word] == 0 && !beside[word] && !ours[word] {
					noun = append(noun, singularNoun(word))
				}
			}
			if len(noun) > 0 && len(noun) <= 3 {
				return noun
			}
		}
	}
	return nil
}
