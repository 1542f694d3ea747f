package derive

import (
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// customFillers are words that CRMs put beside the names of fields that their
// users have added.
var customFillers = set("custom cf udf uf user defined field c 1")

// ownName is a field of the host that no table knows; it is found by its own name.
type ownName struct {
	name, label []string // words
}

func ownNameOf(f *mapping.Field, object string) ownName {
	return ownName{words(strings.TrimPrefix(f.Name, object+"_")), words(f.Label)}
}

// Weights of how alike two names are.
const (
	sameName   = .92
	moreWords  = .85 // the same but for words without meaning
	alikeName  = .8  // times the share of words that are common
	leastAlike = .6
)

// means compares the names of the host's field with the CRM field's.
func (n ownName) means(t *target) match {
	if t.stray {
		return match{}
	}
	var best match
	for _, ours := range [][]string{n.name, n.label} {
		if weight := alike(ours, t.leaf); weight > best.weight {
			best = match{weight: weight}
		}
		if t.title == nil || len(t.outer) > 0 {
			continue
		}
		if weight := alike(ours, t.title) * titleWeight; weight > best.weight {
			best = match{weight: weight, as: " (" + quoted(t.Title) + ")"}
		}
	}
	return best
}

func alike(ours, theirs []string) float64 {
	if len(ours) == 0 || len(theirs) == 0 {
		return 0
	}
	common := 0
	for _, word := range theirs {
		if slices.Contains(ours, word) {
			common++
		}
	}
	switch {
	case common == 0:
		return 0
	case common == len(ours) && common == len(theirs):
		return sameName
	case common == len(ours) && !slices.ContainsFunc(theirs, func(word string) bool { return !slices.Contains(ours, word) && !customFillers[word] }):
		return moreWords
	}
	share := float64(common) / float64(len(ours)+len(theirs)-common)
	if share < leastAlike {
		return 0
	}
	return alikeName * share
}
