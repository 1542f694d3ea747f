package derive

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// least is the confidence below which nothing is suggested.
const least = 0.5

// sure is the weight from which a name leaves no doubt.
const sure = 0.7

// Suggestion is a rule that a person may accept.
type Suggestion struct {
	Rule       mapping.Rule // Origin is OriginDerived, Enabled is true
	Confidence float64      // 0.5 to 1
	Reason     string       // a sentence for a person
}

// Rules proposes a rule for each field of the schema that none of the existing
// rules fills and whose meaning can be told, the surest first, equals by
// target. The catalogue's fields that existing rules read are taken; a field
// fills one target, unless another is required and its meaning is clear. What
// the CRM seems to fill by itself is left alone.
func Rules(object string, c *mapping.Catalogue, schema *mapping.Schema, existing []mapping.Rule) []Suggestion {
	if c == nil {
		c = mapping.Universal()
	}
	covered := coverOf(existing)
	all := slices.DeleteFunc(targets(object, schema), func(t target) bool { return covered.has(t.Path) })
	chosen := assign(pairings(hostsOf(object, c), all), readBy(existing))
	var out []Suggestion
	for i := range chosen.pairings {
		p := &chosen.pairings[i]
		out = append(out, p.suggestion(sources(object, p, chosen.used)))
	}
	out = append(out, constants(all, chosen.filled)...)
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Rule.To, b.Rule.To))
	})
	return out
}

// Missing lists, sorted, the fields that every body needs and that neither the
// existing rules nor the suggestions fill.
func Missing(_ string, schema *mapping.Schema, existing []mapping.Rule, suggestions []Suggestion) []string {
	var filled []string
	for i := range existing {
		if r := &existing[i]; r.Enabled && r.OnCreate != mapping.Never {
			filled = append(append(filled, r.To), r.Alternatives...)
		}
	}
	for i := range suggestions {
		filled = append(filled, suggestions[i].Rule.To)
	}
	return schema.Unfilled(filled)
}

// readBy are the host fields that enabled rules read already.
func readBy(existing []mapping.Rule) map[string]bool {
	used := make(map[string]bool)
	for i := range existing {
		if !existing[i].Enabled {
			continue
		}
		for _, name := range existing[i].From {
			used[name] = true
		}
	}
	return used
}

// cover is what existing rules fill: their targets, and the places around those.
type cover struct {
	targets, around map[string]bool
}

func coverOf(existing []mapping.Rule) cover {
	c := cover{make(map[string]bool), make(map[string]bool)}
	for i := range existing {
		for _, written := range append([]string{existing[i].To}, existing[i].Alternatives...) {
			canonical, err := mapping.CanonicalPath(written)
			if err != nil {
				continue
			}
			c.targets[canonical] = true
			for at := range ancestors(canonical) {
				c.around[at] = true
			}
		}
	}
	return c
}

// has reports whether a rule for the path would fill what another rule fills.
func (c cover) has(path string) bool {
	if c.targets[path] || c.around[path] {
		return true
	}
	for at := range ancestors(path) {
		if c.targets[at] {
			return true
		}
	}
	return false
}

// ancestors are the places around the one at a canonical path, outermost first.
func ancestors(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 1; i < len(path); i++ {
			switch path[i] {
			case '\\':
				i++
			case '.', '[':
				if !yield(path[:i]) {
					return
				}
			}
		}
	}
}

func rounded(confidence float64) float64 { return math.Round(min(confidence, 1)*100) / 100 }
