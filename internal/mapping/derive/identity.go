package derive

import (
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// foreign are words of ids that tell whose the record is, or where it is kept.
var foreign = set("owner account workspace user tenant company team list parent campaign portal")

// unsteady are words of what finds a record and changes with it.
var unsteady = set("email mail phone mobile name slug domain")

// shared are nouns under which answers also show whose API is being called.
var shared = set("account user owner workspace tenant")

// guess says where answers may have the id: under its plain names, those with
// the noun, or the one name that the paths of all by-id actions give it.
func guess(noun []string, byID []Action) *mapping.Guess {
	within := []string{"data", "record", "result", "item", "response", "payload", "entity", "records", "results", "items"}
	names := []string{"record_id", "recordId"}
	linked := []string{"items"} // a deal's, say
	for _, name := range spelled(noun) {
		within = append(within, name, name+"s")
		names = append(names, name+"_id", name+"Id")
		linked = append(linked, name+"s")
		if shared[name] {
			linked = append(linked, name)
		}
	}
	plain := []string{"id", "Id", "ID", "_id"}
	if name := agreed(noun, byID); name != "" && !slices.Contains(plain, name) {
		names = append(names, name)
	}
	return &mapping.Guess{
		Within: once(within), Linked: linked, Names: [][]string{plain, once(names)}, Alone: []string{"uuid", "guid", "uid", "key"},
		Waiting: []string{"queued", "enqueued", "scheduled", "processing", "in_progress"},
	}
}

// agreed is the parameter that the paths of all by-id actions have in common,
// "" where they differ or where it is something else than the record's id.
func agreed(noun []string, byID []Action) string {
	name := ""
	for i := range byID {
		switch a := &byID[i]; {
		case len(a.PathParams) == 0 && a.Path == "":
			continue // only its summary is known
		case len(a.PathParams) != 1 || name != "" && name != a.PathParams[0]:
			return ""
		default:
			name = a.PathParams[0]
		}
	}
	if misleading(name, noun) {
		return ""
	}
	return name
}

// misleading reports whether a parameter is something else than the id of the
// record that the noun names.
func misleading(param string, noun []string) bool {
	ours := words(strings.Join(noun, " "))
	for _, word := range words(param) {
		if unsteady[word] || foreign[word] && !slices.Contains(ours, word) {
			return true
		}
	}
	return false
}
