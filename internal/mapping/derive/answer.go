package derive

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sendtocrm/internal/mapping"
)

// label is the noun as people write it.
func label(noun []string, object string) string {
	if len(noun) == 0 {
		return capital(object)
	}
	return capital(strings.Join(noun, " "))
}

func capital(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[size:]
}

// spelled are the ways to write a noun as a key.
func spelled(noun []string) []string {
	if len(noun) == 0 {
		return nil
	}
	camel := noun[0]
	for _, word := range noun[1:] {
		camel += capital(word)
	}
	return once([]string{strings.Join(noun, "_"), camel})
}

// wrappers are where answers put a record that they do not give bare.
func wrappers(noun []string) []string {
	out := []string{"data", "record", "result", "item", "response", "data[0]", "records[0]", "results[0]"}
	for _, name := range spelled(noun) {
		out = append(out, name, "data."+name)
	}
	return out
}

// answer reads ids and web addresses where APIs usually put them. An answer
// that may be a success is never taken for a refusal, since the record would
// be made a second time.
func answer(noun []string, byID []Action) mapping.Answer {
	places := append([]string{""}, wrappers(noun)...)
	return mapping.Answer{
		Guess: guess(noun, byID),
		URL:   crossed([]string{"web_link", "webLink", "url", "web_url", "webUrl", "html_url", "permalink", "link"}, places),
		Refusals: []mapping.Sign{
			{At: "success", Is: false, Code: "code", Message: "message"},
			{At: "ok", Is: false, Code: "code", Message: "message"},
			{At: "status", Is: "error", Code: "code", Message: "message"},
			{At: "status", Is: "failed", Code: "code", Message: "message"},
			{At: "error.message", Code: "error.code", Message: "error.message"},
		},
	}
}

// crossed are the paths of all names in all places, by name.
func crossed(names, places []string) []string {
	var out []string
	for _, name := range names {
		for _, place := range places {
			if place != "" {
				place += "."
			}
			out = append(out, place+name)
		}
	}
	return out
}

// readOf says where a get's answer shows the record. Where bodies wrap it,
// answers are taken to wrap it likewise.
func readOf(noun []string, within string) mapping.Read {
	if places := wrappers(noun); within == "" || !slices.Contains(places, within) && !slices.Contains(places, outermost(within)) {
		return mapping.Read{Record: append(places, ""), Within: within}
	}
	return mapping.Read{Within: within}
}

func outermost(path string) string {
	for at := range ancestors(path) {
		return at
	}
	return path
}

// wrapper is the place inside the body of a create that holds most of the
// record's fields, "" where that is the body itself.
func wrapper(object string, first []Action, creates []string) string {
	at := slices.IndexFunc(first, func(a Action) bool { return slices.Contains(creates, a.ID) })
	if at < 0 {
		return ""
	}
	schema, err := mapping.ParseSchema(first[at].RequestBody)
	if err != nil {
		return ""
	}
	all, count, best := targets(object, schema), make(map[string]int), ""
	for i := range all {
		if len(all[i].outer) > 0 {
			continue // an address, say
		}
		place := parent(all[i].Path)
		count[place]++
		if count[place] > count[best] {
			best = place
		}
	}
	return best
}
