package derive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// Action is one of a CRM's actions. Method, Path, PathParams and RequestBody
// are empty where only the summary is known.
type Action struct {
	ID, Name, Description, Resource, Method, Path string
	PathParams                                    []string
	RequestBody                                   json.RawMessage
}

// Choice is a candidate for an operation.
type Choice struct {
	ID         string
	Confidence float64 // 0 to 1
	Reason     string  // a sentence for a person
}

// Bounds of Rank.
const (
	maxCandidates = 5
	leastAction   = 0.3
)

// Rank tells from their names what actions seem to be for: by universal object
// and logical operation up to five candidates, best first, equals by id. What
// does something beside it (createContactNote, addPersonToList, batches,
// upserts) is no candidate, or one that nobody would take unseen.
func Rank(actions []Action) map[string]map[string][]Choice {
	out := make(map[string]map[string][]Choice)
	for _, object := range mapping.Objects() {
		out[object] = make(map[string][]Choice)
	}
	for i := range actions {
		a := &actions[i]
		if a.ID == "" {
			continue
		}
		for _, object := range mapping.Objects() {
			for operation := range verbs {
				if c, ok := a.candidate(object, operation); ok {
					out[object][operation] = append(out[object][operation], c)
				}
			}
		}
	}
	for _, byOperation := range out {
		for operation, list := range byOperation {
			slices.SortFunc(list, func(a, b Choice) int {
				return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.ID, b.ID))
			})
			list = slices.CompactFunc(list, func(a, b Choice) bool { return a.ID == b.ID })
			byOperation[operation] = list[:min(len(list), maxCandidates)]
		}
	}
	return out
}

// candidate reads the action's id, its name and its description; the best
// reading counts, unless the id or the name speaks of something else as well.
func (a *Action) candidate(object, operation string) (Choice, bool) {
	id, name := read(a.ID, a.Resource, object, operation), read(a.Name, a.Resource, object, operation)
	said := read(a.Description, a.Resource, object, operation)
	name.weight *= .97
	said.weight *= .8
	best := id
	for _, r := range []reading{name, said} {
		if r.weight > best.weight {
			best = r
		}
	}
	if id.stray || name.stray {
		best.weight *= strayed
	}
	c := Choice{ID: a.ID, Confidence: rounded(best.weight)}
	if c.Confidence < leastAction {
		return Choice{}, false
	}
	c.Reason = fmt.Sprintf("Its name says %s and %s.", quoted(best.verb), quoted(best.noun))
	if singularNoun(best.noun) != object {
		c.Reason = fmt.Sprintf("Its name says %s and %s, which is a %s here.", quoted(best.verb), quoted(best.noun), object)
	}
	return c, true
}
